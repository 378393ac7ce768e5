// SPDX-License-Identifier: GPL-2.0-or-later
// IPv4 addresses and networks as values, and the text that an administrator writes for them.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace uplink
{

/// An IPv4 address in host byte order.
struct Ipv4Address {
    std::uint32_t value = 0;
    auto operator<=>(const Ipv4Address&) const = default;
};

/// A network: its base address (host bits zero) and its prefix length (0 to 32).
struct Ipv4Network {
    Ipv4Address base;
    unsigned prefix_length = 0;
    auto operator<=>(const Ipv4Network&) const = default;
};

/// An address as an interface carries it: "10.0.3.1/24".
struct Ipv4Interface {
    Ipv4Address address;
    unsigned prefix_length = 32;
    auto operator<=>(const Ipv4Interface&) const = default;
};

/// An IPv6 address as an interface carries it; the address is kept in the canonical text of RFC 5952.
struct Ipv6Interface {
    std::string address;
    unsigned prefix_length = 128;
    auto operator<=>(const Ipv6Interface&) const = default;
};

/// Reads "10.0.3.1"; nothing when the text is anything else.
std::optional<Ipv4Address> parse_ipv4_address(std::string_view text);

/// Reads "10.0.3.1/24"; nothing when the text is anything else, a missing prefix length included.
std::optional<Ipv4Interface> parse_ipv4_interface(std::string_view text);

/// Reads "fd00::1/64" and keeps the address in its canonical text; nothing when the text is anything else.
std::optional<Ipv6Interface> parse_ipv6_interface(std::string_view text);

/// Reads a decimal number without sign from the whole of `text`; nothing when it is not one or exceeds `max`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max = UINT64_MAX);

/// The network mask of a prefix length (0 to 32), in host byte order.
std::uint32_t netmask(unsigned prefix_length);

Ipv4Network network_of(const Ipv4Interface& interface);

/// The network of `address` with this prefix length.
Ipv4Network network_of(Ipv4Address address, unsigned prefix_length);

/// Whether a host can have it: no network, broadcast, loopback or multicast address, and a prefix length
/// above 0.
bool is_host_address(const Ipv4Interface& interface);

bool contains(const Ipv4Network& network, Ipv4Address address);

std::string to_string(Ipv4Address address);
std::string to_string(const Ipv4Network& network);
std::string to_string(const Ipv4Interface& interface);
std::string to_string(const Ipv6Interface& interface);

} // namespace uplink
