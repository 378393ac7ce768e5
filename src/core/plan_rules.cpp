// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/plan_rules.h"

#include "core/error.h"
#include "core/identity.h"
#include "core/nat_networks.h"
#include "core/shared.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

namespace
{

using Networks = std::vector<IpNetwork>;

constexpr const char* loopback = "lo";

void add_once(std::vector<Rule>& rules, const Rule& rule)
{
    if (std::find(rules.begin(), rules.end(), rule) == rules.end())
        rules.push_back(rule);
}

std::string uplink_of(const ContainerSpec& spec, const HostState& state)
{
    if (spec.uplink == "auto") {
        if (!state.default_route_link)
            throw Error(
                "option uplink is auto but the host has no IPv4 default route: name the NIC, or leave the "
                "option out to masquerade on every way out");
        return *state.default_route_link;
    }
    const bool is_inside = std::any_of(spec.nics.begin(), spec.nics.end(),
                                       [&](const NicSpec& nic) { return nic.bridge == spec.uplink; });
    if (spec.uplink == loopback || is_inside)
        throw Error("option uplink is " + spec.uplink + ", which is " +
                    (is_inside ? "the container's own bridge" : "the loopback interface") +
                    " and leads nowhere: name the NIC that leads outside, or leave the option out to "
                    "masquerade on every way out");
    if (!spec.uplink.empty() && find_link(state, spec.uplink) == nullptr)
        throw Error("interface " + spec.uplink +
                    ", which option uplink names, does not exist: \"ip link\" lists "
                    "those that do");
    return spec.uplink;
}

SourceNat nat_for(const ContainerSpec& spec, bool ipv6)
{
    SourceNat nat{std::nullopt, spec.masquerade_ports, spec.random_fully};
    for (const IpAddress& address : spec.snat_to)
        if (address.ipv6 == ipv6)
            nat.to = address;
    return nat;
}

/// Nobody outside can answer a private address, while a global IPv6 prefix is the container's own there.
bool is_masqueraded(const IpAddress& address)
{
    return !address.ipv6 || is_unique_local(address);
}

/// The rule and its guard: what comes in to where the masquerading comes from.
void add_masquerade(std::vector<Rule>& rules, const MasqueradeRule& rule, const std::string& bridge,
                    Inbound inbound)
{
    add_once(rules, rule);
    const bool own = rule.source != rule.inside;
    if (own || inbound == Inbound::published)
        add_once(rules, InboundRule{rule.source, bridge, inbound == Inbound::any, rule.tag});
}

void check_has_network(const NicSpec& nic, const Networks& networks, const HostState& state)
{
    if (!networks.empty())
        return;
    if (find_link(state, nic.bridge) == nullptr)
        throw Error(
            "bridge " + nic.bridge + " would get no IPv4 address and " + key(nic) +
            " has no static one, so there is no network to masquerade: say bridge-address = 10.0.3.1/24 "
            "too or set " +
            key(nic, ".ipv4.address"));
    throw Error("bridge " + nic.bridge + " has no IPv4 address and " + key(nic) +
                " has no static one, so there is no network to masquerade: run \"ip address add "
                "10.0.3.1/24 dev " +
                shell_word(nic.bridge) + "\" or set " + key(nic, ".ipv4.address"));
}

void add_family(std::vector<Rule>& rules, const NicSpec& nic, const ContainerSpec& spec,
                const HostState& state, bool ipv6, const std::string& tag)
{
    const Networks networks = networks_of_bridge(nic, spec, state, ipv6);
    const auto own = static_addresses(nic, ipv6);
    const std::string out = uplink_of(spec, state);
    const SourceNat nat = nat_for(spec, ipv6);
    for (const IpInterface& interface : own)
        if (is_masqueraded(interface.address))
            add_masquerade(rules,
                           {host_of(interface.address),
                            network_with(networks, interface.address).value_or(network_of(interface)), out,
                            tag, nat},
                           nic.bridge, spec.inbound);
    if (!own.empty())
        return;
    if (!ipv6)
        check_has_network(nic, networks, state);
    for (const IpNetwork& network : networks)
        if (is_masqueraded(network.base))
            add_masquerade(rules, {network, network, out, shared_tag(nic.bridge), nat}, nic.bridge,
                           spec.inbound);
}

void check_ipv6(const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    if (spec.ipv6 == true && networks_of_bridge(nic, spec, state, true).empty())
        throw Error("option ipv6 is yes but bridge " + nic.bridge +
                    " has no IPv6 address of its own network: run \"ip address add fd00::1/64 dev " +
                    shell_word(nic.bridge) + "\", or drop the option");
}

void check_publications(const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    for (const Publication& publication : spec.publish)
        if (publication.address && publication.address->ipv6 && !serves_ipv6(nic, spec, state))
            throw Error("option publish names " + to_string(*publication.address) +
                        " but IPv6 is not served on " + key(nic) +
                        (spec.ipv6 == false ? ", by option ipv6"
                                            : ", since bridge " + nic.bridge + " has no IPv6 address") +
                        ": " +
                        (spec.ipv6 == false ? "drop one of the two"
                                            : "run \"ip address add fd00::1/64 dev " +
                                                  shell_word(nic.bridge) + "\", or drop the line"));
}

bool publishes_by_loopback(const Rule& rule)
{
    const auto* port = std::get_if<PublishedPort>(&rule);
    return port != nullptr && is_for_loopback(*port);
}

void add_loopback_guard(std::vector<Rule>& rules, const std::string& bridge)
{
    if (std::any_of(rules.begin(), rules.end(), publishes_by_loopback))
        rules.emplace_back(LoopbackGuard{bridge, shared_tag(bridge)});
}

bool is_published_in(const ContainerSpec& spec, bool ipv6)
{
    return std::any_of(spec.publish.begin(), spec.publish.end(), [ipv6](const Publication& publication) {
        return !publication.address || publication.address->ipv6 == ipv6;
    });
}

} // namespace

