// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/coexist.h"

#include "core/identity.h"
#include "core/nat_networks.h"
#include "core/plan_direct.h"
#include "core/shared.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

namespace
{

IpNetwork anywhere(bool ipv6)
{
    IpNetwork network;
    network.base.ipv6 = ipv6;
    network.prefix_length = 0;
    return network;
}

/// What the container is on this NIC, as far as it is known: its addresses, or the networks of its bridge.
std::vector<IpNetwork> places_of(const NicSpec& nic, const ContainerSpec& spec, const HostState& state,
                                 bool ipv6)
{
    std::vector<IpNetwork> places;
    for (const IpInterface& interface : static_addresses(nic, ipv6))
        places.push_back(host_of(interface.address));
    if (!places.empty())
        return places;
    if (spec.mode == Mode::nat)
        return networks_of_bridge(nic, spec, state, ipv6);
    return {anywhere(ipv6)};
}

/// Whether what the container sends comes to this gate at all.
bool is_on_the_way(const Gate& gate, const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    // What firewalld allows the host itself goes by the zone of the interface, which is the bridge now.
    if (spec.mode == Mode::direct && gate.gatekeeper == Gatekeeper::firewalld)
        return !gate.ipv6;
    if (spec.mode == Mode::direct)
        return state.filters_bridged.contains(gate.ipv6) &&
               type_of_bridge(spec, state) != BridgeType::openvswitch;
    return !gate.ipv6 || serves_ipv6(nic, spec, state);
}

bool is_whole_bridge(const IpNetwork& place)
{
    return place != host_of(place.base);
}

bool is_bound_by_us(const ZoneMember& member, const std::string& bridge, const HostState& state)
{
    const std::string ours = "opening:" + bridge + ":" + to_string(Gatekeeper::firewalld) + ":";
    for (auto key = state.shared_keys.lower_bound(ours);
         key != state.shared_keys.end() && key->starts_with(ours); ++key)
        if (const auto removal = removal_of(*key))
            for (const Rule& rule : std::get<RuleSet>(removal->resource).rules)
                if (zone_member(std::get<ForwardOpening>(rule)) == member)
                    return true;
    return false;
}

/// The zone into which somebody but us has put it, and with which he has decided what it may; empty when
/// nobody has.
std::string zone_by_others(const ZoneMember& member, const std::string& bridge, const HostState& state)
{
    const auto zone = state.zones.find(member.name);
    return zone == state.zones.end() || is_bound_by_us(member, bridge, state) ? "" : zone->second;
}

bool is_decided_by_zone(const Gate& gate, const std::string& bridge, const HostState& state)
{
    return gate.gatekeeper == Gatekeeper::firewalld && !zone_by_others({true, bridge}, bridge, state).empty();
}

void add_forward(std::vector<Rule>& rules, const Gate& gate, const NicSpec& nic, const ContainerSpec& spec,
                 const HostState& state, const std::string& tag)
{
    const bool firewalld = gate.gatekeeper == Gatekeeper::firewalld;
    const bool direct = spec.mode == Mode::direct;
    const auto places =
        firewalld && direct ? std::vector{anywhere(gate.ipv6)} : places_of(nic, spec, state, gate.ipv6);
    for (const IpNetwork& place : places) {
        const ForwardOpening opening = {gate.gatekeeper,
                                        place,
                                        nic.bridge,
                                        direct,
                                        spec.inbound == Inbound::any && !direct,
                                        !firewalld ? ""
                                        : direct   ? state.uplink_zone
                                                   : open_zone,
                                        firewalld || is_whole_bridge(place) ? shared_tag(nic.bridge) : tag};
        if (!firewalld || zone_by_others(zone_member(opening), nic.bridge, state).empty())
            rules.emplace_back(opening);
    }
}

void add_services(std::vector<Rule>& rules, const Gate& gate, const NicSpec& nic, const HostState& state)
{
    if (gate.gatekeeper == Gatekeeper::ufw)
        for (const ServiceOpening& service : state.services)
            if (service.bridge == nic.bridge && service.ipv6 == gate.ipv6)
                rules.emplace_back(service);
}

std::string word_for(const ZoneMember& member)
{
    return (member.is_interface ? "interface=" : "source=") + shell_word(member.name);
}

} // namespace

