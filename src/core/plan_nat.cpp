// SPDX-License-Identifier: GPL-2.0-or-later
// Deciding what a masqueraded container needs before it starts.
#include "core/plan.h"

#include "core/error.h"
#include "core/plan_direct.h"
#include "core/shared.h"

#include <algorithm>
#include <array>

namespace uplink
{

namespace
{

std::string key(const NicSpec& nic, const char* suffix = "")
{
    return "lxc.net." + std::to_string(nic.index) + suffix;
}

const Link* find_link(const HostState& state, const std::string& name)
{
    const auto found = state.links.find(name);
    return found == state.links.end() ? nullptr : &found->second;
}

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

/// The addresses that the bridge of `nic` is to have.
std::vector<Ipv4Interface> asked_addresses(const NicSpec& nic, const ContainerSpec& spec)
{
    return nic.addressed ? spec.bridge_ipv4 : std::vector<Ipv4Interface>{};
}

void check_addresses(const Link& link, const NicSpec& nic, const ContainerSpec& spec)
{
    if (spec.bridge_address_is_default)
        return;
    for (const Ipv4Interface& wanted : asked_addresses(nic, spec))
        if (std::find(link.addresses.begin(), link.addresses.end(), wanted) == link.addresses.end())
            throw Error("bridge " + link.name + " exists without " + to_string(wanted) +
                        ", which option bridge-address names: run \"ip address add " + to_string(wanted) +
                        " dev " + link.name + "\" or drop the option");
}

/// A second interface in a network takes the traffic of the first, and may cut the host off.
void check_overlap(const Bridge& bridge, const HostState& state)
{
    for (const Ipv4Interface& wanted : bridge.ipv4)
        for (const auto& [name, theirs] : state.other_addresses)
            if (contains(network_of(wanted), theirs.address) || contains(network_of(theirs), wanted.address))
                throw Error("bridge-address " + to_string(wanted) + " overlaps " + to_string(theirs) +
                            " of " + name +
                            ", whose traffic it would take: choose a network that the host is not in");
}

/// The step that makes the bridge of `nic`, or makes us a holder of one that we made earlier; nothing when it
/// is somebody else's.
std::optional<Step> bridge_step(const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    Bridge bridge{nic.bridge, bridge_mac(nic.bridge, state.mac_seed), asked_addresses(nic, spec), {}};
    if (nic.addressed)
        bridge.ipv6 = spec.bridge_ipv6;
    const Link* link = find_link(state, nic.bridge);
    if (link == nullptr) {
        if (!spec.makes_bridge_of(nic))
            throw Error("bridge " + nic.bridge + " of " + key(nic) +
                        " does not exist: make it (\"systemctl start lxc-net\" makes lxcbr0), or say "
                        "bridge-address = "
                        "10.0.3.1/24 to have it made with the container");
        check_overlap(bridge, state);
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

/// The IPv4 addresses of a bridge, as it is or as it will be.
std::vector<Ipv4Interface> addresses_of_bridge(const NicSpec& nic, const ContainerSpec& spec,
                                               const HostState& state)
{
    const Link* link = find_link(state, nic.bridge);
    if (link == nullptr)
        return asked_addresses(nic, spec);
    std::vector<Ipv4Interface> addresses = link->addresses;
    if (link->alias == bridge_alias)
        for (const Ipv4Interface& asked : asked_addresses(nic, spec))
            if (std::find(addresses.begin(), addresses.end(), asked) == addresses.end())
                addresses.push_back(asked);
    return addresses;
}

std::vector<Ipv4Network> networks_of_bridge(const NicSpec& nic, const ContainerSpec& spec,
                                            const HostState& state)
{
    std::vector<Ipv4Network> networks;
    for (const Ipv4Interface& address : addresses_of_bridge(nic, spec, state))
        if (address.prefix_length < 32)
            networks.push_back(network_of(address));
    return networks;
}

void check_own_address(const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    for (const Ipv4Interface& bridge_address : addresses_of_bridge(nic, spec, state))
        for (const Ipv4Interface& interface : nic.addresses)
            if (interface.address == bridge_address.address)
                throw Error("address " + to_string(interface.address) + " of " + key(nic) +
                            " is that of bridge " + nic.bridge +
                            " itself: give the container another address");
}

std::optional<Ipv4Network> network_with(const std::vector<Ipv4Network>& networks, Ipv4Address address)
{
    const auto found = std::find_if(networks.begin(), networks.end(), [address](const Ipv4Network& network) {
        return contains(network, address);
    });
    if (found == networks.end())
        return std::nullopt;
    return *found;
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
    if (!spec.uplink.empty() && find_link(state, spec.uplink) == nullptr)
        throw Error("interface " + spec.uplink +
                    ", which option uplink names, does not exist: \"ip link\" lists "
                    "those that do");
    return spec.uplink;
}

void add_rules(std::vector<Rule>& rules, const NicSpec& nic, const std::vector<Ipv4Network>& networks,
               bool made, const std::string& out, const std::string& tag)
{
    for (const Ipv4Interface& interface : nic.addresses)
        rules.push_back(
            MasqueradeRule{host_of(interface.address),
                           network_with(networks, interface.address).value_or(network_of(interface)),
                           out,
                           tag,
                           {}});
    if (!nic.addresses.empty())
        return;
    if (networks.empty() && made)
        throw Error(
            "bridge " + nic.bridge + " would get no IPv4 address and " + key(nic) +
            " has no static one, so there is no network to masquerade: say bridge-address = 10.0.3.1/24 "
            "too or set " +
            key(nic, ".ipv4.address"));
    if (networks.empty())
        throw Error("bridge " + nic.bridge + " has no IPv4 address and " + key(nic) +
                    " has no static one, so there is no network to masquerade: run \"ip address add "
                    "10.0.3.1/24 dev " +
                    nic.bridge + "\" or set " + key(nic, ".ipv4.address"));
    for (const Ipv4Network& network : networks) {
        const Rule rule = MasqueradeRule{network, network, out, shared_tag(nic.bridge), {}};
        if (std::find(rules.begin(), rules.end(), rule) == rules.end())
            rules.push_back(rule);
    }
}

/// The bridge's address in the network of the NIC; else LXC's own word for the bridge's first.
std::string gateway_for(const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    for (const Ipv4Interface& address : addresses_of_bridge(nic, spec, state))
        if (contains(network_of(nic.addresses.front()), address.address))
            return to_string(address.address);
    return "auto";
}

} // namespace

Plan plan_pre_start(const ContainerSpec& spec, const HostState& state, const std::string& tag)
{
    if (spec.mode == Mode::none)
        return {};
    if (spec.mode == Mode::direct)
        return plan_direct(spec, state);
    Plan plan;
    RuleSet set;
    const std::string out = uplink_of(spec, state);
    for (const NicSpec& nic : spec.nics) {
        const auto step = bridge_step(nic, spec, state);
        check_own_address(nic, spec, state);
        if (step && std::find(plan.begin(), plan.end(), *step) == plan.end())
            plan.push_back(*step);
        add_rules(set.rules, nic, networks_of_bridge(nic, spec, state),
                  find_link(state, nic.bridge) == nullptr, out, tag);
    }
    const auto made = std::count_if(plan.begin(), plan.end(),
                                    [](const Step& step) { return !std::get<Bridge>(step.resource).kept; });
    if (made > 1)
        throw Error("option bridge-address would go to " + std::to_string(made) +
                    " missing bridges: choose one NIC with option nic, or make the bridges yourself");
    plan.push_back({Action::add, set});
    // Last, since it is never undone: a start that fails before it leaves the host as it was.
    if (!state.forwarding)
        plan.push_back({Action::add, Ipv4Forwarding{}});
    return plan;
}

std::vector<std::string> notices(const ContainerSpec& spec, const HostState& state)
{
    if (spec.mode == Mode::direct)
        return notices_direct(spec, state);
    const bool has_way_out =
        std::any_of(spec.nics.begin(), spec.nics.end(), [](const NicSpec& nic) { return nic.has_gateway; });
    std::vector<std::string> sentences;
    for (const NicSpec& nic : spec.nics) {
        const Link* link = find_link(state, nic.bridge);
        if (link != nullptr && !link->up)
            sentences.push_back("bridge " + nic.bridge + " is down: run \"ip link set dev " + nic.bridge +
                                " up\"");
        if (!nic.addresses.empty() && !has_way_out)
            sentences.push_back(key(nic) +
                                " has a static address but no way out of its network: add the line \"" +
                                key(nic, ".ipv4.gateway = ") + gateway_for(nic, spec, state) +
                                "\" to the container's config");
        const std::vector<Ipv4Network> networks = networks_of_bridge(nic, spec, state);
        for (const Ipv4Interface& interface : nic.addresses)
            if (!networks.empty() && !network_with(networks, interface.address))
                sentences.push_back("address " + to_string(interface) + " of " + key(nic) +
                                    " is in no network of bridge " + nic.bridge + " (" +
                                    to_string(networks.front()) + "): answers will not find it");
    }
    return sentences;
}

} // namespace uplink
