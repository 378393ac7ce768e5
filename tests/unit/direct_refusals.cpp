// SPDX-License-Identifier: GPL-2.0-or-later
// The whole message for every uplink and bridge that direct mode refuses.
#include "core/direct_refusals.h"

#include "values.h"

#include <doctest/doctest.h>

using namespace uplink;

namespace
{

/// eth0, ready to become a port of br0, which is ready to take it.
UplinkState fine()
{
    UplinkState state;
    state.nic.ifindex = 2;
    state.nic.name = "eth0";
    state.nic.mtu = 1500;
    state.nic.up = true;
    state.nic.carrier = true;
    state.bridge.ifindex = 7;
    state.bridge.name = "br0";
    state.bridge.kind = "bridge";
    state.bridge.mtu = 1500;
    return state;
}

template<typename Change>
UplinkState fine_but(const Change& change)
{
    UplinkState state = fine();
    change(state.nic, state.bridge);
    return state;
}

template<typename Change>
std::string refused_uplink(const Change& change)
{
    const UplinkState state = fine_but(change);
    CHECK(refusal_of([&] { check_bridge(state); }) == "(no error)");
    return refusal_of([&] { check_uplink(state); });
}

template<typename Change>
std::string refused_bridge(const Change& change)
{
    const UplinkState state = fine_but(change);
    CHECK(refusal_of([&] { check_uplink(state); }) == "(no error)");
    return refusal_of([&] { check_bridge(state); });
}

std::string refused_master(const std::string& name, const std::string& kind)
{
    return refused_uplink([&](NicState& nic, BridgeState&) { nic.master = UpperLink{name, kind}; });
}

std::string refused_children(const std::vector<UpperLink>& children)
{
    return refused_uplink([&](NicState& nic, BridgeState&) { nic.children = children; });
}

std::string refused_kind(const std::string& kind, unsigned link_type = ethernet_type)
{
    return refused_uplink([&](NicState& nic, BridgeState&) {
        nic.kind = kind;
        nic.link_type = link_type;
    });
}

} // namespace

TEST_CASE("an Ethernet NIC with carrier and a bridge like it are fine")
{
    CHECK(refused_uplink([](NicState&, BridgeState&) {}) == "(no error)");
    CHECK(refused_bridge([](NicState&, BridgeState&) {}) == "(no error)");
}

TEST_CASE("bonds, teams, VLANs, veths and taps are fine as uplinks themselves")
{
    for (const std::string kind : {"bond", "team", "vlan", "veth", "tun", "dummy", "vxlan"})
        CHECK(refused_kind(kind) == "(no error)");
}

TEST_CASE("uplink auto without a default route tells of the boot order")
{
    CHECK(refused_uplink([](NicState& nic, BridgeState&) { nic.name.clear(); }) ==
          "option uplink is auto but the host has no default route: name the NIC, or, when the route comes "
          "later in "
          "the boot, order lxc.service after network-online.target");
}

TEST_CASE("an uplink that is missing is refused")
{
    CHECK(refused_uplink([](NicState& nic, BridgeState&) { nic.ifindex = 0; }) ==
          "uplink eth0 does not exist: \"ip link\" lists the NICs that do");
}

TEST_CASE("an uplink that is down or has no carrier is refused")
{
    CHECK(refused_uplink([](NicState& nic, BridgeState&) { nic.up = nic.carrier = false; }) ==
          "uplink eth0 is down: run \"ip link set eth0 up\"");
    CHECK(refused_uplink([](NicState& nic, BridgeState&) { nic.carrier = false; }) ==
          "uplink eth0 has no carrier: plug its cable in, or turn on the switch port that it leads to");
}

TEST_CASE("the loopback interface is refused as an uplink")
{
    CHECK(refused_kind("", loopback_type) == "uplink eth0 is the loopback interface, which leads nowhere: "
                                             "name the NIC that the LAN is connected to");
}

TEST_CASE("a Wi-Fi NIC is refused and masquerading suggested")
{
    CHECK(refused_uplink([](NicState& nic, BridgeState&) { nic.wifi = true; }) ==
          "uplink eth0 is a Wi-Fi NIC, whose access point takes frames from no address but its own: say mode "
          "= nat");
}

TEST_CASE("a bridge is refused as the uplink of another one")
{
    const std::string message =
        "uplink eth0 is a bridge itself and cannot be a port of another: say bridge = eth0 to put "
        "the container there, or name another NIC";
    CHECK(refused_kind("bridge") == message);
    CHECK(refused_kind("openvswitch") == message);
}