void add_route_localnet(Plan& plan, const ContainerSpec& spec, const HostState& state,
                        const std::vector<Rule>& rules)
{
    const RouteLocalnet localnet{published_nic(spec).bridge};
    const Link* link = find_link(state, localnet.bridge);
    const bool is_theirs =
        link != nullptr && link->route_localnet && !state.shared_keys.contains(key_of(localnet));
    if (!is_theirs && std::any_of(rules.begin(), rules.end(), publishes_by_loopback))
        plan.push_back({Action::add, localnet});
}

bool is_for_loopback(const PublishedPort& port)
{
    return !port.to.ipv6 && (!port.address || is_loopback(*port.address));
}

const NicSpec& published_nic(const ContainerSpec& spec)
{
    return spec.nics.front();
}

std::vector<Rule> published_at(const ContainerSpec& spec, const NicSpec& nic, const IpAddress& address,
                               const IpNetwork& inside, const std::string& tag)
{
    std::vector<Rule> rules;
    for (const Publication& publication : spec.publish)
        if (!publication.address || publication.address->ipv6 == address.ipv6)
            rules.emplace_back(PublishedPort{publication.protocol, publication.address, publication.ports,
                                             address, publication.to, inside, tag});
    add_loopback_guard(rules, nic.bridge);
    return rules;
}

std::vector<bool> awaited_families(const ContainerSpec& spec, const HostState& state)
{
    std::vector<bool> families;
    if (spec.publish.empty())
        return families;
    const NicSpec& nic = published_nic(spec);
    for (const bool ipv6 : {false, true}) {
        const bool served = !ipv6 || serves_ipv6(nic, spec, state);
        if (served && static_addresses(nic, ipv6).empty() && is_published_in(spec, ipv6) &&
            !networks_of_bridge(nic, spec, state, ipv6).empty())
            families.push_back(ipv6);
    }
    return families;
}

std::vector<Rule> plan_rules(const ContainerSpec& spec, const HostState& state, const std::string& tag)
{
    std::vector<Rule> rules;
    for (const NicSpec& nic : spec.nics) {
        add_family(rules, nic, spec, state, false, tag);
        check_ipv6(nic, spec, state);
        if (serves_ipv6(nic, spec, state))
            add_family(rules, nic, spec, state, true, tag);
    }
    if (spec.publish.empty())
        return rules;
    const NicSpec& nic = published_nic(spec);
    check_publications(nic, spec, state);
    for (const bool ipv6 : {false, true}) {
        const auto own = static_addresses(nic, ipv6);
        if (own.empty() || (ipv6 && !serves_ipv6(nic, spec, state)))
            continue;
        const auto& first = own.front();
        const auto inside = network_with(networks_of_bridge(nic, spec, state, ipv6), first.address);
        for (const Rule& rule :
             published_at(spec, nic, first.address, inside.value_or(network_of(first)), tag))
            rules.push_back(rule);
    }
    return rules;
}

} // namespace uplink
