// SPDX-License-Identifier: GPL-2.0-or-later
// Who listens on a UDP port, by the kernel's socket monitoring (NETLINK_SOCK_DIAG, sock_diag(7)): unlike
// /proc/net/udp it tells the interface that a socket is bound to.
#pragma once

#include "core/address.h"

#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace uplink
{

/// A socket as `ss -u` lists it.
struct UdpSocket {
    std::uint32_t inode = 0;
    unsigned ifindex = 0;               ///< of the interface that it is bound to; 0: to none
    bool any_address = false;           ///< bound to 0.0.0.0 or ::
    std::optional<Ipv4Address> address; ///< nothing for an IPv6 socket
};

/// All of this network namespace, IPv4 first. Throws Error when the kernel cannot tell.
std::vector<UdpSocket> udp_sockets_on(std::uint16_t port);

/// A process that has the socket open; nothing when there is none in this pid namespace. Looks at all files
/// of all processes.
std::optional<pid_t> holder_of_socket(std::uint32_t inode);

} // namespace uplink
