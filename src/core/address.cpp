// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/address.h"

#include <charconv>

namespace uplink
{

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max)
{
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number > max)
        return std::nullopt;
    return number;
}

std::optional<Ipv4Address> parse_ipv4_address(std::string_view text)
{
    Ipv4Address address;
    for (int octet = 0; octet < 4; ++octet) {
        const auto dot = text.find('.');
        if ((dot == std::string_view::npos) != (octet == 3))
            return std::nullopt;
        const auto digits = text.substr(0, dot);
        const auto number = parse_number(digits, 255);
        const bool leading_zero = digits.size() > 1 && digits.front() == '0';
        if (!number || leading_zero)
            return std::nullopt;
        address.value = address.value << 8U | static_cast<std::uint32_t>(*number);
        text.remove_prefix(octet == 3 ? text.size() : dot + 1);
    }
    return address;
}

std::optional<Ipv4Interface> parse_ipv4_interface(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto address = parse_ipv4_address(text.substr(0, slash));
    const auto prefix_length = parse_number(text.substr(slash + 1), 32);
    if (!address || !prefix_length)
        return std::nullopt;
    return Ipv4Interface{*address, static_cast<unsigned>(*prefix_length)};
}

std::uint32_t netmask(unsigned prefix_length)
{
    return prefix_length == 0 ? 0 : UINT32_MAX << (32 - prefix_length);
}

Ipv4Network network_of(Ipv4Address address, unsigned prefix_length)
{
    return {{address.value & netmask(prefix_length)}, prefix_length};
}

Ipv4Network network_of(const Ipv4Interface& interface)
{
    return network_of(interface.address, interface.prefix_length);
}

bool is_host_address(const Ipv4Interface& interface)
{
    const std::uint32_t address = interface.address.value;
    const std::uint32_t first_octet = address >> 24U;
    const std::uint32_t host_mask = ~netmask(interface.prefix_length);
    // RFC 3021: a /31 has no network and no broadcast address.
    const bool is_end =
        interface.prefix_length < 31 && ((address & host_mask) == 0 || (address & host_mask) == host_mask);
    return interface.prefix_length > 0 && first_octet != 0 && first_octet != 127 && first_octet < 224 &&
           !is_end;
}

bool contains(const Ipv4Network& network, Ipv4Address address)
{
    return network_of(address, network.prefix_length) == network;
}

std::string to_string(Ipv4Address address)
{
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8)
        text += std::to_string(address.value >> static_cast<unsigned>(shift) & 255U) + (shift > 0 ? "." : "");
    return text;
}

std::string to_string(const Ipv4Network& network)
{
    return to_string(network.base) + "/" + std::to_string(network.prefix_length);
}

std::string to_string(const Ipv4Interface& interface)
{
    return to_string(interface.address) + "/" + std::to_string(interface.prefix_length);
}

std::string to_string(const Ipv6Interface& interface)
{
    return interface.address + "/" + std::to_string(interface.prefix_length);
}

} // namespace uplink
