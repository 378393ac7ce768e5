// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/plan_direct.h"

#include "core/direct_refusals.h"
#include "core/error.h"
#include "core/nat_networks.h"
#include "core/plan_macvlan.h"
#include "core/shell_word.h"
#include "core/transfer.h"

#include <algorithm>
#include <iterator>

namespace uplink
{

namespace
{

const std::string& bridge_of(const ContainerSpec& spec)
{
    return spec.nics.front().bridge;
}

BridgeType type_for(const ContainerSpec& spec, const UplinkState& found)
{
    if (found.bridge.ifindex == 0)
        return spec.bridge_type.value_or(BridgeType::linux_bridge);
    const BridgeType type = found.bridge.openvswitch ? BridgeType::openvswitch : BridgeType::linux_bridge;
    if (spec.bridge_type && *spec.bridge_type != type)
        throw Error("bridge " + found.bridge.name + " is of type " + to_string(type) +
                    " but option bridge-type is " + to_string(*spec.bridge_type) +
                    ": drop the option, or name another bridge");
    return type;
}

/// What would soon put the addresses back on the NIC, or take them off the bridge.
void check_managers(const UplinkState& found)
{
    const std::string remedy = ": let it make the bridge itself, as \"lxc-uplink plan --persistent " +
                               shell_word(found.nic.name) + "\" prints it";
    for (const Program& manager : found.nic.managers)
        if (manager.name == "systemd-networkd" || manager.name == "NetworkManager")
            throw Error("uplink " + found.nic.name + " is configured by " + manager.name +
                        ", which would put its addresses back on it when it is restarted" + remedy);
    if (!found.bridge.networkd_state.empty() && found.bridge.networkd_state != "unmanaged")
        throw Error("bridge " + found.bridge.name +
                    " is configured by systemd-networkd, which would take the uplink's addresses off it "
                    "when it is restarted" +
                    remedy);
}

void check_place(const ContainerSpec& spec, const DirectState& direct)
{
    if (direct.moved_to != bridge_of(spec))
        throw Error("uplink " + direct.found.nic.name + " is a port of bridge " + *direct.moved_to +
                    " already, for another container: say bridge = " + *direct.moved_to +
                    ", or name another NIC in option uplink");
}

/// The NIC whose port the guard watches: where somebody else made the bridge, its way out.
std::string guarded_nic(const UplinkState& found)
{
    if (found.nic.name != found.bridge.name)
        return found.nic.name;
    return found.bridge.uplinks.empty() ? "" : found.bridge.uplinks.front();
}

Plan plan_uplink(const ContainerSpec& spec, const DirectState& direct)
{
    const UplinkState& found = direct.found;
    if (direct.moved_to) {
        check_place(spec, direct);
    } else {
        check_uplink(found);
        check_bridge(found);
    }
    const BridgeType type = type_for(spec, found);
    if (type == BridgeType::openvswitch && spec.hairpin)
        throw Error("option hairpin has no use on Open vSwitch bridge " + bridge_of(spec) +
                    ", which sends no frame back by the port that it came from: drop it");
    const bool moves = direct.moved_to || !has_uplink_already(found);
    if (moves && !direct.moved_to) {
        check_managers(found);
        check_carriable(direct.was);
    }

    Plan plan;
    const bool missing = found.bridge.ifindex == 0;
    if (missing || found.bridge.alias == bridge_alias)
        plan.push_back(
            {Action::add, Bridge{bridge_of(spec), found.nic.mac, {}, {}, !missing, type, found.nic.mtu}});
    if (const std::string nic = guarded_nic(found); spec.dhcp_guard && !nic.empty())
        plan.push_back({Action::add, DhcpGuard{nic, bridge_of(spec), type, ""}});
    if (moves)
        plan.push_back(
            {Action::add, UplinkMove{found.nic.name, bridge_of(spec), type, direct.moved_to.has_value(),
                                     !missing && found.bridge.mac != found.nic.mac, spec.confirm_timeout,
                                     direct.was, direct.before}});
    return plan;
}

/// Both would answer for it on the LAN.
void check_not_the_hosts(const IpAddress& address, unsigned index, const HostState& state)
{
    if (state.own_addresses.contains(address))
        throw Error("address " + to_string(address) + " of lxc.net." + std::to_string(index) +
                    " is the host's own: give the container another address");
}

void check_addresses(const ContainerSpec& spec, const HostState& state)
{
    for (const NicSpec& nic : spec.nics)
        for (const bool ipv6 : {false, true})
            for (const IpInterface& each : static_addresses(nic, ipv6))
                check_not_the_hosts(each.address, nic.index, state);
    for (const MacvlanSpec& macvlan : spec.macvlans)
        for (const Ipv4Interface& each : macvlan.addresses)
            check_not_the_hosts(each.address, macvlan.index, state);
}

std::string without_gateway(unsigned index, const std::string& gateway)
{
    const std::string key = "lxc.net." + std::to_string(index);
    return key + " has a static address but no way out of its network: add the line \"" + key +
           ".ipv4.gateway = " + (gateway.empty() ? "ADDRESS" : gateway) + "\" to the container's config";
}

bool has_way_out(const ContainerSpec& spec)
{
    const auto has_gateway = [](const auto& nic) { return nic.has_gateway; };
    return std::any_of(spec.nics.begin(), spec.nics.end(), has_gateway) ||
           std::any_of(spec.macvlans.begin(), spec.macvlans.end(), has_gateway);
}

std::vector<std::string> notices_of_managers(const ContainerSpec& spec, const DirectState& direct)
{
    std::vector<std::string> sentences;
    if (direct.moved_to || has_uplink_already(direct.found))
        return sentences;
    const std::string& nic = direct.found.nic.name;
    for (const Program& manager : direct.found.nic.managers)
        sentences.push_back(to_string(manager) + " looks after the addresses of " + nic +
                            ", which do not expire while they are on " + bridge_of(spec) +
                            ": for good let the host's configuration make the bridge, as \"lxc-uplink plan "
                            "--persistent " +
                            shell_word(nic) + "\" prints it");
    return sentences;
}

} // namespace

BridgeType type_of_bridge(const ContainerSpec& spec, const HostState& state)
{
    if (!state.direct)
        return BridgeType::linux_bridge;
    const BridgeState& bridge = state.direct->found.bridge;
    const bool openvswitch =
        bridge.openvswitch || (bridge.ifindex == 0 && spec.bridge_type == BridgeType::openvswitch);
    return openvswitch ? BridgeType::openvswitch : BridgeType::linux_bridge;
}

Plan plan_direct(const ContainerSpec& spec, const HostState& state)
{
    check_addresses(spec, state);
    Plan plan = state.direct ? plan_uplink(spec, *state.direct) : Plan{};
    // A move may be undone after seconds in which others have come to hold these guards.
    for (Step& step : plan_macvlans(spec, state))
        plan.push_back(std::move(step));
    return plan;
}

std::vector<std::string> notices_direct(const ContainerSpec& spec, const HostState& state)
{
    std::vector<std::string> sentences;
    if (!has_way_out(spec)) {
        for (const NicSpec& nic : spec.nics)
            if (!nic.addresses.empty())
                sentences.push_back(without_gateway(nic.index, state.direct->gateway));
        for (const MacvlanSpec& macvlan : spec.macvlans)
            if (!macvlan.addresses.empty())
                sentences.push_back(without_gateway(macvlan.index, state.parents.at(macvlan.link).gateway));
    }
    std::vector<std::string> more = notices_macvlans(spec, state);
    if (state.direct)
        for (std::string& sentence : notices_of_managers(spec, *state.direct))
            more.push_back(std::move(sentence));
    std::move(more.begin(), more.end(), std::back_inserter(sentences));
    return sentences;
}

} // namespace uplink