TEST_CASE("what carries no Ethernet frames is refused as an uplink")
{
    const std::string reason =
        "carries no Ethernet frames, so that it cannot be a port of a bridge: name an Ethernet NIC, "
        "or say mode = nat";
    constexpr unsigned no_type = 0xfffe; // ARPHRD_NONE
    constexpr unsigned infiniband = 32;
    CHECK(refused_kind("tun", no_type) == "uplink eth0, of kind tun, " + reason);
    CHECK(refused_kind("wireguard", no_type) == "uplink eth0, of kind wireguard, " + reason);
    CHECK(refused_kind("vrf") == "uplink eth0, of kind vrf, " + reason);
    CHECK(refused_kind("", infiniband) == "uplink eth0 " + reason);
}

TEST_CASE("macvlans and ipvlans are refused as uplinks")
{
    for (const std::string kind : {"macvlan", "macvtap", "ipvlan", "ipvtap"})
        CHECK(refused_kind(kind) ==
              "uplink eth0 is a " + kind +
                  ", which hears nothing that is sent to a container's address: name the NIC that "
                  "it is made upon");
}

TEST_CASE("a port of another bridge is refused with that bridge's name")
{
    CHECK(refused_master("br1", "bridge") == "uplink eth0 is already a port of bridge br1: say bridge = br1, "
                                             "or run \"ip link set eth0 nomaster\"");
    CHECK(refused_uplink([](NicState& nic, BridgeState&) {
              nic.ovs_bridge = "ovs1";
              nic.master = UpperLink{"ovs-system", "openvswitch"};
          }) ==
          "uplink eth0 is already a port of Open vSwitch bridge ovs1: say bridge = ovs1, or run \"ovs-vsctl "
          "del-port ovs1 eth0\"");
}

TEST_CASE("a member of a bond or team is refused with the uplink to name instead")
{
    CHECK(refused_master("bond0", "bond") == "uplink eth0 is a member of bond bond0: say uplink = bond0");
    CHECK(refused_master("team0", "team") == "uplink eth0 is a member of team team0: say uplink = team0");
}

TEST_CASE("a NIC that belongs to something else is refused with its name")
{
    CHECK(refused_master("vrf-blue", "vrf") ==
          "uplink eth0 belongs to VRF vrf-blue: run \"ip link set eth0 nomaster\", or name another NIC");
    CHECK(refused_master("ovs-system", "openvswitch") ==
          "uplink eth0 belongs to Open vSwitch ovs-system: run \"ip link set eth0 nomaster\", or name "
          "another NIC");
    CHECK(refused_master("eth7", "") ==
          "uplink eth0 belongs to interface eth7: run \"ip link set eth0 nomaster\", or name another NIC");
}

TEST_CASE("the parent of VLANs and macvlans is refused with their names")
{
    CHECK(refused_children({{"mv0", "macvlan"}, {"eth0.5", "vlan"}, {"eth0.6", "vlan"}}) ==
          "uplink eth0 carries mv0 (macvlan), eth0.5 (vlan), eth0.6 (vlan), which would be cut off: say "
          "uplink = eth0.5 "
          "to use a VLAN, or name a NIC that carries none");
    CHECK(refused_children({{"mv0", "macvlan"}}) ==
          "uplink eth0 carries mv0 (macvlan), which would be cut off: name a NIC that carries none");
}

TEST_CASE("a bridge by name that is something else is refused")
{
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) { bridge.kind = "veth"; }) ==
          "br0 is an interface of kind veth, not a bridge: name one that is, or is to be made, in "
          "lxc.net.N.link or option bridge, such as br0");
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) { bridge.kind = ""; }) ==
          "br0 is a physical or loopback interface, not a bridge: name one that is, or is to be made, in "
          "lxc.net.N.link or option bridge, such as br0");
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) {
              bridge.kind = "tun";
              bridge.openvswitch = true;
          }) == "(no error)");
}

TEST_CASE("a bridge that is missing is fine")
{
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) {
              bridge = BridgeState();
              bridge.name = "br0";
          }) == "(no error)");
}

TEST_CASE(
    "lxc-net's bridge is refused with the two lines to write, missing or not, with an uplink or without")
{
    const std::string message =
        "bridge br0 is lxc-net's, which would serve DHCP to the LAN and cut the host off when it is "
        "restarted: write "
        "\"lxc.net.0.link = br0\" into the container's LXC config and \"bridge = br0\" into its uplink.conf";
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) { bridge.of_lxc_net = true; }) == message);
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) {
              bridge.of_lxc_net = true;
              bridge.ifindex = 0;
          }) == message);
    CHECK(refused_bridge([](NicState& nic, BridgeState& bridge) {
              bridge.of_lxc_net = true;
              nic.master = UpperLink{"br0", "bridge"};
          }) == message);
}

TEST_CASE("a bridge with a DHCP server is refused with the server's name")
{
    const std::string reason =
        " listens for DHCP clients on bridge br0 and would answer the LAN's too: stop it, bind it to another "
        "interface, or name another bridge";
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) {
              bridge.dhcp_server = Program{"dnsmasq", "pid 812"};
          }) == "dnsmasq (pid 812)" + reason);
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) {
              bridge.dhcp_server = Program{"a process", ""};
          }) == "a process" + reason);
}

