// SPDX-License-Identifier: GPL-2.0-or-later
// Other people's rules in the table that we share with them, and their changes while we make ours.
#include "host/iptables_firewall.h"

#include "iptables_rules.h"
#include "printers.h"
#include "world.h"

using namespace uplink;

namespace
{

const std::string their_rules =
    "iptables-legacy -t nat -N THEIRS;"
    "iptables-legacy -t nat -A POSTROUTING -c 11 660 -s 192.0.2.0/24 -o eth0 -j THEIRS;"
    "iptables-legacy -t nat -A THEIRS -c 5 300 -m comment --comment 'lxc-uplink of old' -j MASQUERADE;"
    "iptables-legacy -t nat -A PREROUTING -c 3 180 -p tcp -m tcp --dport 8080 -j DNAT --to-destination "
    "10.0.3.10:80;"
    "iptables-legacy -t nat -A OUTPUT -c 2 120 -m addrtype --dst-type LOCAL -j RETURN;"
    "iptables-legacy -t nat -A POSTROUTING -c 1 60 -s 10.0.3.0/24 -j MASQUERADE --random-fully";

} // namespace

TEST_CASE_FIXTURE(WorldWithNat,
                  "other people's rules, chains and counters stay as they are while ours come and go")
{
    shell(their_rules);
    const std::string before = nat_table("--counters");
    IptablesFirewall firewall;
    firewall.add({own_rule("10.0.3.10"), own_rule("10.0.4.10")});
    for (const std::string line : {"[11:660] -A POSTROUTING", "[5:300] -A THEIRS", "[3:180] -A PREROUTING",
                                   "[2:120] -A OUTPUT", "[1:60] -A POSTROUTING -s 10.0.3.0/24"})
        CHECK(lines_with(line, "--counters").size() == 1);
    CHECK(lines_with("-A POSTROUTING").back() ==
          "-A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK");
    firewall.remove({own_rule("10.0.3.10"), own_rule("10.0.4.10")});
    CHECK(nat_table("--counters") == before);
}

TEST_CASE_FIXTURE(WorldWithNat,
                  "the counters of our own rules stay as they are while others of ours come and go")
{
    IptablesFirewall firewall;
    firewall.add({own_rule("10.0.3.10")});
    shell("iptables-legacy -t nat -A LXC-UPLINK-10.0.3.0/24 -c 7 420 " +
          iptables_words(own_rule("10.0.3.11")));
    firewall.add({own_rule("10.0.3.12"), own_rule("10.0.4.10")});
    firewall.remove({own_rule("10.0.3.10")});
    CHECK(lines_with("[7:420] -A LXC-UPLINK-10.0.3.0/24 -s 10.0.3.11/32", "--counters").size() == 1);
}

TEST_CASE_FIXTURE(WorldWithNat, "while another program changes the table, neither side loses a rule")
{
    constexpr int theirs = 100;
    constexpr int ours = 60;
    IptablesFirewall firewall;
    Background other("echo ready; for i in $(seq 100); do"
                     "  iptables-legacy -w -t nat -A OUTPUT -d 192.0.2.$i -j RETURN;"
                     "  iptables-legacy -w -t nat -A INPUT -s 192.0.2.1 -j ACCEPT;"
                     "  iptables-legacy -w -t nat -D INPUT -s 192.0.2.1 -j ACCEPT;"
                     " done");
    for (int i = 1; i <= ours; ++i) {
        firewall.add({own_rule("10.0.3." + std::to_string(i)), own_rule("10.0.4." + std::to_string(i))});
        firewall.remove({own_rule("10.0.4." + std::to_string(i))});
    }
    other.wait();
    CHECK(lines_with("-A OUTPUT").size() == theirs);
    CHECK(lines_with("-j MASQUERADE").size() == ours);
    CHECK(lines_with("-A INPUT").empty());
    CHECK(lines_with("10.0.4.").empty());
}

TEST_CASE_FIXTURE(WorldWithNat,
                  "somebody who holds the lock is named when our patience ends, and nothing was changed")
{
    const Background holder("exec flock /run/xtables.lock sh -c 'echo ready; read _'");
    CHECK(refusal_of([] { IptablesFirewall().add({own_rule("10.0.3.10")}); }) ==
          "lock /run/xtables.lock was not free within 10 seconds: flock (pid " +
              std::to_string(holder.pid()) + ") holds it; try again when that has ended");
    CHECK(shell("cat /proc/net/ip_tables_names").empty());
}
