// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/openflow_guard.h"
#include "ovs_world.h"

using namespace uplink;

namespace
{

constexpr const char* addresses = ",dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff";
const Ports nowhere = {"drop"};

const std::vector<std::string> server_messages = {
    ",udp,udp_src=67,udp_dst=68",          ",udp,udp_src=999,udp_dst=68",   ",udp,udp_src=67,udp_dst=67",
    ",udp6,udp_src=547,udp_dst=546",       ",udp6,udp_src=547,udp_dst=999", ",icmp6,icmpv6_type=134",
    ",dl_vlan=7,udp,udp_src=67,udp_dst=68"};
const std::vector<std::string> other_messages = {
    ",udp,udp_src=68,udp_dst=67", ",udp6,udp_src=546,udp_dst=547", ",icmp6,icmpv6_type=133",
    ",icmp6,icmpv6_type=135",     ",tcp,tcp_src=67,tcp_dst=68",    ",arp"};

struct GuardedWorld : WorldWithOvs {
    GuardedWorld() { shell("ovs-vsctl --timeout=10 add-port br0 c0 -- add-port br0 c1"); }

    /// What of these messages from a port reaches, which must be the same for all.
    static Ports reached(const std::string& in_port, const std::vector<std::string>& messages)
    {
        const auto reached_by = [&](const std::string& message) {
            return reached_from("in_port=" + in_port + addresses + message);
        };
        const Ports first = reached_by(messages.at(0));
        for (const std::string& message : messages) {
            CAPTURE(message);
            CHECK(reached_by(message) == first);
        }
        return first;
    }

    static std::string flows() { return shell("ovs-ofctl --no-stats --timeout=10 dump-flows br0"); }

    /// Whether a DHCP client is offered an address by anybody.
    static bool is_offered(const std::string& in_namespace, const std::string& link)
    {
        const std::string said =
            shell(in_namespace + " busybox udhcpc -f -n -q -t 4 -T 1 -s /bin/true -i " + link + " || true");
        INFO(said);
        REQUIRE(said.find("discover") != std::string::npos);
        return said.find("obtained") != std::string::npos;
    }

    /// A DHCP server at `link`, in a namespace, for addresses such as 10.9.0.2.
    static std::string server(const std::string& in_namespace, const std::string& link,
                              const std::string& net)
    {
        shell(in_namespace + " ip address replace " + net + ".1/24 dev " + link);
        return "(for i in $(seq 1000); do " + in_namespace +
               " ss -Hlun sport = 67 | grep -q : && echo ready && exit; sleep 0.01; done) & exec " +
               in_namespace +
               " dnsmasq -k --port=0 --no-ping --conf-file=/dev/null --dhcp-leasefile=/run/leases-" + link +
               " --interface=" + link + " --dhcp-range=" + net + ".100," + net + ".200 2>/run/" + link;
    }

    const OvsMark mark = {"T", "boot-1"};
};

} // namespace

TEST_CASE_FIXTURE(GuardedWorld, "a guard holds what servers send but the LAN's, from before the uplink joins")
{
    ovs.add_dhcp_guard("br0", "eth0");
    CHECK(reached("LOCAL", server_messages) == nowhere);
    ovs.add_port("br0", "eth0", mark, uplink_port_number);
    CHECK(reached("LOCAL", server_messages) == nowhere);
    CHECK(reached("c0", server_messages) == nowhere);
    CHECK(reached("eth0", server_messages) == Ports{"br0", "c0", "c1"});
    CHECK(reached("LOCAL", other_messages) == Ports{"c0", "c1", "eth0"});
    CHECK(reached("c0", other_messages) == Ports{"br0", "c1", "eth0"});
    CHECK(reached("eth0", other_messages) == Ports{"br0", "c0", "c1"});
}

