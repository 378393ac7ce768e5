// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/direct_refusals.h"

#include "core/error.h"
#include "core/shell_word.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace uplink
{

namespace
{

template<std::size_t size>
bool is_one_of(const std::string& kind, const std::array<std::string_view, size>& kinds)
{
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

constexpr std::array<std::string_view, 4> uplink_kinds = {"", "bond", "team", "vlan"};

/// They hear only what is sent to their own address.
constexpr std::array<std::string_view, 4> deaf_kinds = {"macvlan", "macvtap", "ipvlan", "ipvtap"};

/// A command to be run, within a message.
std::string in_quotes(const std::string& command)
{
    return "\"" + command + "\"";
}

std::string kind_in_words(const std::string& kind)
{
    if (kind == "openvswitch")
        return "Open vSwitch";
    if (kind == "vrf")
        return "VRF";
    return kind.empty() ? "interface" : kind;
}

void check_existence(const NicState& nic)
{
    if (nic.name.empty())
        throw Error(
            "option uplink is auto but the host has no default route: name the NIC, or, when the route comes "
            "later in the boot, order lxc.service after network-online.target");
    if (nic.ifindex == 0)
        throw Error("uplink " + nic.name + " does not exist: \"ip link\" lists the NICs that do");
}

void check_carrier(const NicState& nic)
{
    if (!nic.up)
        throw Error("uplink " + nic.name + " is down: run " +
                    in_quotes("ip link set " + shell_word(nic.name) + " up"));
    if (!nic.carrier)
        throw Error("uplink " + nic.name +
                    " has no carrier: plug its cable in, or turn on the switch port that it leads to");
}

void check_master(const NicState& nic)
{
    if (!nic.ovs_bridge.empty())
        throw Error(
            "uplink " + nic.name + " is already a port of Open vSwitch bridge " + nic.ovs_bridge +
            ": say bridge = " + nic.ovs_bridge + ", or run " +
            in_quotes("ovs-vsctl del-port " + shell_word(nic.ovs_bridge) + " " + shell_word(nic.name)));
    if (!nic.master)
        return;
    const std::string command = in_quotes("ip link set " + shell_word(nic.name) + " nomaster");
    const auto& [name, kind] = *nic.master;
    if (kind == "bridge")
        throw Error("uplink " + nic.name + " is already a port of bridge " + name + ": say bridge = " + name +
                    ", or run " + command);
    if (kind == "bond" || kind == "team")
        throw Error("uplink " + nic.name + " is a member of " + kind + " " + name + ": say uplink = " + name);
    throw Error("uplink " + nic.name + " belongs to " + kind_in_words(kind) + " " + name + ": run " +
                command + ", or name another NIC");
}

void check_children(const NicState& nic)
{
    std::string names;
    for (const UpperLink& child : nic.children)
        names += (names.empty() ? "" : ", ") + child.name + " (" + kind_in_words(child.kind) + ")";
    if (names.empty())
        return;
    const auto vlan = std::find_if(nic.children.begin(), nic.children.end(),
                                   [](const UpperLink& child) { return child.kind == "vlan"; });
    throw Error("uplink " + nic.name + " carries " + names + ", which would be cut off: " +
                (vlan == nic.children.end() ? "" : "say uplink = " + vlan->name + " to use a VLAN, or ") +
                "name a NIC that carries none");
}

void check_kind(const BridgeState& bridge)
{
    if (bridge.ifindex == 0 || bridge.kind == "bridge" || bridge.openvswitch)
        return;
    throw Error(
        bridge.name + " is " +
        (bridge.kind.empty() ? "a physical or loopback interface" : "an interface of kind " + bridge.kind) +
        ", not a bridge: name one that is, or is to be made, in lxc.net.N.link or option bridge, such as "
        "br0");
}

/// Restarting lxc-net flushes all addresses of its bridge, the host's own among them.
void check_not_of_lxc_net(const BridgeState& bridge)
{
    if (bridge.of_lxc_net)
        throw Error("bridge " + bridge.name +
                    " is lxc-net's, which would serve DHCP to the LAN and cut the host off when it is "
                    "restarted: write "
                    "\"lxc.net.0.link = br0\" into the container's LXC config and \"bridge = br0\" into its "
                    "uplink.conf");
}

void check_no_dhcp_server(const BridgeState& bridge)
{
    if (bridge.dhcp_server)
        throw Error(
            to_string(*bridge.dhcp_server) + " listens for DHCP clients on bridge " + bridge.name +
            " and would answer the LAN's too: stop it, bind it to another interface, or name another bridge");
}

void check_only_uplink(const UplinkState& state)
{
    const auto& uplinks = state.bridge.uplinks;
    const auto other = std::find_if(uplinks.begin(), uplinks.end(),
                                    [&](const std::string& port) { return port != state.nic.name; });
    if (other != uplinks.end())
        throw Error("bridge " + state.bridge.name + " already has the uplink " + *other +
                    ", and a second one may close a loop: say uplink = " + *other +
                    ", or name another bridge");
}

/// With spanning tree a new port forwards nothing for two forward delays, 15 seconds each unless it is told
/// otherwise.
void check_forwards_at_once(const BridgeState& bridge)
{
    if (bridge.spanning_tree)
        throw Error("bridge " + bridge.name +
                    " runs the spanning tree protocol, which would cut the host off for half a minute: run " +
                    in_quotes("ip link set " + shell_word(bridge.name) + " type bridge stp_state 0"));
}

/// A port that joins gets the default PVID and no other, as the NIC's frames do then; what was set by hand
/// for the bridge itself and for other ports may differ.
void check_keeps_vlans(const UplinkState& state)
{
    if (state.bridge.vlan_filtering)
        throw Error(
            "bridge " + state.bridge.name + " filters VLANs, and the PVIDs that " + state.nic.name +
            " needs there are not known: make it a port with its VLANs yourself, or run " +
            in_quotes("ip link set " + shell_word(state.bridge.name) + " type bridge vlan_filtering 0"));
}

/// A bridge whose MTU nobody set takes the smallest of its ports', and one whose MTU somebody set drops what
/// is too long for a port. Which of the two it is the kernel does not tell (BROPT_MTU_SET_BY_USER in
/// net/bridge).
void check_mtu(const UplinkState& state)
{
    const NicState& nic = state.nic;
    const BridgeState& bridge = state.bridge;
    const std::string mtu = std::to_string(nic.mtu);
    const std::string remedy =
        "run " + in_quotes(bridge.openvswitch
                               ? "ovs-vsctl set Interface " + shell_word(bridge.name) + " mtu_request=" + mtu
                               : "ip link set " + shell_word(bridge.name) + " mtu " + mtu);
    const std::string both = "bridge " + bridge.name + " has MTU " + std::to_string(bridge.mtu) +
                             " and uplink " + nic.name + " has " + mtu;
    if (bridge.mtu < nic.mtu)
        throw Error(both + ", so that the host's own MTU would shrink: " + remedy);
    if (bridge.mtu > nic.mtu)
        throw Error(both + ", so that longer frames would be lost or the bridge's MTU shrink: " + remedy);
}

} // namespace

std::string to_string(const Program& program)
{
    return program.note.empty() ? program.name : program.name + " (" + program.note + ")";
}

bool has_uplink_already(const UplinkState& state)
{
    const auto& [nic, bridge] = state;
    return bridge.ifindex != 0 && (nic.ifindex == bridge.ifindex || nic.ovs_bridge == bridge.name ||
                                   (nic.master && nic.master->name == bridge.name));
}

bool leads_out(const Link& port)
{
    return is_one_of(port.kind, uplink_kinds);
}

void check_uplink_type(const NicState& nic)
{
    if (nic.link_type == loopback_type)
        throw Error(
            "uplink " + nic.name +
            " is the loopback interface, which leads nowhere: name the NIC that the LAN is connected to");
    if (nic.kind == "bridge" || nic.kind == "openvswitch")
        throw Error("uplink " + nic.name +
                    " is a bridge itself and cannot be a port of another: say bridge = " + nic.name +
                    " to put the container there, or name another NIC");
    if (nic.wifi)
        throw Error(
            "uplink " + nic.name +
            " is a Wi-Fi NIC, whose access point takes frames from no address but its own: say mode = nat");
    if (is_one_of(nic.kind, deaf_kinds))
        throw Error(
            "uplink " + nic.name + " is a " + nic.kind +
            ", which hears nothing that is sent to a container's address: name the NIC that it is made upon");
    if (nic.link_type != ethernet_type || nic.kind == "vrf")
        throw Error("uplink " + nic.name + (nic.kind.empty() ? "" : ", of kind " + nic.kind + ",") +
                    " carries no Ethernet frames, so that it cannot be a port of a bridge: name an Ethernet "
                    "NIC, or say "
                    "mode = nat");
}

void check_uplink(const UplinkState& state)
{
    check_existence(state.nic);
    if (has_uplink_already(state)) {
        check_carrier(state.nic);
        return;
    }
    check_uplink_type(state.nic);
    check_master(state.nic);
    check_children(state.nic);
    check_carrier(state.nic);
}

void check_bridge(const UplinkState& state)
{
    check_kind(state.bridge);
    check_not_of_lxc_net(state.bridge);
    if (state.bridge.ifindex == 0 || has_uplink_already(state))
        return;
    check_no_dhcp_server(state.bridge);
    check_only_uplink(state);
    check_forwards_at_once(state.bridge);
    check_keeps_vlans(state);
    check_mtu(state);
}

} // namespace uplink
