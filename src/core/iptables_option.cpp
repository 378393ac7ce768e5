// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/iptables_option.h"

#include "core/protocol_number.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

namespace uplink
{

namespace
{

/// Nothing when the option's value is not understood.
using Alternatives = std::optional<PacketTests>;

const PacketTests always = {IsUsual{true}};

std::vector<std::string> parts_of(const std::string& list)
{
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= list.size();) {
        const auto end = std::min(list.find(',', start), list.size());
        parts.push_back(list.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

/// Decimal or, behind 0x, hexadecimal.
std::optional<std::uint32_t> number_in(std::string_view text)
{
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal)
        text.remove_prefix(2);
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, hexadecimal ? 16 : 10);
    if (text.empty() || error != std::errc() || stop != end)
        return std::nullopt;
    return number;
}

Alternatives interface_test(const std::string& name, bool out)
{
    const bool prefix = name.ends_with("+");
    return PacketTests{InterfaceIs{out, prefix ? name.substr(0, name.size() - 1) : name, prefix}};
}

Alternatives bridge_port_test(const std::string& name, bool out)
{
    const bool prefix = name.ends_with("+");
    return PacketTests{PortOfBridgeIs{out, prefix ? name.substr(0, name.size() - 1) : name, prefix}};
}

Alternatives address_test(const std::string& text, bool destination)
{
    const auto network = parse_ip_network(text);
    const auto address = parse_ip_address(text);
    if (!network && !address) // a netmask that is no prefix
        return std::nullopt;
    return PacketTests{address_in(destination, network ? *network : host_of(*address))};
}

Alternatives range_test(const std::string& text, bool destination)
{
    const auto dash = text.find('-');
    const auto first = parse_ip_address(text.substr(0, dash));
    const auto last = dash == std::string::npos ? first : parse_ip_address(text.substr(dash + 1));
    if (!first || !last)
        return std::nullopt;
    return PacketTests{AddressIn{destination, *first, *last}};
}

Alternatives protocol_test(const std::string& name)
{
    const auto number = protocol_number(name);
    if (!number)
        return std::nullopt;
    if (*number == 0)
        return always;
    return PacketTests{ProtocolIs{*number}};
}

/// "80", "8000:8010", and lists of these.
Alternatives ports_test(const std::string& list, bool source, bool destination)
{
    PacketTests tests;
    for (const std::string& part : parts_of(list)) {
        const auto colon = part.find(':');
        const auto first = parse_number(part.substr(0, colon), UINT16_MAX);
        const auto last =
            colon == std::string::npos ? first : parse_number(part.substr(colon + 1), UINT16_MAX);
        if (!first || !last)
            return std::nullopt;
        const PortRange ports = {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
        if (source)
            tests.emplace_back(PortIn{false, ports});
        if (destination)
            tests.emplace_back(PortIn{true, ports});
    }
    return tests;
}

/// DNAT stands among the states of a flow, though it is none of them.
PacketTests states_test(const std::string& list)
{
    static const std::map<std::string, PacketTest> states = {
        {"NEW", StateIs{ConnectionState::fresh}},
        {"ESTABLISHED", StateIs{ConnectionState::established}},
        {"RELATED", StateIs{ConnectionState::related}},
        {"INVALID", StateIs{ConnectionState::invalid}},
        {"UNTRACKED", StateIs{ConnectionState::untracked}},
        {"DNAT", IsRedirected{}}};
    PacketTests tests;
    for (const std::string& word : parts_of(list)) {
        const auto found = states.find(word);
        tests.push_back(found == states.end() ? NotToBeTold{"a flow in state " + word} : found->second);
    }
    return tests;
}

/// "0x10/0xff"
Alternatives mark_test(const std::string& text)
{
    const auto slash = text.find('/');
    const auto value = number_in(std::string_view(text).substr(0, slash));
    const auto mask = slash == std::string::npos ? std::optional<std::uint32_t>(UINT32_MAX)
                                                 : number_in(std::string_view(text).substr(slash + 1));
    if (!value || !mask)
        return std::nullopt;
    return PacketTests{MarkIs{*mask, *value}};
}

std::optional<std::uint8_t> tcp_flags_in(const std::string& list)
{
    static const std::map<std::string, std::uint8_t> bits = {
        {"FIN", 1}, {"SYN", 2}, {"RST", 4}, {"PSH", 8}, {"ACK", 16}, {"URG", 32}, {"ALL", 63}, {"NONE", 0}};
    unsigned flags = 0;
    for (const std::string& word : parts_of(list)) {
        const auto found = bits.find(word);
        if (found == bits.end())
            return std::nullopt;
        flags |= found->second;
    }
    return static_cast<std::uint8_t>(flags);
}

Alternatives tcp_flags_test(const std::vector<std::string>& values)
{
    const auto mask = values.size() == 2 ? tcp_flags_in(values[0]) : std::nullopt;
    const auto flags = values.size() == 2 ? tcp_flags_in(values[1]) : std::nullopt;
    if (!mask || !flags)
        return std::nullopt;
    return PacketTests{TcpFlagsAre{*mask, *flags}};
}

/// A type without a code: which code a packet has is not known.
Alternatives icmp_test(const std::string& text)
{
    constexpr unsigned any_type = 255;
    const auto type = parse_number(text, any_type);
    if (text == "any" || type == any_type)
        return always;
    if (!type)
        return std::nullopt;
    return PacketTests{IcmpTypeIs{static_cast<std::uint8_t>(*type)}};
}

using Reader = std::function<Alternatives(const IptablesOption&)>;

/// By module and option, those of the rule itself without a module.
const std::map<std::string, Reader>& readers()
{
    using O = IptablesOption;
    static const std::map<std::string, Reader> all = {
        {"-i", [](const O& o) { return interface_test(o.value(), false); }},
        {"-o", [](const O& o) { return interface_test(o.value(), true); }},
        {"-s", [](const O& o) { return address_test(o.value(), false); }},
        {"-d", [](const O& o) { return address_test(o.value(), true); }},
        {"-p", [](const O& o) { return protocol_test(o.value()); }},
        {"-f", [](const O&) { return Alternatives(PacketTests{IsUsual{false}}); }},
        {"ports --sport", [](const O& o) { return ports_test(o.value(), true, false); }},
        {"ports --dport", [](const O& o) { return ports_test(o.value(), false, true); }},
        {"tcp --tcp-flags", [](const O& o) { return tcp_flags_test(o.values); }},
        {"multiport --sports", [](const O& o) { return ports_test(o.value(), true, false); }},
        {"multiport --dports", [](const O& o) { return ports_test(o.value(), false, true); }},
        {"multiport --ports", [](const O& o) { return ports_test(o.value(), true, true); }},
        {"icmp --icmp-type", [](const O& o) { return icmp_test(o.value()); }},
        {"icmp6 --icmpv6-type", [](const O& o) { return icmp_test(o.value()); }},
        {"iprange --src-range", [](const O& o) { return range_test(o.value(), false); }},
        {"iprange --dst-range", [](const O& o) { return range_test(o.value(), true); }},
        {"state --state", [](const O& o) { return states_test(o.value()); }},
        {"conntrack --ctstate", [](const O& o) { return states_test(o.value()); }},
        {"mark --mark", [](const O& o) { return mark_test(o.value()); }},
        {"connmark --mark", [](const O& o) { return mark_test(o.value()); }},
        {"physdev --physdev-in", [](const O& o) { return bridge_port_test(o.value(), false); }},
        {"physdev --physdev-out", [](const O& o) { return bridge_port_test(o.value(), true); }},
        {"physdev --physdev-is-in", [](const O&) { return bridge_port_test("+", false); }},
        {"physdev --physdev-is-out", [](const O&) { return bridge_port_test("+", true); }},
        {"physdev --physdev-is-bridged", [](const O&) { return Alternatives(PacketTests{IsBridged{}}); }},
    };
    return all;
}

std::string text_of(const IptablesOption& option)
{
    std::string text = option.name;
    for (const std::string& each : option.values)
        text += " " + each;
    return text;
}

} // namespace

bool is_module_of_protocol(const std::string& module)
{
    return protocol_number(module) || module == "icmp6";
}

PacketTests tests_of_option(const std::string& module, const IptablesOption& option)
{
    auto reader = readers().find(module.empty() ? option.name : module + " " + option.name);
    if (reader == readers().end() && is_module_of_protocol(module))
        reader = readers().find("ports " + option.name);
    const Alternatives tests = reader == readers().end() ? std::nullopt : reader->second(option);
    return tests.value_or(PacketTests{NotToBeTold{text_of(option)}});
}

PacketTests tests_of_kinds(const IptablesOption& option, bool of_interface)
{
    static const std::map<std::string, AddressKind> kinds = {{"UNICAST", AddressKind::unicast},
                                                             {"LOCAL", AddressKind::local},
                                                             {"BROADCAST", AddressKind::broadcast},
                                                             {"MULTICAST", AddressKind::multicast}};
    PacketTests tests;
    for (const std::string& word : parts_of(option.value()))
        if (const auto found = kinds.find(word); found != kinds.end())
            tests.emplace_back(AddressKindIs{option.name == "--dst-type", found->second, of_interface});
        else
            tests.emplace_back(NotToBeTold{"an address of type " + word});
    return tests;
}

} // namespace uplink
