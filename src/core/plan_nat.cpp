// SPDX-License-Identifier: GPL-2.0-or-later
// Deciding what a masqueraded container needs before it starts.
#include "core/plan.h"

#include "core/bridge_remedy.h"
#include "core/claims.h"
#include "core/coexist.h"
#include "core/error.h"
#include "core/nat_networks.h"
#include "core/plan_direct.h"
#include "core/plan_rules.h"
#include "core/shared.h"
#include "core/shell_word.h"

#include <algorithm>
#include <array>

namespace uplink
{

namespace
{

/// A unicast, locally administered address that stays the same for this bridge on this host.
std::string bridge_mac(const std::string& bridge, std::uint64_t seed)
{
    const std::uint64_t hash = hash_of(std::to_string(seed) + "\n" + bridge);
    constexpr std::array<char, 16> digits = {'0', '1', '2', '3', '4', '5', '6', '7',
                                             '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    std::string mac = "02";
    for (unsigned byte = 0; byte < 5; ++byte) {
        const auto value = hash >> (8 * byte) & 0xffU;
        mac += {':', digits.at(value >> 4U), digits.at(value & 0xfU)};
    }
    return mac;
}

void check_kind(const Link& link, const NicSpec& nic)
{
    if (link.kind == "bridge")
        return;
    throw Error(
        link.name + ", which " + (nic.linked ? key(nic, ".link") : "option bridge") + " names, is " +
        (link.kind.empty() ? "a physical or loopback interface" : "an interface of kind " + link.kind) +
        ", not a bridge: name a bridge there");
}

void check_addresses(const Link& link, const NicSpec& nic, const ContainerSpec& spec)
{
    if (spec.bridge_address_is_default)
        return;
    const auto has = [](const auto& addresses, const IpInterface& wanted) {
        return std::find(addresses.begin(), addresses.end(), wanted) != addresses.end();
    };
    for (const IpInterface& wanted : asked_addresses(nic, spec))
        if (!has(link.addresses, wanted) && !has(link.ipv6_addresses, wanted))
            throw Error("bridge " + link.name + " exists without " + to_string(wanted) +
                        ", which option bridge-address names: run \"ip address add " + to_string(wanted) +
                        " dev " + shell_word(link.name) + "\" or drop the option");
}

/// A second interface in a network takes the traffic of the first, and may cut the host off.
void check_overlap(const std::vector<IpInterface>& asked, const HostState& state)
{
    for (const IpInterface& wanted : asked)
        for (const auto& [name, theirs] : state.other_addresses)
            if (contains(network_of(wanted), theirs.address) || contains(network_of(theirs), wanted.address))
                throw Error("bridge-address " + to_string(wanted) + " overlaps " + to_string(theirs) +
                            " of " + name +
                            ", whose traffic it would take: choose a network that the host is not in");
}

/// What the bridge of `nic` needs: the address that the container sends to; else an example.
Ipv4Interface example_for_bridge(const NicSpec& nic)
{
    constexpr unsigned longest_prefix = 30; // with two addresses for hosts
    if (nic.addresses.empty() || nic.addresses.front().prefix_length > longest_prefix)
        return {{0x0a000301}, 24};
    const auto& [own, length] = nic.addresses.front();
    const Ipv4Network network = network_of(own, length);
    if (nic.gateway && *nic.gateway != own && contains(network, *nic.gateway))
        return {*nic.gateway, length};
    const Ipv4Address first{network.base.value + 1};
    return {first == own ? Ipv4Address{first.value + 1} : first, length};
}

/// The step that makes the bridge of `nic`, or makes us a holder of one that we made earlier; nothing when it
/// is somebody else's.
std::optional<Step> bridge_step(const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    Bridge bridge{nic.bridge, bridge_mac(nic.bridge, state.mac_seed), {}, {}};
    if (nic.addressed) {
        bridge.ipv4 = spec.bridge_ipv4;
        bridge.ipv6 = spec.bridge_ipv6;
    }
    const Link* link = find_link(state, nic.bridge);
    if (link == nullptr) {
        if (!spec.makes_bridge_of(nic))
            throw Error("bridge " + nic.bridge + " of " + key(nic) +
                        " does not exist: make it (\"systemctl start lxc-net\" makes lxcbr0), or say "
                        "bridge-address = " +
                        to_string(example_for_bridge(nic)) + " to have it made with the container");
        check_overlap(asked_addresses(nic, spec), state);
        return Step{Action::add, bridge};
    }
    check_kind(*link, nic);
    if (link->alias == bridge_alias) {
        bridge.kept = true;
        return Step{Action::add, bridge};
    }
    check_addresses(*link, nic, spec);
    return std::nullopt;
}

void check_own_address(const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    for (const IpInterface& bridge_address : addresses_of_bridge(nic, spec, state))
        for (const IpInterface& interface : static_addresses(nic, bridge_address.address.ipv6))
            if (interface.address == bridge_address.address)
                throw Error("address " + to_string(interface.address) + " of " + key(nic) +
                            " is that of bridge " + nic.bridge +
                            " itself: give the container another address");
}

/// The bridge's address in the network of the NIC; else LXC's own word for the bridge's first.
std::string gateway_for(const NicSpec& nic, const ContainerSpec& spec, const HostState& state, bool ipv6)
{
    for (const IpInterface& address : addresses_of_bridge(nic, spec, state))
        if (contains(network_of(static_addresses(nic, ipv6).front()), address.address))
            return to_string(address.address);
    return "auto";
}

/// Last, since they are never undone: a start that fails before them leaves the host as it was.
void add_forwarding(Plan& plan, const ContainerSpec& spec, const HostState& state)
{
    if (!state.forwarding)
        plan.push_back({Action::add, Ipv4Forwarding{}});
    const bool ipv6 = std::any_of(spec.nics.begin(), spec.nics.end(),
                                  [&](const NicSpec& nic) { return serves_ipv6(nic, spec, state); });
    if (ipv6 && !state.ipv6_forwarding)
        plan.push_back({Action::add, Ipv6Forwarding{state.advertised}});
}

void note_way_out(std::vector<std::string>& sentences, const NicSpec& nic, const ContainerSpec& spec,
                  const HostState& state, bool ipv6)
{
    // LXC takes one alone.
    const bool has_way_out = (ipv6 ? spec.has_other_ipv6_gateway : spec.has_other_gateway) ||
                             std::any_of(spec.nics.begin(), spec.nics.end(), [ipv6](const NicSpec& any) {
                                 return ipv6 ? any.has_ipv6_gateway : any.has_gateway;
                             });
    if (!static_addresses(nic, ipv6).empty() && !has_way_out)
        sentences.push_back(key(nic) + " has a static " + (ipv6 ? "IPv6 " : "") +
                            "address but no way out of its network: add the line \"" +
                            key(nic, ipv6 ? ".ipv6.gateway = " : ".ipv4.gateway = ") +
                            gateway_for(nic, spec, state, ipv6) + "\" to the container's config");
}

/// It may be another router's on the bridge.
void note_foreign_gateway(std::vector<std::string>& sentences, const NicSpec& nic, const ContainerSpec& spec,
                          const HostState& state)
{
    const auto addresses = addresses_of_bridge(nic, spec, state);
    const auto near = std::find_if(addresses.begin(), addresses.end(),
                                   [](const IpInterface& each) { return !each.address.ipv6; });
    if (nic.gateway && near != addresses.end() &&
        std::none_of(addresses.begin(), addresses.end(),
                     [&nic](const IpInterface& each) { return each.address == IpAddress(*nic.gateway); }))
        sentences.push_back(key(nic, ".ipv4.gateway") + " is " + to_string(*nic.gateway) + ", which bridge " +
                            nic.bridge + " does not have: unless it is another router's, write " +
                            to_string(near->address));
}

bool is_own(const IpAddress& address, const HostState& state)
{
    return is_loopback(address) || state.own_addresses.contains(address);
}

void note_foreign_addresses(std::vector<std::string>& sentences, const NicSpec& nic,
                            const ContainerSpec& spec, const HostState& state, bool ipv6)
{
    const auto networks = networks_of_bridge(nic, spec, state, ipv6);
    for (const IpInterface& interface : static_addresses(nic, ipv6))
        if (!networks.empty() && !network_with(networks, interface.address))
            sentences.push_back("address " + to_string(interface) + " of " + key(nic) +
                                " is in no network of bridge " + nic.bridge + " (" +
                                to_string(networks.front()) + "): answers will not find it");
}

} // namespace

Plan plan_pre_start(const ContainerSpec& spec, const HostState& state, const std::string& tag)
{
    if (spec.mode == Mode::none)
        return {};
    Plan plan = plan_openings(spec, state, tag);
    if (spec.mode == Mode::direct) {
        for (Step& step : plan_direct(spec, state))
            plan.push_back(std::move(step));
        return plan;
    }
    for (const NicSpec& nic : spec.nics) {
        const auto step = bridge_step(nic, spec, state);
        check_own_address(nic, spec, state);
        if (step && std::find(plan.begin(), plan.end(), *step) == plan.end())
            plan.push_back(*step);
    }
    const auto made = std::count_if(plan.begin(), plan.end(), [](const Step& step) {
        const auto* bridge = std::get_if<Bridge>(&step.resource);
        return bridge != nullptr && !bridge->kept;
    });
    if (made > 1)
        throw Error("option bridge-address would go to " + std::to_string(made) +
                    " missing bridges: choose one NIC with option nic, or make the bridges yourself");
    const RuleSet set{plan_rules(spec, state, tag), state.engine};
    check_listeners(state.listeners);
    plan.push_back({Action::add, set});
    if (!spec.publish.empty())
        add_route_localnet(plan, spec, state, set.rules);
    add_forwarding(plan, spec, state);
    return plan;
}

std::vector<std::string> notices(const ContainerSpec& spec, const HostState& state,
                                 const std::vector<bool>& awaited)
{
    std::vector<std::string> sentences = notices_of_gates(spec, state);
    if (spec.mode == Mode::direct) {
        for (std::string& sentence : notices_direct(spec, state))
            sentences.push_back(std::move(sentence));
        return sentences;
    }
    for (const NicSpec& nic : spec.nics) {
        if (const auto trouble =
                find_link(state, nic.bridge) == nullptr ? std::nullopt : trouble_of_bridge(nic, state))
            sentences.push_back(*trouble);
        for (const bool ipv6 : {false, true}) {
            if (ipv6 && !serves_ipv6(nic, spec, state))
                continue;
            note_way_out(sentences, nic, spec, state, ipv6);
            note_foreign_addresses(sentences, nic, spec, state, ipv6);
        }
        note_foreign_gateway(sentences, nic, spec, state);
    }
    if (const auto& link = state.default_route_link;
        !spec.uplink.empty() && spec.uplink != "auto" && link && *link != spec.uplink)
        sentences.push_back(
            "what leaves by " + *link +
            ", where the host's default route leads, is not masqueraded, since option uplink names " +
            spec.uplink + ": name " + *link + " there, or leave the option out");
    for (const Publication& publication : spec.publish)
        if (publication.address && !is_own(*publication.address, state))
            sentences.push_back(
                "port " + text_of_port(publication.address, publication.ports, publication.protocol) +
                " leads nowhere as long as the host has no " + to_string(*publication.address) +
                ": name an address that \"ip address\" lists, or none");
    for (const IpAddress& address : spec.snat_to)
        if (!is_own(address, state))
            sentences.push_back("what leaves as " + to_string(address) +
                                " gets no answer unless that is routed to this host, which has no such "
                                "address: name one that \"ip address\" lists as snat-to");
    for (const bool ipv6 : awaited)
        sentences.push_back(
            std::string("ports are published by ") + (ipv6 ? "IPv6" : "IPv4") +
            " as soon as the container has got its address, and where that takes more than two "
            "minutes by \"lxc-uplink gc\", which a timer runs");
    return sentences;
}

} // namespace uplink