Plan plan_openings(const ContainerSpec& spec, const HostState& state, const std::string& tag)
{
    Plan plan;
    for (const Gate& gate : state.gates) {
        std::vector<Rule> rules;
        for (const NicSpec& nic : spec.nics) {
            if (!is_on_the_way(gate, nic, spec, state) || is_decided_by_zone(gate, nic.bridge, state))
                continue;
            add_forward(rules, gate, nic, spec, state, tag);
            if (spec.mode == Mode::nat)
                add_services(rules, gate, nic, state);
        }
        if (!rules.empty())
            plan.push_back({Action::add, RuleSet{rules, gate.engine}});
    }
    return plan;
}

std::vector<std::string> notices_of_gates(const ContainerSpec& spec, const HostState& state)
{
    std::vector<std::string> sentences;
    const bool has_zones = std::any_of(state.gates.begin(), state.gates.end(), [](const Gate& gate) {
        return gate.gatekeeper == Gatekeeper::firewalld;
    });
    if (!has_zones || spec.mode != Mode::nat)
        return sentences;
    for (const NicSpec& nic : spec.nics)
        for (const ZoneMember& member : zone_members(nic))
            if (const std::string zone = zone_by_others(member, nic.bridge, state);
                !zone.empty() && zone != open_zone)
                sentences.push_back((member.is_interface ? "bridge " : "address ") + member.name +
                                    " is in firewalld's zone " + zone +
                                    ", which decides what gets through: for all of it run \"firewall-cmd "
                                    "--zone=trusted --change-" +
                                    word_for(member) + "\"");
    return sentences;
}

bool has_its_gate(const Rule& rule, Engine engine, const std::vector<Gate>& gates)
{
    const auto is_there = [&](Gatekeeper gatekeeper, bool ipv6) {
        return std::find(gates.begin(), gates.end(), Gate{gatekeeper, engine, ipv6}) != gates.end();
    };
    if (const auto* opening = std::get_if<ForwardOpening>(&rule))
        return is_there(opening->gatekeeper, opening->container.base.ipv6);
    if (const auto* opening = std::get_if<ServiceOpening>(&rule))
        return is_there(opening->gatekeeper, opening->ipv6);
    return true;
}

std::string name_of(Gatekeeper gatekeeper)
{
    switch (gatekeeper) {
    case Gatekeeper::docker:
        return "Docker's firewall";
    case Gatekeeper::ufw:
        return "ufw";
    case Gatekeeper::firewalld:
        return "firewalld";
    }
    return "";
}

ZoneMember zone_member(const ForwardOpening& opening)
{
    if (is_whole_bridge(opening.container))
        return {true, opening.bridge};
    return {false, to_string(opening.container.base)};
}

std::vector<ZoneMember> zone_members(const NicSpec& nic)
{
    std::vector<ZoneMember> members = {{true, nic.bridge}};
    for (const bool ipv6 : {false, true})
        for (const IpInterface& interface : static_addresses(nic, ipv6))
            members.push_back({false, to_string(interface.address)});
    return members;
}

std::vector<std::string> firewalld_commands(Action action, const std::vector<Rule>& rules)
{
    std::vector<std::string> commands;
    for (const Rule& rule : rules)
        if (const auto* opening = std::get_if<ForwardOpening>(&rule)) {
            std::string command = "firewall-cmd --zone=" + shell_word(opening->zone) +
                                  (action == Action::add ? " --add-" : " --remove-") +
                                  word_for(zone_member(*opening));
            if (std::find(commands.begin(), commands.end(), command) == commands.end())
                commands.push_back(std::move(command));
        }
    return commands;
}

} // namespace uplink
