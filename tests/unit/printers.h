// SPDX-License-Identifier: GPL-2.0-or-later
// Every field of our values as text, so that a CHECK that fails says what differs.
#pragma once

#include "core/record.h"

#include <doctest/doctest.h>
#include <map>
#include <sstream>

namespace uplink
{

template<typename T>
requires requires(const T& value)
{
    to_string(value);
}
std::ostream& operator<<(std::ostream& out, const T& value)
{
    return out << to_string(value);
}

template<typename T>
std::ostream& operator<<(std::ostream& out, const std::optional<T>& value)
{
    return value ? out << *value : out << "nothing";
}

template<typename First, typename Second>
std::ostream& operator<<(std::ostream& out, const std::pair<First, Second>& pair)
{
    return out << pair.first << ": " << pair.second;
}

template<typename T>
std::ostream& operator<<(std::ostream& out, const std::vector<T>& values)
{
    out << "{";
    for (const T& value : values)
        out << (&value == &values.front() ? "" : ", ") << value;
    return out << "}";
}

inline std::ostream& operator<<(std::ostream& out, const Keys& keys)
{
    return out << std::vector<std::string>(keys.begin(), keys.end());
}

inline std::ostream& operator<<(std::ostream& out, Life life)
{
    return out << (life == Life::alive ? "alive" : life == Life::dead ? "dead" : "unknown");
}

inline std::ostream& operator<<(std::ostream& out, const Process& process)
{
    return out << process.pid << " since " << process.start_time;
}

inline std::ostream& operator<<(std::ostream& out, const ContainerId& container)
{
    return out << container.name << " below " << container.lxcpath;
}

inline std::ostream& operator<<(std::ostream& out, const Options& options)
{
    return out << "Options: mode " << options.mode << ", bridge " << options.bridge << ", bridge-address "
               << options.bridge_ipv4 << options.bridge_ipv6 << ", nic " << options.nic << ", uplink "
               << options.uplink << ", hairpin " << options.hairpin << ", isolate " << options.isolate
               << ", bridge-type " << options.bridge_type << ", dhcp-guard " << options.dhcp_guard
               << ", confirm-timeout " << options.confirm_timeout << ", of the host's file alone "
               << std::vector(options.host_wide.begin(), options.host_wide.end());
}

inline std::ostream& operator<<(std::ostream& out, const OptionFile& file)
{
    return out << file.path << (file.of_host ? " (the host's): " : ": ") << file.text;
}

inline std::ostream& operator<<(std::ostream& out, const Link& link)
{
    return out << "link " << link.name << " (ifindex " << link.ifindex << "), kind \"" << link.kind
               << "\", alias \"" << link.alias << "\", MAC " << link.mac << ", mtu " << link.mtu
               << ", master " << link.master << ", macvlan mode \"" << link.macvlan_mode << "\", peer "
               << link.peer << " in namespace " << link.peer_namespace << ", up " << link.up << ", "
               << link.addresses;
}

inline std::ostream& operator<<(std::ostream& out, const NicSpec& nic)
{
    return out << "\n  nic " << nic.index << ", position " << nic.position << ", bridge " << nic.bridge
               << ", linked " << nic.linked << ", pair \"" << nic.pair << "\", addresses " << nic.addresses
               << nic.ipv6_addresses << ", IPv6 gateway " << nic.has_ipv6_gateway << ", gateway "
               << nic.has_gateway << (nic.gateway ? " " + to_string(*nic.gateway) : "") << ", mtu " << nic.mtu
               << ", addressed " << nic.addressed;
}

inline std::ostream& operator<<(std::ostream& out, const MacvlanSpec& macvlan)
{
    return out << "\n  macvlan " << macvlan.index << " on " << macvlan.link << " in mode " << macvlan.mode
               << ", addresses " << macvlan.addresses << ", gateway " << macvlan.has_gateway;
}

inline std::ostream& operator<<(std::ostream& out, const ContainerSpec& spec)
{
    return out << spec.container << ", mode " << spec.mode << ", of " << spec.veth_count
               << " veths: " << spec.nics << ", macvlans " << spec.macvlans << ", bridge-address "
               << spec.bridge_ipv4 << spec.bridge_ipv6 << ", uplink \"" << spec.uplink << "\", hairpin "
               << spec.hairpin << ", isolate " << spec.isolate << ", bridge-type " << spec.bridge_type
               << ", dhcp-guard " << spec.dhcp_guard << ", confirm-timeout " << spec.confirm_timeout
               << ", bridge-address is a default " << spec.bridge_address_is_default << ", other gateways "
               << spec.has_other_gateway << spec.has_other_ipv6_gateway << ", firewall " << spec.firewall
               << ", ipv6 " << spec.ipv6 << ", publish " << spec.publish << ", inbound " << spec.inbound
               << ", snat-to " << spec.snat_to << ", masquerade-ports " << spec.masquerade_ports
               << ", random-fully " << spec.random_fully << ", coexist " << spec.coexist;
}

inline std::ostream& operator<<(std::ostream& out, const MasqueradeRule& rule)
{
    return out << rule.source << " leaving " << rule.inside << " by \"" << rule.out << "\" tagged "
               << rule.tag << " to " << rule.nat.to << " with ports " << rule.nat.ports << ", random "
               << rule.nat.random_fully;
}

inline std::ostream& operator<<(std::ostream& out, const PublishedPort& port)
{
    return out << "port " << text_of_place(port.address, port.ports) << '/' << to_string(port.protocol)
               << " to " << text_of_place(port.to, port.to_ports) << " inside " << port.inside << " tagged "
               << port.tag;
}

inline std::ostream& operator<<(std::ostream& out, const InboundRule& rule)
{
    return out << "inbound to " << rule.destination << " of " << rule.bridge << (rule.open ? ", open" : "")
               << " tagged " << rule.tag;
}

inline std::ostream& operator<<(std::ostream& out, const LoopbackGuard& guard)
{
    return out << "loopback guard of " << guard.bridge << " tagged " << guard.tag;
}

inline std::ostream& operator<<(std::ostream& out, const ForwardOpening& opening)
{
    return out << "opening of " << to_string(opening.gatekeeper) << " for " << to_string(opening.container)
               << " on " << opening.bridge << ", bridged " << opening.bridged << ", open " << opening.open
               << ", zone \"" << opening.zone << "\" tagged " << opening.tag;
}

inline std::ostream& operator<<(std::ostream& out, const ServiceOpening& opening)
{
    return out << "opening of " << to_string(opening.gatekeeper) << " on " << opening.bridge << " to "
               << opening.port << "/" << to_string(opening.protocol) << ", IPv6 " << opening.ipv6
               << " tagged " << opening.tag;
}

inline std::ostream& operator<<(std::ostream& out, const Rule& rule)
{
    std::visit([&out](const auto& any) { out << any; }, rule);
    return out;
}

inline std::ostream& operator<<(std::ostream& out, const KernelObject& object)
{
    return out << "\n    object of kind " << static_cast<int>(object.kind) << " on "
               << object.interface << " (ifindex " << object.ifindex << ") \"" << object.words
               << "\", identity " << object.identity << ", message " << object.message << ", ipv6 "
               << object.ipv6 << ", lasting " << object.lasting << ", permanent " << object.permanent
               << ", comes with its address " << object.comes_with_address << ", via a gateway "
               << object.via_gateway << ", replaced " << object.replaced << ", first " << object.first
               << ", contested " << object.contested;
}

inline std::ostream& operator<<(std::ostream& out, const NicConfig& config)
{
    out << config.objects;
    for (const auto& setting : config.settings)
        out << ", " << setting;
    return out;
}

inline std::ostream& operator<<(std::ostream& out, const Resource& resource)
{
    std::visit(overloaded{
                   [&](const Bridge& bridge) {
                       out << (bridge.kept ? "kept" : "made") << " bridge " << bridge.name << ", MAC "
                           << bridge.mac << ", " << bridge.ipv4 << bridge.ipv6 << ", of type " << bridge.type
                           << ", mtu " << bridge.mtu;
                   },
                   [&](const Ipv4Forwarding&) { out << "IPv4 forwarding"; },
                   [&](const Ipv6Forwarding& forwarding) {
                       out << "IPv6 forwarding, advertised " << forwarding.advertised;
                   },
                   [&](const RouteLocalnet& localnet) { out << "route_localnet of " << localnet.bridge; },
                   [&](const RuleSet& set) {
                       out << (set.engine ? to_string(*set.engine) : "any engine's") << " rules "
                           << set.rules;
                   },
                   [&](const TaggedRules& tagged) { out << "rules tagged " << tagged.tag; },
                   [&](const BridgePort& port) {
                       out << "port \"" << port.port << "\" (ifindex " << port.ifindex << ", nic " << port.nic
                           << ", position " << port.position << ") of " << port.bridge << ", linked "
                           << port.linked << ", hairpin " << port.hairpin << ", isolate " << port.isolate
                           << ", mtu " << port.mtu << ", of type " << port.type;
                   },
                   [&](const Macvlan& macvlan) {
                       out << "macvlan (nic " << macvlan.nic << ") on " << macvlan.link << " in mode "
                           << macvlan.mode;
                   },
                   [&](const DhcpGuard& guard) {
                       out << "guard of " << guard.nic << " in " << guard.bridge << ", of type " << guard.type
                           << ", MAC " << guard.mac;
                   },
                   [&](const UplinkMove& move) {
                       out << (move.kept ? "kept" : "made") << " move of " << move.nic << " to "
                           << move.bridge << ", of type " << move.type << ", new MAC " << move.new_mac
                           << ", confirmed within " << move.confirm_timeout << ", was " << move.was
                           << ", before " << move.before;
                   },
               },
               resource);
    return out;
}

inline std::ostream& operator<<(std::ostream& out, const Step& step)
{
    return out << "\n  " << (step.action == Action::add ? "add " : "remove ") << step.resource;
}

inline std::ostream& operator<<(std::ostream& out, const Record& record)
{
    return out << "Record of " << record.spec << "\ninstance " << record.instance << ", boot "
               << record.boot_id << ", netns " << record.network_namespace << ", started " << record.started
               << ", init " << record.init << ", rebooting " << record.rebooting << ", steps " << record.steps
               << ", keys " << record.keys << ", notices " << record.notices;
}

/// For types that have no namespace of ours, where doctest would not find the operators above.
template<typename T>
doctest::String printed(const T& value)
{
    std::ostringstream out;
    out << std::boolalpha << value;
    return out.str().c_str();
}

} // namespace uplink

namespace doctest
{

template<typename T>
struct StringMaker<std::vector<T>> {
    static String convert(const std::vector<T>& value) { return uplink::printed(value); }
};

template<typename T>
struct StringMaker<std::optional<T>> {
    static String convert(const std::optional<T>& value) { return uplink::printed(value); }
};

template<>
struct StringMaker<uplink::Keys> {
    static String convert(const uplink::Keys& value) { return uplink::printed(value); }
};

template<>
struct StringMaker<uplink::Resource> {
    static String convert(const uplink::Resource& value) { return uplink::printed(value); }
};

} // namespace doctest
