// SPDX-License-Identifier: GPL-2.0-or-later
// Reading all that the host has on an interface, and making the small steps of a move true.
#pragma once

#include "core/nic_config.h"
#include "core/transfer.h"
#include "host/kernel_object.h"
#include "host/netlink.h"

#include <set>

namespace uplink
{

/// Addresses, neighbours, nexthops, routes, rules and settings of an interface. Throws Error.
NicConfig capture(Netlink& netlink, const InterfaceId& interface);

/// Of which the host has a default route, by whatever interface (IPv6: true).
std::set<bool> families_with_default_route(Netlink& netlink);

/// What an interface that is made has from the beginning: the settings of conf/default.
NicConfig config_of_new_interface();

/// Makes a step true that changes addresses, neighbours, nexthops, routes or rules. What is so already, or
/// gone already, is no error. Throws Error with the object and the kernel's reason.
void apply(Netlink& netlink, const Put& step);
void apply(Netlink& netlink, const Settle& step);
void apply(Netlink& netlink, const Take& step);

/// The same for a setting. One that an interface which has gone meanwhile had is no error.
void apply(const Set& step);

} // namespace uplink
