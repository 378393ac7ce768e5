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
    add_dhcp_guard("br0", "eth0");
    const std::string rules = shell("nft list ruleset");
    add_dhcp_guard("br0", "eth0");
    CHECK(shell("nft list ruleset") == rules);
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br0", "eth0", 0, 3}});
    remove_dhcp_guard("eth0");
    remove_dhcp_guard("eth0");
    CHECK(tables() == before);
    CHECK(dhcp_guards().empty());
}

TEST_CASE_FIXTURE(World, "a guard that lost a rule, or is another now, is whole again when it is added again")
{
    add_dhcp_guard("br0", "eth0");
    const std::string rules = shell("nft list ruleset");
    shell("nft delete rule bridge lxc-uplink answers-out handle $(nft -a list chain bridge lxc-uplink "
          "answers-out | "
          "sed -n 's/.*oifname.*handle //p' | head -n 1)");
    CHECK(shell("nft list ruleset") != rules);
    add_dhcp_guard("br0", "eth0");
    CHECK(shell("nft list ruleset") == rules);
    add_dhcp_guard("br1", "eth0");
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br1", "eth0", 0, 3}});
    shell("nft flush table bridge lxc-uplink");
    remove_dhcp_guard("eth0");
    CHECK(tables().empty());
}

TEST_CASE_FIXTURE(World, "each guard goes alone, and the table with the last")
{
    add_dhcp_guard("br1", "eth1.100");
    add_dhcp_guard("br0", "eth1");
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br0", "eth1", 0, 3}, {"br1", "eth1.100", 0, 3}});
    remove_dhcp_guard("eth1");
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br1", "eth1.100", 0, 3}});
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
    add_dhcp_guard("br0", "eth0");
    remove_dhcp_guard("eth0");
    CHECK(shell("nft list ruleset") == theirs);
    add_dhcp_guard("br0", "eth0");
    shell("nft 'add rule bridge lxc-uplink answers-out accept comment \"lxc-uplink:guard:eth0\"'");
    CHECK(dhcp_guards().size() == 1);
    remove_dhcp_guard("eth0");
    CHECK(dhcp_guards().empty());
    CHECK(shell("nft list table bridge lxc-uplink | grep -c comment") == "1\n");
}

TEST_CASE_FIXTURE(World,
                  "a guard refuses names that nft would read as something else, and takes others as they are")
{
    CHECK(refusal_of([] { add_dhcp_guard("br0", "eth*"); }) ==
          "nft takes no interface of the name eth*: rename it, or set dhcp-guard = no");
    CHECK(refusal_of([] { add_dhcp_guard("br\"0", "eth0"); }).find("br\"0") != std::string::npos);
    CHECK(tables().empty());
    for (const char* nic : {"1$;{}@'`#&|", "@eth0", "-", "fifteen-letters", "\xc3\xa4"}) {
        CAPTURE(nic);
        add_dhcp_guard("br0", nic);
        CHECK(dhcp_guards() == std::vector<GuardInForce>{{"br0", nic, 0, 3}});
        remove_dhcp_guard(nic);
        CHECK(tables().empty());
    }
}

TEST_CASE_FIXTURE(
    World, "macvlans have guards in a table of their own, each of which goes alone, with its NIC or without")
{
    const std::string before = tables();
    shell("ip link add eth1 type veth peer name eth2");
    const std::string mac = "02:00:00:00:00:01";
    add_dhcp_guard("br0", "eth0");
    add_macvlan_guard("eth1", mac);
    const std::string rules = shell("nft list ruleset");
    add_macvlan_guard("eth1", mac);
    CHECK(shell("nft list ruleset") == rules);
    add_macvlan_guard("eth2", mac);
    CHECK(dhcp_guards() ==
          std::vector<GuardInForce>{{"br0", "eth0", 0, 3}, {"", "eth1", 0, 3}, {"", "eth2", 0, 3}});
    remove_macvlan_guard("eth2");
    remove_macvlan_guard("eth2");
    CHECK(shell("nft list ruleset") == rules);
    shell("ip link del eth1");
    remove_macvlan_guard("eth1");
    remove_dhcp_guard("eth0");
    CHECK(tables() == before);
}

TEST_CASE_FIXTURE(World, "a guard of macvlans holds servers in them, and neither the host's own nor others")
{
    shell("ip link add eth0 type veth peer name lan && ip link set lan up && ip link set eth0 up");
    shell("ip link add mac0 link eth0 type macvlan mode vepa");
    add_macvlan_guard("eth0", shell("tr -d '\\n' </sys/class/net/eth0/address"));
    shell("ip addr add 192.0.2.1/24 dev eth0; ip addr add 192.0.2.2/24 dev mac0; ip link set mac0 up; "
          "for nic in eth0 mac0; do ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev $nic; done");
    const auto send = [](const std::string& from, const std::string& nic, const std::string& ports) {
        shell("echo x | socat -u STDIN UDP-SENDTO:192.0.2.9:" + ports + ",bind=" + from +
              ",so-bindtodevice=" + nic);
    };
    send("192.0.2.2:67", "mac0", "68");
    send("192.0.2.2:5000", "mac0", "546");
    send("192.0.2.2:5000", "mac0", "53");
    send("192.0.2.1:67", "eth0", "68");
    CHECK(dhcp_guards() == std::vector<GuardInForce>{{"", "eth0", 2, 3}});
}
