// SPDX-License-Identifier: GPL-2.0-or-later
// The addresses that a running container has got by DHCP or from a router's advertisements: its own kernel
// knows them first, and whoever is on its bridge has heard of them.
#pragma once

#include "host/netlink.h"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace uplink
{

/// A veth between this network namespace and that of a container.
struct VethPair {
    Link host_end;
    Link container_end;
};

/// The veths of the container whose init is `pid`, in the order in which LXC makes them, which is that of
/// lxc.net.N. Throws Error when its namespace cannot be entered.
std::vector<VethPair> veths_of_container(Netlink& host, pid_t pid);

/// The address by which others reach the container's k-th veth, counted from 0; nothing when it has none of
/// that family yet, or no such veth. Throws Error when its namespace cannot be entered.
std::optional<IpAddress> container_address(pid_t pid, unsigned position, bool ipv6);

/// Waits until there is one; nothing when there is none after `patience`, or when the init has ended.
std::optional<IpAddress> wait_for_address(pid_t pid, unsigned position, bool ipv6,
                                          std::chrono::seconds patience);

} // namespace uplink
