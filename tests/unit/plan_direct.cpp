// SPDX-License-Identifier: GPL-2.0-or-later
// Mode direct with a bridge: whole plans for every state of the uplink and the bridge, the whole message for
// what plan_direct() itself refuses, and what it tells.
#include "core/plan_direct.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

using Sentences = std::vector<std::string>;

const std::string nic_mac = "02:00:00:00:00:02";
const std::string bridge_mac = "02:00:00:00:00:07";

NicConfig with_setting(const std::string& value)
{
    NicConfig config;
    config.settings["ipv4/conf/%/rp_filter"] = value;
    return config;
}

/// A container on br0, as lxc-uplink-direct.conf asks for it.
ContainerSpec direct_web1(const std::vector<Ipv4Interface>& addresses = {})
{
    ContainerSpec spec = web1_with({nic_on("br0", addresses)});
    spec.mode = Mode::direct;
    spec.uplink = "auto";
    spec.dhcp_guard = true;
    return spec;
}

/// eth0 on a LAN, and no br0.
HostState fresh()
{
    DirectState direct;
    direct.found.nic.ifindex = 2;
    direct.found.nic.name = "eth0";
    direct.found.nic.mac = nic_mac;
    direct.found.nic.mtu = 9000;
    direct.found.nic.up = true;
    direct.found.nic.carrier = true;
    direct.found.bridge.name = "br0";
    direct.was = with_setting("1");
    direct.before = with_setting("0");
    direct.gateway = "192.0.2.1";
    HostState state;
    state.direct = direct;
    return state;
}

/// With a br0 that somebody has made.
HostState with_bridge()
{
    HostState state = fresh();
    BridgeState& bridge = state.direct->found.bridge;
    bridge.ifindex = 7;
    bridge.kind = "bridge";
    bridge.mac = bridge_mac;
    bridge.mtu = 9000;
    return state;
}

/// With a br0 that was made from eth0 for an earlier container.
HostState moved()
{
    HostState state = with_bridge();
    state.direct->moved_to = "br0";
    state.direct->was = state.direct->before = {};
    state.direct->found.nic.master = UpperLink{"br0", "bridge"};
    state.direct->found.bridge.alias = bridge_alias;
    state.direct->found.bridge.mac = nic_mac;
    return state;
}

/// With a br0 that the host's own configuration has made eth0 a port of.
HostState joined()
{
    HostState state = with_bridge();
    state.direct->found.nic.master = UpperLink{"br0", "bridge"};
    state.direct->found.bridge.uplinks = {"eth0"};
    return state;
}

Step make(bool kept, BridgeType type = BridgeType::linux_bridge)
{
    return {Action::add, Bridge{"br0", nic_mac, {}, {}, kept, type, 9000}};
}

Step guard(BridgeType type = BridgeType::linux_bridge, const std::string& nic = "eth0")
{
    return {Action::add, DhcpGuard{nic, "br0", type, ""}};
}

Step move(bool new_mac, BridgeType type = BridgeType::linux_bridge)
{
    return {Action::add,
            UplinkMove{"eth0", "br0", type, false, new_mac, 10, with_setting("1"), with_setting("0")}};
}

const Step keep_moved = {Action::add,
                         UplinkMove{"eth0", "br0", BridgeType::linux_bridge, true, false, 10, {}, {}}};

std::string refusal(const ContainerSpec& spec, const HostState& state)
{
    return refusal_of([&] { plan_pre_start(spec, state, web1_tag); });
}

} // namespace

TEST_CASE("a missing bridge is made like the uplink and guarded before the uplink moves")
{
    CHECK(plan_direct(direct_web1(), fresh()) == Plan{make(false), guard(), move(false)});
}

TEST_CASE("plan_pre_start and notices leave mode direct to this")
{
    CHECK(plan_pre_start(direct_web1(), fresh(), web1_tag) == plan_direct(direct_web1(), fresh()));
    const ContainerSpec spec = direct_web1({ipv4("192.0.2.31/24")});
    CHECK(notices(spec, fresh()) == notices_direct(spec, fresh()));
}

TEST_CASE("somebody else's bridge is never made or removed, and its MAC address may be new to the LAN")
{
    CHECK(plan_direct(direct_web1(), with_bridge()) == Plan{guard(), move(true)});
    HostState state = with_bridge();
    state.direct->found.bridge.mac = nic_mac;
    CHECK(plan_direct(direct_web1(), state) == Plan{guard(), move(false)});
}

