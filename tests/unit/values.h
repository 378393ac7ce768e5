// SPDX-License-Identifier: GPL-2.0-or-later
// Values as an administrator would write them, and the containers and bridges that most tests speak of.
#pragma once

#include "core/error.h"
#include "core/record.h"

#include <string>

namespace uplink
{

inline Ipv4Interface ipv4(const std::string& text)
{
    return parse_ipv4_interface(text).value();
}

inline Ipv4Network network(const std::string& text)
{
    return network_of(ipv4(text));
}

inline IpAddress ip_address(const std::string& text)
{
    return parse_ip_address(text).value();
}

inline IpNetwork ip_network(const std::string& text)
{
    return parse_ip_network(text).value();
}

inline const ContainerId web1 = {"/var/lib/lxc", "web1"};
inline const Instance first_life = {{812, 30517}, 4026531836};
inline const std::string web1_tag = tag_of(web1, first_life);

/// lxc.net.0 of a container whose configuration says no more than it must.
inline NicSpec nic_on(const std::string& bridge, const std::vector<Ipv4Interface>& addresses = {})
{
    NicSpec nic;
    nic.bridge = bridge;
    nic.linked = true;
    nic.addresses = addresses;
    return nic;
}

/// lxc.net.`index`, the container's other NICs being veths too.
inline NicSpec with_index(unsigned index, NicSpec nic)
{
    nic.index = index;
    nic.position = index;
    return nic;
}

inline ContainerSpec web1_with(const std::vector<NicSpec>& nics)
{
    ContainerSpec spec;
    spec.container = web1;
    spec.nics = nics;
    spec.veth_count = static_cast<unsigned>(nics.size());
    return spec;
}

inline Link bridge_named(const std::string& name, const std::vector<Ipv4Interface>& addresses)
{
    Link link;
    link.ifindex = 7;
    link.name = name;
    link.kind = "bridge";
    link.mtu = 1500;
    link.up = true;
    link.addresses = addresses;
    return link;
}

/// Rules of masquerading, each followed by the guard of where it comes from; shared ones name their bridge.
inline std::vector<Rule> guarded(const std::vector<MasqueradeRule>& masquerades,
                                 const std::string& bridge = "br0")
{
    std::vector<Rule> rules;
    for (const MasqueradeRule& rule : masquerades) {
        rules.emplace_back(rule);
        rules.emplace_back(
            InboundRule{rule.source, bridge_of_shared_tag(rule.tag).value_or(bridge), false, rule.tag});
    }
    return rules;
}

/// A host that forwards and has these links.
inline HostState host_with(const std::vector<Link>& links)
{
    HostState state;
    for (const Link& link : links)
        state.links.emplace(link.name, link);
    state.forwarding = true;
    return state;
}

/// What Error says that `action` ends with; a text that no Error has when it does not.
template<typename Action>
std::string refusal_of(const Action& action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "(no error)";
}

} // namespace uplink
