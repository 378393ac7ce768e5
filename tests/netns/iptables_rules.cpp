// SPDX-License-Identifier: GPL-2.0-or-later
// Our own rules in the legacy nat table, as iptables-legacy shows them.
#include "host/iptables_firewall.h"

#include "iptables_rules.h"
#include "printers.h"
#include "world.h"

using namespace uplink;

TEST_CASE_FIXTURE(WorldWithNat,
                  "a rule is reached by one jump and a chain of its /24, multicast and broadcast left out")
{
    IptablesFirewall().add({own_rule("10.0.3.10")});
    CHECK(nat_table() ==
          "*nat\n"
          ":PREROUTING ACCEPT\n"
          ":INPUT ACCEPT\n"
          ":OUTPUT ACCEPT\n"
          ":POSTROUTING ACCEPT\n"
          ":LXC-UPLINK -\n"
          ":LXC-UPLINK-10.0.3.0/24 -\n"
          "-A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK\n"
          "-A LXC-UPLINK -d 224.0.0.0/4 -j RETURN\n"
          "-A LXC-UPLINK -d 255.255.255.255/32 -j RETURN\n"
          "-A LXC-UPLINK -s 10.0.3.0/24 -j LXC-UPLINK-10.0.3.0/24\n"
          "-A LXC-UPLINK-10.0.3.0/24 -s 10.0.3.10/32 ! -d 10.0.3.0/24 -m comment --comment \"" +
              web1_tag +
              "\" -j MASQUERADE\n"
              "COMMIT\n");
}

TEST_CASE_FIXTURE(WorldWithNat, "rules of several networks and kinds, in one change")
{
    MasqueradeRule by_eth0 = own_rule("10.0.3.11");
    by_eth0.out = "eth0";
    const MasqueradeRule wide = {network("172.16.0.0/16"), network("172.16.0.0/16"), "fifteen-letters",
                                 shared_tag("br1")};
    IptablesFirewall().add({own_rule("10.0.3.10"), by_eth0, wide});
    CHECK(
        lines_with("LXC-UPLINK-") ==
        Lines{":LXC-UPLINK-10.0.3.0/24 -", ":LXC-UPLINK-172.16.0.0/16 -",
              "-A LXC-UPLINK -s 10.0.3.0/24 -j LXC-UPLINK-10.0.3.0/24",
              "-A LXC-UPLINK -s 172.16.0.0/16 -j LXC-UPLINK-172.16.0.0/16",
              "-A LXC-UPLINK-10.0.3.0/24 -s 10.0.3.10/32 ! -d 10.0.3.0/24 -m comment --comment \"" +
                  web1_tag + "\" -j MASQUERADE",
              "-A LXC-UPLINK-10.0.3.0/24 -s 10.0.3.11/32 ! -d 10.0.3.0/24 -o eth0 -m comment --comment \"" +
                  web1_tag + "\" -j MASQUERADE",
              "-A LXC-UPLINK-172.16.0.0/16 -s 172.16.0.0/16 ! -d 172.16.0.0/16 -o fifteen-letters -m comment "
              "--comment \"lxc-uplink:shared:br1\" -j MASQUERADE"});
}

TEST_CASE_FIXTURE(WorldWithNat, "a rule added twice is there once")
{
    IptablesFirewall firewall;
    firewall.add({own_rule("10.0.3.10")});
    const std::string once = nat_table();
    firewall.add({own_rule("10.0.3.10")});
    firewall.add({own_rule("10.0.3.10"), own_rule("10.0.3.10")});
    CHECK(nat_table() == once);
}

TEST_CASE_FIXTURE(WorldWithNat, "chains and the jump stay until the last rule goes, and go with it")
{
    IptablesFirewall firewall;
    firewall.add({own_rule("10.0.3.10"), own_rule("10.0.3.11"), own_rule("10.0.4.10")});
    firewall.remove({own_rule("10.0.3.10")});
    CHECK(lines_with(":LXC") ==
          Lines{":LXC-UPLINK -", ":LXC-UPLINK-10.0.3.0/24 -", ":LXC-UPLINK-10.0.4.0/24 -"});
    firewall.remove({own_rule("10.0.3.11")});
    CHECK(lines_with(":LXC") == Lines{":LXC-UPLINK -", ":LXC-UPLINK-10.0.4.0/24 -"});
    CHECK(lines_with("-j LXC") == Lines{"-A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK",
                                        "-A LXC-UPLINK -s 10.0.4.0/24 -j LXC-UPLINK-10.0.4.0/24"});
    firewall.remove({own_rule("10.0.4.10")});
    CHECK(nat_table() == empty_nat_table);
}

TEST_CASE_FIXTURE(WorldWithNat, "a rule removed twice is gone, and other rules are not")
{
    IptablesFirewall firewall;
    MasqueradeRule other = own_rule("10.0.3.10");
    other.out = "eth0";
    firewall.add({other});
    const std::string without = nat_table();
    firewall.add({own_rule("10.0.3.10")});
    for (int i = 0; i < 2; ++i) {
        firewall.remove({own_rule("10.0.3.10")});
        CHECK(nat_table() == without);
    }
}

