// SPDX-License-Identifier: GPL-2.0-or-later
// The host's sockets that wait for packets, by the kernel's socket monitoring (NETLINK_SOCK_DIAG,
// sock_diag(7)): unlike /proc/net/udp it tells the interface that a socket is bound to.
#pragma once

#include "core/listening_socket.h"

#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace uplink
{

/// A socket as `ss --listening` lists it.
struct BoundSocket : ListeningSocket {
    std::uint32_t inode = 0;
    unsigned ifindex = 0; ///< of the interface that it is bound to; 0: to none
};

/// All of this network namespace that listen, or of UDP that are bound and connected to nobody, at these
/// ports; IPv4 first. Throws Error when the kernel cannot tell.
std::vector<BoundSocket> bound_sockets(Protocol protocol, const PortRange& ports);

/// A process that has the socket open; nothing when there is none in this pid namespace. Looks at all files
/// of all processes.
std::optional<pid_t> holder_of_socket(std::uint32_t inode);

} // namespace uplink