TEST_CASE("a second uplink is refused with the name of the first")
{
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) { bridge.uplinks = {"eth1"}; }) ==
          "bridge br0 already has the uplink eth1, and a second one may close a loop: say uplink = eth1, or "
          "name "
          "another bridge");
}

TEST_CASE("a bridge with spanning tree is refused")
{
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) { bridge.spanning_tree = true; }) ==
          "bridge br0 runs the spanning tree protocol, which would cut the host off for half a minute: run "
          "\"ip link "
          "set br0 type bridge stp_state 0\"");
}

TEST_CASE("a bridge that filters VLANs is refused")
{
    CHECK(refused_bridge([](NicState&, BridgeState& bridge) { bridge.vlan_filtering = true; }) ==
          "bridge br0 filters VLANs, and the PVIDs that eth0 needs there are not known: make it a port with "
          "its VLANs "
          "yourself, or run \"ip link set br0 type bridge vlan_filtering 0\"");
}

TEST_CASE("an MTU that would shrink is refused, the host's as well as the bridge's")
{
    CHECK(refused_bridge([](NicState& nic, BridgeState&) { nic.mtu = 9000; }) ==
          "bridge br0 has MTU 1500 and uplink eth0 has 9000, so that the host's own MTU would shrink: run "
          "\"ip link "
          "set br0 mtu 9000\"");
    CHECK(refused_bridge([](NicState& nic, BridgeState&) { nic.mtu = 1460; }) ==
          "bridge br0 has MTU 1500 and uplink eth0 has 1460, so that longer frames would be lost or the "
          "bridge's MTU "
          "shrink: run \"ip link set br0 mtu 1460\"");
    CHECK(refused_bridge([](NicState& nic, BridgeState& bridge) {
              nic.mtu = 9000;
              bridge.openvswitch = true;
          }) ==
          "bridge br0 has MTU 1500 and uplink eth0 has 9000, so that the host's own MTU would shrink: run "
          "\"ovs-vsctl set Interface br0 mtu_request=9000\"");
}

TEST_CASE("commands in refusals are safe to paste whatever the names")
{
    CHECK(refused_uplink([](NicState& nic, BridgeState&) {
              nic.name = "a;b";
              nic.up = false;
          }) == "uplink a;b is down: run \"ip link set 'a;b' up\"");
}

TEST_CASE("physical NICs, bonds, teams and VLANs lead out, ports of containers and virtual machines do not")
{
    Link port;
    for (const std::string kind : {"", "bond", "team", "vlan"}) {
        port.kind = kind;
        CHECK(leads_out(port));
    }
    for (const std::string kind : {"veth", "tun", "macvtap", "openvswitch"}) {
        port.kind = kind;
        CHECK_FALSE(leads_out(port));
    }
}

TEST_CASE("an uplink that is there already is known, as a port and as the bridge itself")
{
    const auto has_uplink = [](const auto& change) { return has_uplink_already(fine_but(change)); };
    CHECK_FALSE(has_uplink([](NicState&, BridgeState&) {}));
    CHECK_FALSE(has_uplink([](NicState& nic, BridgeState&) { nic.master = UpperLink{"br1", "bridge"}; }));
    CHECK_FALSE(has_uplink([](NicState& nic, BridgeState& bridge) { nic.ifindex = bridge.ifindex = 0; }));
    CHECK(has_uplink([](NicState& nic, BridgeState&) { nic.master = UpperLink{"br0", "bridge"}; }));
    CHECK(has_uplink([](NicState& nic, BridgeState&) { nic.ovs_bridge = "br0"; }));
    CHECK(has_uplink([](NicState& nic, BridgeState& bridge) { nic.ifindex = bridge.ifindex; }));
}

TEST_CASE(
    "an uplink that is there already changes nothing, so that what its bridge does is no concern of ours")
{
    const UplinkState state = fine_but([](NicState& nic, BridgeState& bridge) {
        nic.master = UpperLink{"br0", "bridge"};
        nic.children = {{"eth0.5", "vlan"}};
        bridge.dhcp_server = Program{"dnsmasq", "pid 812"};
        bridge.uplinks = {"eth0", "eth1"};
        bridge.spanning_tree = true;
        bridge.vlan_filtering = true;
        bridge.mtu = 1400;
    });
    CHECK(refusal_of([&] { check_uplink(state); }) == "(no error)");
    CHECK(refusal_of([&] { check_bridge(state); }) == "(no error)");
}

TEST_CASE("an uplink that is there already must have carrier all the same")
{
    CHECK(refused_uplink([](NicState& nic, BridgeState&) {
              nic.master = UpperLink{"br0", "bridge"};
              nic.carrier = false;
          }) == "uplink eth0 has no carrier: plug its cable in, or turn on the switch port that it leads to");
}