TEST_CASE("a container cannot have an address of the host's own, whichever NIC it is for")
{
    HostState state = fresh();
    state.own_addresses = {ip_address("192.0.2.10")};
    CHECK_NOTHROW(plan_direct(direct_web1({ipv4("192.0.2.11/24")}), state));
    CHECK_THROWS_WITH(
        plan_direct(direct_web1({ipv4("192.0.2.10/24")}), state),
        "address 192.0.2.10 of lxc.net.0 is the host's own: give the container another address");
    ContainerSpec upon_the_nic = direct_web1();
    upon_the_nic.nics.clear();
    upon_the_nic.macvlans = {{1, "eth0", "bridge", {ipv4("192.0.2.10/24")}, false}};
    CHECK_THROWS_WITH(
        plan_direct(upon_the_nic, state),
        "address 192.0.2.10 of lxc.net.1 is the host's own: give the container another address");
}

TEST_CASE("a bridge that this program made is kept, so that it goes with its last container")
{
    HostState state = with_bridge();
    state.direct->found.bridge.alias = bridge_alias;
    CHECK(plan_direct(direct_web1(), state) == Plan{make(true), guard(), move(true)});
}

TEST_CASE("an uplink that has been moved to the bridge is held and not moved again")
{
    CHECK(plan_direct(direct_web1(), moved()) == Plan{make(true), guard(), keep_moved});
}

TEST_CASE("an uplink that has been moved is not looked at as one that is to be moved")
{
    HostState state = moved();
    state.direct->found.nic.managers = {{"systemd-networkd", ""}};
    state.direct->found.nic.carrier = false;
    state.direct->found.bridge.uplinks = {"eth0"};
    state.direct->found.bridge.spanning_tree = true;
    CHECK(plan_direct(direct_web1(), state) == Plan{make(true), guard(), keep_moved});
}

TEST_CASE("on Open vSwitch the plan is the same, of that type")
{
    const auto ovs = BridgeType::openvswitch;
    ContainerSpec spec = direct_web1();
    spec.bridge_type = ovs;
    CHECK(plan_direct(spec, fresh()) == Plan{make(false, ovs), guard(ovs), move(false, ovs)});
    HostState state = with_bridge();
    state.direct->found.bridge.kind = "openvswitch";
    state.direct->found.bridge.openvswitch = true;
    CHECK(plan_direct(spec, state) == Plan{guard(ovs), move(true, ovs)});
    CHECK(plan_direct(direct_web1(), state) == Plan{guard(ovs), move(true, ovs)});
}

TEST_CASE("where the host's configuration made the uplink a port, only the guard is set")
{
    CHECK(plan_direct(direct_web1(), joined()) == Plan{guard()});
}

TEST_CASE("where the uplink is the bridge itself the guard is at the bridge's way out, if it has one")
{
    HostState state = joined();
    UplinkState& found = state.direct->found;
    found.nic.master.reset();
    found.nic.name = "br0";
    found.nic.ifindex = found.bridge.ifindex;
    CHECK(plan_direct(direct_web1(), state) == Plan{guard()});
    found.bridge.uplinks = {"bond0"};
    CHECK(plan_direct(direct_web1(), state) == Plan{guard(BridgeType::linux_bridge, "bond0")});
    found.bridge.uplinks.clear();
    CHECK(plan_direct(direct_web1(), state) == Plan{});
}

TEST_CASE("with dhcp-guard = no there is no guard in any plan")
{
    ContainerSpec spec = direct_web1();
    spec.dhcp_guard = false;
    CHECK(plan_direct(spec, fresh()) == Plan{make(false), move(false)});
    CHECK(plan_direct(spec, moved()) == Plan{make(true), keep_moved});
    CHECK(plan_direct(spec, joined()) == Plan{});
}

TEST_CASE("the time to prove itself is the option's")
{
    ContainerSpec spec = direct_web1();
    spec.confirm_timeout = 3;
    CHECK(std::get<UplinkMove>(plan_direct(spec, fresh()).back().resource).confirm_timeout == 3);
}

TEST_CASE(
    "a NIC whose manager would put the addresses back is refused, and a command makes the bridge for good")
{
    for (const std::string manager : {"systemd-networkd", "NetworkManager"}) {
        HostState state = fresh();
        state.direct->found.nic.managers = {{"dhclient", "pid 812"}, {manager, "some.network"}};
        CHECK(refusal(direct_web1(), state) ==
              "uplink eth0 is configured by " + manager +
                  ", which would put its addresses back on it when it is restarted: let it make the bridge "
                  "itself, as \"lxc-uplink plan --persistent eth0\" prints it");
        state.direct->found.nic.name = "a;b";
        CHECK(refusal(direct_web1(), state).find("plan --persistent 'a;b'\"") != std::string::npos);
    }
}

