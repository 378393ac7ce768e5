// SPDX-License-Identifier: GPL-2.0-or-later
// The table that holds the guards, beside those of other people.
#include "host_on_lan.h"

using namespace uplink;

namespace
{

std::string tables()
{
    return shell("nft list tables");
}

} // namespace

TEST_CASE_FIXTURE(World,
                  "a guard may be added twice and removed twice, and stands before there is such a NIC")
{
    const std::string before = tables();
    add_dhcp_guard("br0", "eth0", false);
    const std::string rules = shell("nft list ruleset");
    add_dhcp_guard("br0", "eth0", false);
    CHECK(shell("nft list ruleset") == rules);
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br0", "eth0", false, 0, 0, 0}});
    remove_dhcp_guard("eth0");
    remove_dhcp_guard("eth0");
    CHECK(tables() == before);
    CHECK(dhcp_guards().empty());
}

TEST_CASE_FIXTURE(World, "a guard that lost a rule, or is another now, is whole again when it is added again")
{
    add_dhcp_guard("br0", "eth0", true);
    const std::string rules = shell("nft list ruleset");
    shell("nft delete rule bridge lxc-uplink answers-out handle $(nft -a list chain bridge lxc-uplink "
          "answers-out | "
          "sed -n 's/.*oifname.*handle //p' | head -n 1)");
    CHECK(shell("nft list ruleset") != rules);
    add_dhcp_guard("br0", "eth0", true);
    CHECK(shell("nft list ruleset") == rules);
    add_dhcp_guard("br1", "eth0", false);
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br1", "eth0", false, 0, 0, 0}});
    shell("nft flush table bridge lxc-uplink");
    remove_dhcp_guard("eth0");
    CHECK(tables().empty());
}

TEST_CASE_FIXTURE(World, "each guard goes alone, and the table with the last")
{
    add_dhcp_guard("br1", "eth1.100", true);
    add_dhcp_guard("br0", "eth1", false);
    CHECK(dhcp_guards() ==
          std::vector<GuardInForce>{{"br0", "eth1", false, 0, 0, 0}, {"br1", "eth1.100", true, 0, 0, 0}});
    remove_dhcp_guard("eth1");
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br1", "eth1.100", true, 0, 0, 0}});
    CHECK(tables() == "table bridge lxc-uplink\n");
    remove_dhcp_guard("eth1.100");
    CHECK(tables().empty());
}

TEST_CASE_FIXTURE(World, "tables and rules of other people stay as they are, even in our own table")
{
    shell("nft 'add table bridge theirs; add chain bridge theirs c { type filter hook forward priority 0; };"
          "add rule bridge theirs c oifname \"eth0\" counter comment \"lxc-uplink:guard:eth0:br0\";"
          "add table ip lxc-uplink; add chain ip lxc-uplink c; add rule ip lxc-uplink c accept'");
    const std::string theirs = shell("nft list ruleset");
    add_dhcp_guard("br0", "eth0", true);
    remove_dhcp_guard("eth0");
    CHECK(shell("nft list ruleset") == theirs);
    add_dhcp_guard("br0", "eth0", true);
    shell("nft 'add rule bridge lxc-uplink answers-out accept comment \"lxc-uplink:guard:eth0\"'");
    CHECK(dhcp_guards().size() == 1);
    remove_dhcp_guard("eth0");
    CHECK(dhcp_guards().empty());
    CHECK(shell("nft list table bridge lxc-uplink | grep -c comment") == "1\n");
}

TEST_CASE_FIXTURE(World,
                  "names that nft would read as something else are refused, others are taken as they are")
{
    CHECK(refusal_of([] { add_dhcp_guard("br0", "eth*", false); }) ==
          "nft takes no interface of the name eth*: rename it, or set dhcp-guard = no");
    CHECK(refusal_of([] { add_dhcp_guard("br\"0", "eth0", false); }).find("br\"0") != std::string::npos);
    CHECK(tables().empty());
    for (const char* nic : {"1$;{}@'`#&|", "@eth0", "-", "fifteen-letters", "\xc3\xa4"}) {
        CAPTURE(nic);
        add_dhcp_guard("br0", nic, true);
        CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br0", nic, true, 0, 0, 0}});
        remove_dhcp_guard(nic);
        CHECK(tables().empty());
    }
}
