// SPDX-License-Identifier: GPL-2.0-or-later
// An address and a port as system calls take and give them.
#pragma once

#include "core/ip.h"
#include "host/owned.h"

#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace uplink
{

struct SocketAddress {
    /// `port` in the host's byte order.
    SocketAddress(const IpAddress& address, std::uint16_t port)
    {
        if (address.ipv6) {
            auto& ipv6 = reinterpret_cast<sockaddr_in6&>(storage);
            ipv6.sin6_family = AF_INET6;
            ipv6.sin6_port = htons(port);
            std::memcpy(&ipv6.sin6_addr, address.bytes.data(), sizeof ipv6.sin6_addr);
        } else {
            auto& ipv4 = reinterpret_cast<sockaddr_in&>(storage);
            ipv4.sin_family = AF_INET;
            ipv4.sin_port = htons(port);
            std::memcpy(&ipv4.sin_addr, address.bytes.data(), sizeof ipv4.sin_addr);
        }
    }
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr_storage storage{};
};

inline socklen_t size_for(const IpAddress& address)
{
    return address.ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

/// The port that a socket of either family is bound to, in the host's byte order.
inline std::uint16_t port_of(const Fd& socket)
{
    sockaddr_storage own = {};
    socklen_t size = sizeof own;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size);
    return ntohs(reinterpret_cast<const sockaddr_in&>(own).sin_port); // where sockaddr_in6 has it too
}

} // namespace uplink