TEST_CASE("a bridge that systemd-networkd configures is refused, and one that it leaves alone is not")
{
    HostState state = with_bridge();
    state.direct->found.bridge.networkd_state = "configured";
    CHECK(refusal(direct_web1(), state) ==
          "bridge br0 is configured by systemd-networkd, which would take the uplink's addresses off it when "
          "it is restarted: let it make the bridge itself, as \"lxc-uplink plan --persistent eth0\" prints "
          "it");
    state.direct->found.bridge.networkd_state = "unmanaged";
    CHECK(refusal(direct_web1(), state) == "(no error)");
}

TEST_CASE("managers are no concern where nothing is moved, nor are DHCP clients where it is")
{
    HostState state = joined();
    state.direct->found.nic.managers = {{"systemd-networkd", ""}};
    state.direct->found.bridge.networkd_state = "configured";
    CHECK(refusal(direct_web1(), state) == "(no error)");
    state = fresh();
    state.direct->found.nic.managers = {{"dhclient", "pid 812"}};
    CHECK(refusal(direct_web1(), state) == "(no error)");
}

TEST_CASE("an uplink that has been moved to another bridge is refused with that bridge's name")
{
    HostState state = moved();
    state.direct->moved_to = "br1";
    CHECK(refusal(direct_web1(), state) ==
          "uplink eth0 is a port of bridge br1 already, for another container: say bridge = br1, or name "
          "another NIC in option uplink");
}

TEST_CASE("a bridge of another type than the option's is refused")
{
    ContainerSpec spec = direct_web1();
    spec.bridge_type = BridgeType::openvswitch;
    CHECK(refusal(spec, with_bridge()) ==
          "bridge br0 is of type linux but option bridge-type is openvswitch: drop the option, or name "
          "another bridge");
    CHECK(refusal(spec, moved()) == refusal(spec, with_bridge()));
    HostState state = with_bridge();
    state.direct->found.bridge.kind = "openvswitch";
    state.direct->found.bridge.openvswitch = true;
    spec.bridge_type = BridgeType::linux_bridge;
    CHECK(refusal(spec, state) ==
          "bridge br0 is of type openvswitch but option bridge-type is linux: drop the option, or name "
          "another bridge");
}

TEST_CASE("hairpin is refused on Open vSwitch, which has none")
{
    ContainerSpec spec = direct_web1();
    spec.hairpin = true;
    CHECK(refusal(spec, fresh()) == "(no error)");
    spec.bridge_type = BridgeType::openvswitch;
    CHECK(refusal(spec, fresh()) ==
          "option hairpin has no use on Open vSwitch bridge br0, which sends no frame back by the port that "
          "it came from: drop it");
}

TEST_CASE("what is wrong with the uplink or the bridge is refused from here too")
{
    HostState state = with_bridge();
    state.direct->found.bridge.spanning_tree = true;
    CHECK(refusal(direct_web1(), state).rfind("bridge br0 runs the spanning tree protocol", 0) == 0);
    state.direct->found.nic.carrier = false;
    CHECK(refusal(direct_web1(), state).rfind("uplink eth0 has no carrier", 0) == 0);
}

TEST_CASE("a static address without a gateway is told, with the LAN's gateway where it is known")
{
    const ContainerSpec spec = direct_web1({ipv4("192.0.2.31/24")});
    const auto told = [](const std::string& gateway) {
        return Sentences{"lxc.net.0 has a static address but no way out of its network: add the line "
                         "\"lxc.net.0.ipv4.gateway = " +
                         gateway + "\" to the container's config"};
    };
    CHECK(notices_direct(spec, fresh()) == told("192.0.2.1"));
    CHECK(notices_direct(spec, moved()) == told("192.0.2.1"));
    HostState state = fresh();
    state.direct->gateway.clear();
    CHECK(notices_direct(spec, state) == told("ADDRESS"));
}

TEST_CASE("a gateway on any NIC, or no static address, leaves nothing to tell")
{
    ContainerSpec spec = direct_web1({ipv4("192.0.2.31/24")});
    spec.nics.push_back(with_index(1, nic_on("br0")));
    spec.nics.back().has_gateway = true;
    CHECK(notices_direct(spec, fresh()).empty());
    CHECK(notices_direct(direct_web1(), fresh()).empty());
}

TEST_CASE("a DHCP client of the uplink is told where it moves, and not where it stays or has moved before")
{
    const auto client_of = [](HostState state) {
        state.direct->found.nic.managers = {{"dhclient", "pid 812"}};
        return state;
    };
    CHECK(
        notices_direct(direct_web1(), client_of(fresh())) ==
        Sentences{"dhclient (pid 812) looks after the addresses of eth0, which do not expire while they are "
                  "on br0: for good let the host's configuration make the bridge, as \"lxc-uplink plan "
                  "--persistent eth0\" prints it"});
    CHECK(notices_direct(direct_web1(), client_of(moved())).empty());
    CHECK(notices_direct(direct_web1(), client_of(joined())).empty());
}
