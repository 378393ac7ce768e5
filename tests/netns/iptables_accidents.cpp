// SPDX-License-Identifier: GPL-2.0-or-later
// Somebody has changed our own chains: what is missing comes back, and what is left goes.
#include "host/iptables_firewall.h"

#include "iptables_rules.h"
#include "printers.h"
#include "world.h"

using namespace uplink;

namespace
{

/// What a program that adds web1's rule says when system calls of its fail as strace's `faults` have it.
std::string added_with(const std::string& faults)
{
    if (shell("command -v strace || true").empty())
        skip("strace is not installed");
    // LeakSanitizer cannot work under strace.
    return shell("ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=getsockopt,setsockopt " +
                 faults + " " ADD_RULE);
}

struct WorldWithRule : WorldWithNat {
    WorldWithRule() { firewall.add(masquerade); }

    std::vector<Rule> masquerade = {own_rule("10.0.3.10")};
    IptablesFirewall firewall;
};

/// Ways to damage our part of the table.
const std::vector<std::string> accidents = {
    "iptables-legacy -t nat -F LXC-UPLINK-10.0.3.0/24",
    "iptables-legacy -t nat -F LXC-UPLINK",
    "iptables-legacy -t nat -F POSTROUTING",
    "iptables-legacy -t nat -F",
    "iptables-legacy -t nat -F; iptables-legacy -t nat -X",
    "iptables-legacy -t nat -D LXC-UPLINK 1",
    "iptables-legacy -t nat -F LXC-UPLINK; iptables-legacy -t nat -F LXC-UPLINK-10.0.3.0/24;"
    "iptables-legacy -t nat -X LXC-UPLINK-10.0.3.0/24",
};

} // namespace

TEST_CASE_FIXTURE(WorldWithRule, "after an accident, adding makes the table what it was")
{
    const std::string whole = nat_table();
    for (const std::string& accident : accidents) {
        CAPTURE(accident);
        shell(accident);
        CHECK(nat_table() != whole);
        firewall.add(masquerade);
        CHECK(nat_table() == whole);
        shell("iptables-legacy -t nat -F; iptables-legacy -t nat -X");
        firewall.add(masquerade);
    }
}

TEST_CASE_FIXTURE(WorldWithRule, "after an accident, removing leaves nothing of ours")
{
    for (const std::string& accident : accidents) {
        CAPTURE(accident);
        shell(accident);
        firewall.remove(masquerade);
        CHECK(nat_table() == empty_nat_table);
        shell("iptables-legacy -t nat -F; iptables-legacy -t nat -X");
        firewall.add(masquerade);
    }
}

TEST_CASE_FIXTURE(WorldWithRule, "a rule that was put behind the jumps by hand survives the next container")
{
    shell("iptables-legacy -t nat -A LXC-UPLINK -s 10.0.3.99 -j RETURN");
    firewall.add({own_rule("10.0.3.11")});
    firewall.remove({own_rule("10.0.3.11")});
    CHECK(lines_with("-A LXC-UPLINK -s 10.0.3.99/32 -j RETURN").size() == 1);
}

TEST_CASE_FIXTURE(WorldWithRule, "a jump that was made twice goes twice")
{
    shell("iptables-legacy -t nat -I POSTROUTING -j LXC-UPLINK");
    firewall.remove(masquerade);
    CHECK(nat_table() == empty_nat_table);
}

TEST_CASE_FIXTURE(WorldWithRule, "a chain of ours that somebody else jumps to is not pulled from under them")
{
    shell("iptables-legacy -t nat -A POSTROUTING -j LXC-UPLINK-10.0.3.0/24");
    const std::string refusal = refusal_of([&] { firewall.remove(masquerade); });
    CHECK(lines_with("-A POSTROUTING -j LXC-UPLINK-10.0.3.0/24").size() == 1);
    CHECK(lines_with("MASQUERADE").empty());
    CHECK(refusal == "(no error)");
}

TEST_CASE_FIXTURE(WorldWithNat, "a table that cannot be read is a failure before any change")
{
    CHECK(added_with("-e inject=getsockopt:error=ENOMEM").rfind("nothing changed: ", 0) == 0);
}

TEST_CASE_FIXTURE(WorldWithNat, "a table that cannot be read after a commit that failed may have changed")
{
    // The first reading takes two calls, one for the size and one for the entries.
    CHECK(added_with("-e inject=setsockopt:error=EAGAIN:when=1 -e inject=getsockopt:error=ENOMEM:when=3+")
              .rfind("perhaps changed: ", 0) == 0);
}

TEST_CASE_FIXTURE(WorldWithNat, "a commit that failed is tried again")
{
    CHECK(added_with("-e inject=setsockopt:error=EAGAIN:when=1") == "done\n");
    CHECK(lines_with("-j MASQUERADE").size() == 1);
}
