// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses and networks of either family, for what treats IPv4 and IPv6 alike: rules of the firewall.
#pragma once

#include "core/address.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace uplink
{

/// An address in network byte order; one of IPv4 is in the first four bytes, with zeros behind it.
struct IpAddress {
    bool ipv6 = false;
    std::array<std::uint8_t, 16> bytes{};

    IpAddress() = default;
    IpAddress(Ipv4Address address); // NOLINT(google-explicit-constructor): each of these is an address
    auto operator<=>(const IpAddress&) const = default;
};

/// A network: its base address (host bits zero) and its prefix length (0 to 32, or 0 to 128).
struct IpNetwork {
    IpAddress base;
    unsigned prefix_length = 0;

    IpNetwork() = default;
    IpNetwork(IpAddress address, unsigned length) : base(address), prefix_length(length) {}
    IpNetwork(const Ipv4Network& network); // NOLINT(google-explicit-constructor): each of these is a network
    auto operator<=>(const IpNetwork&) const = default;
};

/// An address as an interface carries it: "10.0.3.1/24", "fd00::1/64".
struct IpInterface {
    IpAddress address;
    unsigned prefix_length = 0;

    IpInterface(const IpAddress& own, unsigned length) : address(own), prefix_length(length) {}
    IpInterface(const Ipv4Interface& interface); // NOLINT(google-explicit-constructor): so is this
    IpInterface(const Ipv6Interface& interface); // NOLINT(google-explicit-constructor): so is this
    auto operator<=>(const IpInterface&) const = default;
};

/// Reads "10.0.3.1" or "fd00::1"; nothing when the text is anything else, a zone ("%eth0") included.
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// Reads "10.0.3.0/24" or "fd00::/64", with host bits or without.
std::optional<IpNetwork> parse_ip_network(std::string_view text);

/// 32 or 128.
unsigned full_length(const IpAddress& address);

/// Its 4 or 16 bytes, in network byte order.
std::string bytes_of_address(const IpAddress& address);

IpNetwork network_of(const IpAddress& address, unsigned prefix_length);

IpNetwork network_of(const IpInterface& interface);

/// The network of that address alone.
IpNetwork host_of(const IpAddress& address);

/// fe80::/10: it never leaves its link.
bool is_link_local(const IpAddress& address);

/// fc00::/7 (RFC 4193): as private as 10.0.0.0/8, so that nobody outside can answer it.
bool is_unique_local(const IpAddress& address);

/// 127.0.0.0/8 or ::1.
bool is_loopback(const IpAddress& address);

/// 0.0.0.0 or ::, by which a socket means all addresses of its host's.
bool is_unspecified(const IpAddress& address);

/// 224.0.0.0/4 or ff00::/8.
bool is_multicast(const IpAddress& address);

bool contains(const IpNetwork& network, const IpAddress& address);

/// IPv6 in the form of RFC 5952.
std::string to_string(const IpAddress& address);
std::string to_string(const IpNetwork& network);
std::string to_string(const IpInterface& interface);

} // namespace uplink
