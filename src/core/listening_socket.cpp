// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/listening_socket.h"

#include <algorithm>

namespace uplink
{

namespace
{

/// An IPv6 socket at ::ffff:192.0.2.1 is one for IPv4 alone.
IpAddress without_mapping(const IpAddress& address)
{
    constexpr unsigned length_of_mapping = 96;
    const auto mapped = parse_ip_network("::ffff:0:0/96");
    if (!address.ipv6 || network_of(address, length_of_mapping) != mapped)
        return address;
    IpAddress ipv4;
    std::copy_n(address.bytes.end() - 4, 4, ipv4.bytes.begin());
    return ipv4;
}

} // namespace

bool takes_packets_for(const ListeningSocket& socket, const std::optional<IpAddress>& address,
                       const PortRange& ports)
{
    if (socket.port < ports.first || socket.port > ports.last)
        return false;
    if (!address)
        return true;
    const IpAddress bound = without_mapping(socket.address);
    const bool of_both = bound.ipv6 && is_unspecified(bound) && !socket.ipv6_only;
    if (bound.ipv6 != address->ipv6 && !of_both)
        return false;
    return is_unspecified(bound) || is_unspecified(*address) || bound == *address;
}

} // namespace uplink