TEST_CASE_FIXTURE(WorldWithNat, "a rule is only itself: one that differs in a single field stays")
{
    const MasqueradeRule rule = {network("10.0.3.10/32"), network("10.0.3.0/24"), "eth0", web1_tag};
    MasqueradeRule source = rule;
    source.source = network("10.0.3.11/32");
    MasqueradeRule inside = rule;
    inside.inside = network("10.0.0.0/16");
    MasqueradeRule out = rule;
    out.out = "eth01";
    MasqueradeRule tag = rule;
    tag.tag = web1_tag + "2";
    IptablesFirewall firewall;
    firewall.add({source, inside, out, tag});
    const std::string others = nat_table();
    firewall.add({rule});
    CHECK(lines_with("MASQUERADE").size() == 5);
    firewall.remove({rule});
    CHECK(nat_table() == others);
}

TEST_CASE_FIXTURE(WorldWithNat, "three hundred rules in five networks come and go")
{
    std::vector<Rule> masquerade;
    for (int i = 0; i < 300; ++i)
        masquerade.push_back(own_rule("10.0." + std::to_string(i / 60) + "." + std::to_string(1 + i % 60)));
    IptablesFirewall firewall;
    firewall.add(masquerade);
    CHECK(lines_with("-j MASQUERADE").size() == 300);
    CHECK(lines_with(":LXC-UPLINK-").size() == 5);
    for (int block = 0; block < 5; ++block)
        CHECK(lines_with("-A LXC-UPLINK-10.0." + std::to_string(block) + ".0/24 ").size() == 60);
    CHECK(firewall.tags() == std::set{web1_tag});
    firewall.remove({masquerade.begin(), masquerade.begin() + 150});
    CHECK(lines_with("-j MASQUERADE").size() == 150);
    firewall.remove(masquerade);
    CHECK(nat_table() == empty_nat_table);
}

TEST_CASE_FIXTURE(WorldWithNat, "a tag of 128 bytes and any characters comes back as it was")
{
    MasqueradeRule rule = own_rule("10.0.3.10");
    rule.tag = tag_of({"/var/lib/lxc", "two words+a:b\"quoted\"$\\" + std::string(50, 'n')}, first_life);
    IptablesFirewall firewall;
    firewall.add({rule});
    CHECK(firewall.tags() == std::set{rule.tag});
    firewall.remove({rule});
    CHECK(nat_table() == empty_nat_table);
}

TEST_CASE_FIXTURE(WorldWithNat, "our rules are told with their counters, and nobody else's")
{
    IptablesFirewall firewall;
    firewall.add({own_rule("10.0.3.10")});
    const MasqueradeRule counted = own_rule("10.0.3.11");
    shell("iptables-legacy -t nat -A LXC-UPLINK-10.0.3.0/24 -c 7 420 " + iptables_words(counted) +
          "; iptables-legacy -t nat -A POSTROUTING -s 10.0.3.12 -m comment --comment theirs -j MASQUERADE"
          "; iptables-legacy -t nat -A POSTROUTING -s 10.0.3.13 -j MASQUERADE");
    const auto standing = firewall.standing({own_rule("10.0.3.10"), counted, own_rule("10.0.3.12")});
    REQUIRE(standing.size() == 3);
    CHECK(standing[0].there);
    CHECK(standing[0].packets == 0);
    CHECK(standing[1].packets == 7);
    CHECK(standing[1].bytes == 420);
    CHECK_FALSE(standing[2].there);
    CHECK(firewall.tags() == std::set{web1_tag});
}

TEST_CASE_FIXTURE(WorldWithNat, "a rule that nothing leads to any more is told as such")
{
    IptablesFirewall firewall;
    firewall.add({own_rule("10.0.3.10"), own_rule("10.0.4.10")});
    const auto reached = [&] {
        Lines answers;
        for (const Standing& standing : firewall.standing({own_rule("10.0.3.10"), own_rule("10.0.4.10")}))
            answers.push_back(standing.reached ? "reached" : "cut off");
        return answers;
    };
    CHECK(reached() == Lines{"reached", "reached"});
    shell("iptables-legacy -t nat -D LXC-UPLINK -s 10.0.3.0/24 -j LXC-UPLINK-10.0.3.0/24");
    CHECK(reached() == Lines{"cut off", "reached"});
    shell("iptables-legacy -t nat -F POSTROUTING");
    CHECK(reached() == Lines{"cut off", "cut off"});
}

TEST_CASE_FIXTURE(WorldWithNat, "looking and removing do not make the kernel create the table")
{
    IptablesFirewall firewall;
    CHECK(firewall.tags().empty());
    CHECK_FALSE(firewall.standing({own_rule("10.0.3.10")}).at(0).there);
    firewall.remove({own_rule("10.0.3.10")});
    CHECK(shell("cat /proc/net/ip_tables_names").empty());
    firewall.add({own_rule("10.0.3.10")});
    CHECK(shell("cat /proc/net/ip_tables_names") == "nat\n");
}
