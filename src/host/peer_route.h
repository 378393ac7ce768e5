// SPDX-License-Identifier: GPL-2.0-or-later
// IPv6 addresses with a peer. The kernel makes a route to the peer itself when such an address is added, and
// one to the peer's network when its flags change (__ipv6_ifa_notify() and inet6_addr_modify() in its
// net/ipv6/addrconf.c).
#pragma once

#include "core/nic_config.h"
#include "host/kernel_object.h"

#include <string>

namespace uplink
{

/// Whether `route` leads to the peer of an address in `config`, so that the kernel makes it with that.
bool comes_with_peer(const KernelObject& route, const NicConfig& config);

/// Whether `address` has a peer to whose network there is no route in `config`, and would be one if the
/// address got its flags anew.
bool has_unrouted_peer(const KernelObject& address, const NicConfig& config);

/// Deletes that route where the kernel has made it.
std::string request_to_take_peer_route(const KernelObject& address, const InterfaceId& from);

} // namespace uplink