TEST_CASE_FIXTURE(WorldWithOvs,
                  "a LAN's client hears no server of a container while its own server is heard by all")
{
    const std::string lan = "ip netns exec lan";
    const std::string web = "ip netns exec web";
    shell("for name in lan web; do ip netns add $name; done\n"
          "ip link set lan0 netns lan; ip link set c1 netns web; ip link set br0 up");
    shell(lan + " ip link set lan0 up; " + web + " ip link set c1 up");
    ovs.add_port("br0", "c0", {"T", "boot-1"});
    ovs.add_port("br0", "eth0", {"T", "boot-1"}, uplink_port_number);
    {
        const Background rogue(GuardedWorld::server(web, "c1", "10.8.0"));
        CHECK(GuardedWorld::is_offered(lan, "lan0"));
        ovs.add_dhcp_guard("br0", "eth0");
        CHECK_FALSE(GuardedWorld::is_offered(lan, "lan0"));
    }
    const Background server(GuardedWorld::server(lan, "lan0", "10.9.0"));
    CHECK(GuardedWorld::is_offered(web, "c1"));
    CHECK(GuardedWorld::is_offered("", "br0"));
}

TEST_CASE_FIXTURE(GuardedWorld, "a guard of a NIC that is a port already goes by the number that this has")
{
    shell("ovs-vsctl --timeout=10 add-port br0 eth0");
    ovs.add_dhcp_guard("br0", "eth0");
    CHECK(reached("eth0", server_messages) == Ports{"br0", "c0", "c1"});
    CHECK(reached("c0", server_messages) == nowhere);
}

TEST_CASE_FIXTURE(GuardedWorld, "a guard goes without a trace and leaves other flows alone")
{
    shell("ovs-ofctl --timeout=10 add-flow br0 cookie=0x5,priority=7,tcp,actions=drop");
    const std::string before = flows();
    for (int i = 0; i < 2; ++i)
        ovs.add_dhcp_guard("br0", "eth0");
    CHECK(flows() != before);
    CHECK(ovs.has_dhcp_guard("br0", "eth0"));
    for (int i = 0; i < 2; ++i) {
        ovs.remove_dhcp_guard("br0");
        CHECK(flows() == before);
        CHECK_FALSE(ovs.has_dhcp_guard("br0", "eth0"));
    }
    ovs.remove_dhcp_guard("br7");
}

TEST_CASE_FIXTURE(GuardedWorld, "a guard that lost a flow is told from a whole one")
{
    ovs.add_dhcp_guard("br0", "eth0");
    shell("ovs-ofctl --timeout=10 --strict del-flows br0 priority=65000,udp,tp_dst=68");
    CHECK_FALSE(ovs.has_dhcp_guard("br0", "eth0"));
    ovs.add_dhcp_guard("br0", "eth0");
    CHECK(ovs.has_dhcp_guard("br0", "eth0"));
    shell("ovs-ofctl --timeout=10 mod-flows br0 udp,tp_dst=68,actions=NORMAL");
    CHECK_FALSE(ovs.has_dhcp_guard("br0", "eth0"));
    restart();
    CHECK_FALSE(ovs.has_dhcp_guard("br0", "eth0"));
}

TEST_CASE_FIXTURE(GuardedWorld, "a bridge that has lost the flow by which it switches gets it back")
{
    ovs.add_dhcp_guard("br0", "eth0");
    const std::string whole = flows();
    CHECK_FALSE(ovs.has_only_guard("br0"));
    shell("ovs-ofctl --timeout=10 --strict del-flows br0 priority=0");
    CHECK(ovs.has_only_guard("br0"));
    shell("ovs-vsctl --timeout=10 set-fail-mode br0 secure");
    CHECK_FALSE(ovs.has_only_guard("br0"));
    shell("ovs-vsctl --timeout=10 set-fail-mode br0 standalone");
    shell("ovs-ofctl --timeout=10 del-flows br0");
    ovs.add_dhcp_guard("br0", "eth0");
    CHECK(ovs.has_only_guard("br0"));
    ovs.let_it_switch("br0");
    CHECK_FALSE(ovs.has_only_guard("br0"));
    CHECK(flows() == whole);
}

TEST_CASE_FIXTURE(GuardedWorld, "a bridge may speak any version of OpenFlow")
{
    for (const std::string version : {"OpenFlow10", "OpenFlow13", "OpenFlow15"}) {
        CAPTURE(version);
        shell("ovs-vsctl --timeout=10 set Bridge br0 protocols=" + version);
        ovs.add_dhcp_guard("br0", "eth0");
        CHECK(ovs.has_dhcp_guard("br0", "eth0"));
        ovs.remove_dhcp_guard("br0");
        CHECK_FALSE(ovs.has_dhcp_guard("br0", "eth0"));
    }
}
