// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/ip.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace uplink
{

namespace
{

constexpr unsigned bits_of_byte = 8;
constexpr std::size_t groups_of_ipv6 = 8;

using Groups = std::vector<std::uint16_t>;

/// "fd00:0:1", or at the end with an IPv4 address as the last two groups; nothing when a group is
/// none.
std::optional<Groups> parse_groups(std::string_view text, bool at_end)
{
    Groups groups;
    while (!text.empty()) {
        const auto colon = text.find(':');
        const auto word = text.substr(0, colon);
        if (at_end && colon == std::string_view::npos && word.find('.') != std::string_view::npos) {
            const auto ipv4 = parse_ipv4_address(word);
            if (!ipv4)
                return std::nullopt;
            groups.push_back(static_cast<std::uint16_t>(ipv4->value >> 16U));
            groups.push_back(static_cast<std::uint16_t>(ipv4->value & 0xffffU));
            return groups;
        }
        std::uint16_t group = 0;
        const char* end = word.data() + word.size();
        const auto [stop, error] = std::from_chars(word.data(), end, group, 16);
        if (word.empty() || word.size() > 4 || error != std::errc() || stop != end)
            return std::nullopt;
        groups.push_back(group);
        if (colon == std::string_view::npos)
            return groups;
        text.remove_prefix(colon + 1);
        if (text.empty()) // it ends with a colon
            return std::nullopt;
    }
    return groups;
}

std::optional<IpAddress> parse_ipv6_address(std::string_view text)
{
    const auto gap = text.find("::");
    auto groups = parse_groups(text.substr(0, gap), gap == std::string_view::npos);
    if (!groups || (gap == std::string_view::npos && groups->size() != groups_of_ipv6))
        return std::nullopt;
    if (gap != std::string_view::npos) {
        const auto rest = parse_groups(text.substr(gap + 2), true);
        if (!rest || groups->size() + rest->size() >= groups_of_ipv6)
            return std::nullopt;
        groups->resize(groups_of_ipv6 - rest->size());
        groups->insert(groups->end(), rest->begin(), rest->end());
    }
    IpAddress address;
    address.ipv6 = true;
    for (std::size_t i = 0; i < groups_of_ipv6; ++i) {
        address.bytes.at(2 * i) = static_cast<std::uint8_t>(groups->at(i) >> bits_of_byte);
        address.bytes.at(2 * i + 1) = static_cast<std::uint8_t>(groups->at(i) & 0xffU);
    }
    return address;
}

Groups groups_of(const IpAddress& address)
{
    Groups groups;
    for (std::size_t i = 0; i < groups_of_ipv6; ++i)
        groups.push_back(static_cast<std::uint16_t>(address.bytes.at(2 * i) << bits_of_byte |
                                                    address.bytes.at(2 * i + 1)));
    return groups;
}

/// Where the longest run of two or more zero groups begins, and how long it is; 0 groups when there is none.
std::pair<std::size_t, std::size_t> longest_gap(const Groups& groups)
{
    std::size_t best = 0;
    std::size_t length = 1;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        std::size_t end = i;
        while (end < groups.size() && groups[end] == 0)
            ++end;
        if (end - i > length) {
            best = i;
            length = end - i;
        }
    }
    return {best, length > 1 ? length : 0};
}

std::string ipv6_text(const IpAddress& address)
{
    const Groups groups = groups_of(address);
    const auto [gap, length] = longest_gap(groups);
    std::string text;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (length > 0 && i == gap) {
            text += "::";
            i += length - 1;
            continue;
        }
        if (!text.empty() && text.back() != ':')
            text += ':';
        std::array<char, 4> digits{};
        text.append(digits.data(), std::to_chars(digits.data(), digits.end(), groups[i], 16).ptr);
    }
    return text;
}

} // namespace

IpAddress::IpAddress(Ipv4Address address)
{
    for (unsigned i = 0; i < 4; ++i)
        bytes.at(i) = static_cast<std::uint8_t>(address.value >> (bits_of_byte * (3 - i)) & 0xffU);
}

IpNetwork::IpNetwork(const Ipv4Network& network) : base(network.base), prefix_length(network.prefix_length) {}

IpInterface::IpInterface(const Ipv4Interface& interface)
    : address(interface.address), prefix_length(interface.prefix_length)
{
}

IpInterface::IpInterface(const Ipv6Interface& interface)
    : address(parse_ip_address(interface.address).value()), prefix_length(interface.prefix_length)
{
}

std::optional<IpAddress> parse_ip_address(std::string_view text)
{
    if (const auto ipv4 = parse_ipv4_address(text))
        return IpAddress(*ipv4);
    return parse_ipv6_address(text);
}

std::optional<IpNetwork> parse_ip_network(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto address = parse_ip_address(text.substr(0, slash));
    const auto length = parse_number(text.substr(slash + 1), address ? full_length(*address) : 0);
    if (!address || !length)
        return std::nullopt;
    return network_of(*address, static_cast<unsigned>(*length));
}

std::optional<Ipv6Interface> parse_ipv6_interface(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    const auto length =
        slash == std::string_view::npos ? std::nullopt : parse_number(text.substr(slash + 1), 128);
    if (!address || !address->ipv6 || !length)
        return std::nullopt;
    return Ipv6Interface{to_string(*address), static_cast<unsigned>(*length)};
}

unsigned full_length(const IpAddress& address)
{
    return address.ipv6 ? 128 : 32;
}

std::string bytes_of_address(const IpAddress& address)
{
    constexpr unsigned bits = 8;
    return {address.bytes.begin(), address.bytes.begin() + full_length(address) / bits};
}

IpNetwork network_of(const IpAddress& address, unsigned prefix_length)
{
    IpNetwork network(address, prefix_length);
    for (unsigned bit = prefix_length; bit < full_length(address); ++bit)
        network.base.bytes.at(bit / bits_of_byte) &=
            static_cast<std::uint8_t>(~(0x80U >> bit % bits_of_byte));
    return network;
}

IpNetwork network_of(const IpInterface& interface)
{
    return network_of(interface.address, interface.prefix_length);
}

bool is_link_local(const IpAddress& address)
{
    return address.ipv6 && address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0U) == 0x80;
}

bool is_unique_local(const IpAddress& address)
{
    return address.ipv6 && (address.bytes[0] & 0xfeU) == 0xfc;
}

bool is_loopback(const IpAddress& address)
{
    return address.ipv6 ? address == parse_ip_address("::1") : address.bytes[0] == 127;
}

bool is_unspecified(const IpAddress& address)
{
    return address.bytes == IpAddress().bytes;
}

bool is_multicast(const IpAddress& address)
{
    return address.ipv6 ? address.bytes[0] == 0xff : (address.bytes[0] & 0xf0U) == 0xe0;
}

IpNetwork host_of(const IpAddress& address)
{
    return {address, full_length(address)};
}

bool contains(const IpNetwork& network, const IpAddress& address)
{
    return network.base.ipv6 == address.ipv6 && network_of(address, network.prefix_length) == network;
}

std::string to_string(const IpAddress& address)
{
    if (address.ipv6)
        return ipv6_text(address);
    std::string text;
    for (unsigned i = 0; i < 4; ++i)
        text += (i == 0 ? "" : ".") + std::to_string(address.bytes.at(i));
    return text;
}

std::string to_string(const IpNetwork& network)
{
    return to_string(network.base) + "/" + std::to_string(network.prefix_length);
}

std::string to_string(const IpInterface& interface)
{
    return to_string(interface.address) + "/" + std::to_string(interface.prefix_length);
}

} // namespace uplink
