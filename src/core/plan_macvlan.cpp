// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/plan_macvlan.h"

#include "core/error.h"
#include "core/shared.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

namespace
{

std::string key(const MacvlanSpec& macvlan, const char* suffix)
{
    return "lxc.net." + std::to_string(macvlan.index) + suffix;
}

/// The NIC that is named, and the beginning of what is wrong with it.
std::string which(const MacvlanSpec& macvlan)
{
    return key(macvlan, ".link") + " is " + macvlan.link + ", which ";
}

std::string veth_on(const MacvlanSpec& macvlan, const std::string& bridge)
{
    return "say " + key(macvlan, ".type") + " = veth and " + key(macvlan, ".link") + " = " + bridge;
}

/// The bridge that the NIC is a port of; empty when there is none.
std::string bridge_with(const NicState& nic)
{
    if (!nic.ovs_bridge.empty())
        return nic.ovs_bridge;
    return nic.master && nic.master->kind == "bridge" ? nic.master->name : "";
}

void check_type(const MacvlanSpec& macvlan, const NicState& nic)
{
    if (nic.ifindex == 0)
        throw Error(which(macvlan) + "does not exist: \"ip link\" lists the NICs that do");
    if (nic.link_type == loopback_type)
        throw Error(which(macvlan) +
                    "is the loopback interface and leads nowhere: name the NIC that the LAN is connected to");
    if (nic.kind == "bridge" || nic.kind == "openvswitch")
        throw Error(which(macvlan) + "is a bridge: say " + key(macvlan, ".type") +
                    " = veth to put the container there, or name a NIC");
    if (nic.kind == "macvlan" || nic.kind == "macvtap" || nic.kind == "ipvlan")
        throw Error(which(macvlan) + "is a NIC of kind " + nic.kind +
                    " itself: name the one that it is made upon");
    const std::string masquerade = "say " + key(macvlan, ".type") + " = veth and mode = nat";
    if (nic.wifi)
        throw Error(
            which(macvlan) +
            "is a Wi-Fi NIC, whose access point takes frames from no address but its own: " + masquerade);
    if (nic.link_type != ethernet_type || nic.kind == "vrf")
        throw Error(which(macvlan) + "carries no Ethernet frames: name an Ethernet NIC, or " + masquerade);
}

/// All but a VRF take what comes in by the NIC.
void check_master(const MacvlanSpec& macvlan, const NicState& nic)
{
    if (const std::string bridge = bridge_with(nic); !bridge.empty())
        throw Error(which(macvlan) + "is a port of bridge " + bridge + ": " + veth_on(macvlan, bridge));
    if (!nic.master || nic.master->kind == "vrf")
        return;
    const auto& [name, kind] = *nic.master;
    if (kind == "bond" || kind == "team")
        throw Error(which(macvlan) + "is a member of " + kind + " " + name + ": say " +
                    key(macvlan, ".link") + " = " + name);
    throw Error(which(macvlan) + "belongs to " + name + ": run \"ip link set " + shell_word(macvlan.link) +
                " nomaster\", or name another NIC");
}

void check_carrier(const MacvlanSpec& macvlan, const NicState& nic)
{
    if (!nic.up)
        throw Error(which(macvlan) + "is down: run \"ip link set " + shell_word(macvlan.link) + " up\"");
    if (!nic.carrier)
        throw Error(which(macvlan) +
                    "has no carrier: plug its cable in, or turn on the switch port that it leads to");
}

void check_other_nics(const MacvlanSpec& macvlan, const ContainerSpec& spec, const HostState& state)
{
    if (state.direct && state.direct->found.nic.name == macvlan.link)
        throw Error(which(macvlan) + "is the uplink of bridge " + spec.nics.front().bridge +
                    " for this container's other NICs: " + veth_on(macvlan, spec.nics.front().bridge));
}

} // namespace

Plan plan_macvlans(const ContainerSpec& spec, const HostState& state)
{
    Plan plan;
    for (const MacvlanSpec& macvlan : spec.macvlans) {
        const NicState& nic = state.parents.at(macvlan.link).nic;
        check_type(macvlan, nic);
        check_other_nics(macvlan, spec, state);
        check_master(macvlan, nic);
        check_carrier(macvlan, nic);
        const Step guard = {Action::add, DhcpGuard{macvlan.link, "", BridgeType::linux_bridge, nic.mac}};
        if (spec.dhcp_guard && std::find(plan.begin(), plan.end(), guard) == plan.end())
            plan.push_back(guard);
    }
    return plan;
}

std::vector<std::string> notices_macvlans(const ContainerSpec& spec, const HostState& state)
{
    std::vector<std::string> sentences;
    for (const auto& parent : state.parents) {
        const std::string& link = parent.first;
        sentences.push_back(
            "host and container cannot reach each other by a macvlan on " + link +
            ", save through a switch that reflects: use a veth NIC on a bridge where they must");
        const auto in_vepa = [&link](const MacvlanSpec& macvlan) {
            return macvlan.link == link && macvlan.mode == "vepa";
        };
        if (std::any_of(spec.macvlans.begin(), spec.macvlans.end(), in_vepa))
            sentences.push_back(
                "containers with macvlans in mode vepa on " + link +
                " reach each other only through a switch that reflects: \"lxc-uplink check --vepa " +
                shell_word(link) + "\" says whether it does");
    }
    return sentences;
}

Keys rival_keys(const ContainerSpec& spec, const HostState& state)
{
    Keys keys;
    for (const MacvlanSpec& macvlan : spec.macvlans)
        keys.insert(key_of_uplink(macvlan.link));
    if (state.direct)
        keys.insert(key_of_parent(state.direct->found.nic.name));
    return keys;
}

void check_rivals(const ContainerSpec& spec, const HostState& state,
                  const std::map<std::string, std::string>& holders)
{
    for (const MacvlanSpec& macvlan : spec.macvlans) {
        const auto holder = holders.find(key_of_uplink(macvlan.link));
        if (holder == holders.end())
            continue;
        const std::string bridge = bridge_with(state.parents.at(macvlan.link).nic);
        throw Error(which(macvlan) + "is in a bridge for the running container " + holder->second + ": " +
                    veth_on(macvlan, bridge.empty() ? "BRIDGE" : bridge) + ", or stop " + holder->second);
    }
    if (!state.direct)
        return;
    const std::string& nic = state.direct->found.nic.name;
    if (const auto holder = holders.find(key_of_parent(nic)); holder != holders.end())
        throw Error(
            "uplink " + nic + " carries a macvlan of the running container " + holder->second +
            ", which would be cut off: give this container a macvlan too, name another NIC, or stop " +
            holder->second);
}

} // namespace uplink
