// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nft_test.h"

#include "core/protocol_number.h"

#include <map>
#include <string>
#include <utility>

namespace uplink
{

namespace
{

using Json = nlohmann::json;

std::optional<std::uint64_t> nft_number(const Json& value)
{
    if (value.is_number_integer() && value >= 0)
        return value.get<std::uint64_t>();
    return value.is_string() ? parse_number(value.get<std::string>()) : std::nullopt;
}

std::optional<IpAddress> nft_address(const Json& value)
{
    return value.is_string() ? parse_ip_address(value.get<std::string>()) : std::nullopt;
}

bool is_nft_range(const Json& value)
{
    return value.is_object() && value.contains("range");
}

/// By number or by name.
template<typename T>
std::optional<T> nft_named(const std::map<std::string, std::pair<std::uint64_t, T>>& names, const Json& value)
{
    const auto number = nft_number(value);
    for (const auto& [name, meaning] : names)
        if (value == name || number == meaning.first)
            return meaning.second;
    return std::nullopt;
}

} // namespace

std::optional<std::uint64_t> nft_bits(const Json& value)
{
    if (!value.is_array())
        return nft_number(value);
    std::uint64_t bits = 0;
    for (const Json& each : value) {
        const auto number = nft_number(each);
        if (!number)
            return std::nullopt;
        bits |= *number;
    }
    return bits;
}

/// nft lists what begins with "docker" as "docker*". An empty name comes from a set of such, which nft 1.0.6
/// lists wrongly.
NftTest nft_interface_test(const Json& value, bool out)
{
    auto name = value.is_string() ? value.get<std::string>() : "";
    if (name.empty())
        return std::nullopt;
    const bool prefix = name.ends_with("*");
    if (prefix)
        name.pop_back();
    return InterfaceIs{out, name, prefix};
}

NftTest nft_address_test(const Json& value, bool destination)
{
    if (const auto address = nft_address(value))
        return AddressIn{destination, *address, *address};
    if (is_nft_range(value)) {
        const auto first = nft_address(value.at("range").at(0));
        const auto last = nft_address(value.at("range").at(1));
        if (first && last)
            return AddressIn{destination, *first, *last};
    }
    if (!value.is_object() || !value.contains("prefix"))
        return std::nullopt;
    const auto base = nft_address(value.at("prefix").at("addr"));
    if (!base)
        return std::nullopt;
    return address_in(destination, network_of(*base, value.at("prefix").at("len").get<unsigned>()));
}

NftTest nft_port_test(const Json& value, bool destination)
{
    const auto first = nft_number(is_nft_range(value) ? value.at("range").at(0) : value);
    const auto last = nft_number(is_nft_range(value) ? value.at("range").at(1) : value);
    if (!first || !last || *first > UINT16_MAX || *last > UINT16_MAX)
        return std::nullopt;
    return PortIn{destination, {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)}};
}

NftTest nft_protocol_test(const Json& value)
{
    const auto number = protocol_number(value.is_string() ? value.get<std::string>() : value.dump());
    return number ? NftTest(ProtocolIs{*number}) : std::nullopt;
}

NftTest nft_nfproto_test(const Json& value)
{
    const auto ipv6 = nft_named<bool>({{"ipv4", {2, false}}, {"ipv6", {10, true}}}, value);
    return ipv6 ? NftTest(FamilyIs{*ipv6}) : std::nullopt;
}

/// Of Ethernet; nft 1.0.6 prints the numbers of `meta protocol` with their bytes swapped.
NftTest nft_ethertype_test(const Json& value)
{
    const auto ipv6 = nft_named<bool>(
        {{"ip", {0x0800, false}}, {"8", {8, false}}, {"ip6", {0x86dd, true}}, {"56710", {0xdd86, true}}},
        value);
    return ipv6                                     ? FamilyIs{*ipv6}
           : nft_number(value) || value.is_string() ? NftTest(IsUsual{false})
                                                    : std::nullopt;
}

NftTest nft_icmp_test(const Json& value)
{
    const auto type = nft_number(value);
    return type && *type <= UINT8_MAX ? NftTest(IcmpTypeIs{static_cast<std::uint8_t>(*type)}) : std::nullopt;
}

NftTest nft_state_test(const Json& value)
{
    const auto state = nft_named<ConnectionState>({{"invalid", {1, ConnectionState::invalid}},
                                                   {"established", {2, ConnectionState::established}},
                                                   {"related", {4, ConnectionState::related}},
                                                   {"new", {8, ConnectionState::fresh}},
                                                   {"untracked", {64, ConnectionState::untracked}}},
                                                  value);
    return state ? NftTest(StateIs{*state}) : std::nullopt;
}

NftTest nft_status_test(const Json& value)
{
    return value == "dnat" || value == 32 ? NftTest(IsRedirected{}) : std::nullopt;
}

NftTest nft_kind_test(const Json& value, bool destination, bool of_interface)
{
    const auto kind = nft_named<AddressKind>({{"unicast", {1, AddressKind::unicast}},
                                              {"local", {2, AddressKind::local}},
                                              {"broadcast", {3, AddressKind::broadcast}},
                                              {"multicast", {5, AddressKind::multicast}}},
                                             value);
    return kind ? NftTest(AddressKindIs{destination, *kind, of_interface}) : std::nullopt;
}

NftTest nft_frame_kind_test(const Json& value)
{
    const auto kind = nft_named<AddressKind>(
        {{"broadcast", {1, AddressKind::broadcast}}, {"multicast", {2, AddressKind::multicast}}}, value);
    return kind ? NftTest(AddressKindIs{true, *kind, false}) : std::nullopt;
}

/// A way back to the source, or none: an ordinary packet has one.
NftTest nft_way_back_test(const Json& value)
{
    if (value.is_boolean())
        return IsUsual{value.get<bool>()};
    return nft_number(value) == 0U ? NftTest(IsUsual{false}) : std::nullopt;
}

NftTest nft_header_test(const Json& value)
{
    return value.is_boolean() ? NftTest(IsUsual{!value.get<bool>()}) : std::nullopt;
}

NftTest nft_mark_test(const Json& value, std::uint64_t mask)
{
    const auto mark = nft_number(value);
    if (!mark || *mark > UINT32_MAX || mask > UINT32_MAX)
        return std::nullopt;
    return MarkIs{static_cast<std::uint32_t>(mask), static_cast<std::uint32_t>(*mark)};
}

NftTest nft_tcp_flags_test(const Json& value, std::uint64_t mask)
{
    const auto flags = nft_bits(value);
    if (!flags || *flags > UINT8_MAX || mask > UINT8_MAX)
        return std::nullopt;
    return TcpFlagsAre{static_cast<std::uint8_t>(mask), static_cast<std::uint8_t>(*flags)};
}

} // namespace uplink
