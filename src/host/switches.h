// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's network switches below /proc/sys/net, which belong to this network namespace.
#pragma once

#include "host/netlink.h"

#include <string>
#include <vector>

namespace uplink
{

/// net.ipv4.ip_forward
bool forwards_ipv4();

/// net.ipv6.conf.all.forwarding; false in a kernel without IPv6.
bool forwards_ipv6();

/// Whether an interface takes packets for 127.0.0.0/8: net.ipv4.conf.*.route_localnet, its own or that of
/// "all".
bool routes_localnet(const std::string& interface);

/// Names of the interfaces by which routers advertise routes or addresses to this host that it would
/// disregard once it forwards: their accept_ra is 1 (ipv6_accept_ra() in the kernel's include/net/ipv6.h).
std::vector<std::string> interfaces_that_heed_advertisements(Netlink& netlink);

} // namespace uplink
