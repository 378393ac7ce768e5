// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/nat_networks.h"

#include <algorithm>

namespace uplink
{

namespace
{

void append(std::vector<IpInterface>& addresses, const std::vector<IpInterface>& more)
{
    for (const IpInterface& address : more)
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
}

template<typename Interfaces>
std::vector<IpInterface> any_family(const Interfaces& interfaces)
{
    return {interfaces.begin(), interfaces.end()};
}

} // namespace

std::string key(const NicSpec& nic, const char* suffix)
{
    return "lxc.net." + std::to_string(nic.index) + suffix;
}

const Link* find_link(const HostState& state, const std::string& name)
{
    const auto found = state.links.find(name);
    return found == state.links.end() ? nullptr : &found->second;
}

std::vector<IpInterface> asked_addresses(const NicSpec& nic, const ContainerSpec& spec)
{
    if (!nic.addressed)
        return {};
    std::vector<IpInterface> asked = any_family(spec.bridge_ipv4);
    append(asked, any_family(spec.bridge_ipv6));
    return asked;
}

std::vector<IpInterface> addresses_of_bridge(const NicSpec& nic, const ContainerSpec& spec,
                                             const HostState& state)
{
    const Link* link = find_link(state, nic.bridge);
    if (link == nullptr)
        return asked_addresses(nic, spec);
    std::vector<IpInterface> addresses = any_family(link->addresses);
    append(addresses, any_family(link->ipv6_addresses));
    if (link->alias == bridge_alias)
        append(addresses, asked_addresses(nic, spec));
    return addresses;
}

std::vector<IpNetwork> networks_of_bridge(const NicSpec& nic, const ContainerSpec& spec,
                                          const HostState& state, bool ipv6)
{
    std::vector<IpNetwork> networks;
    for (const IpInterface& interface : addresses_of_bridge(nic, spec, state)) {
        const bool alone = interface.prefix_length == full_length(interface.address);
        if (interface.address.ipv6 == ipv6 && !alone && !is_link_local(interface.address))
            networks.push_back(network_of(interface));
    }
    return networks;
}

std::optional<IpNetwork> network_with(const std::vector<IpNetwork>& networks, const IpAddress& address)
{
    const auto found = std::find_if(networks.begin(), networks.end(), [&address](const IpNetwork& network) {
        return contains(network, address);
    });
    if (found == networks.end())
        return std::nullopt;
    return *found;
}

std::vector<IpInterface> static_addresses(const NicSpec& nic, bool ipv6)
{
    return ipv6 ? any_family(nic.ipv6_addresses) : any_family(nic.addresses);
}

bool serves_ipv6(const NicSpec& nic, const ContainerSpec& spec, const HostState& state)
{
    return spec.ipv6.value_or(!networks_of_bridge(nic, spec, state, true).empty());
}

} // namespace uplink
