// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own messages about addresses, neighbours, nexthops, routes and rules, made ready to be sent
// for another interface. They are copied attribute by attribute, so that what this program does not know is
// carried too; only what names the interface is changed.
#pragma once

#include "core/nic_config.h"

#include <optional>
#include <string>

namespace uplink
{

/// An interface by both its names.
struct InterfaceId {
    std::string name;
    unsigned ifindex = 0;
};

/// What a message of a list (RTM_NEWADDR, RTM_NEWNEIGH, RTM_NEWNEXTHOP, RTM_NEWROUTE, RTM_NEWRULE) says of
/// `interface`; nothing when it speaks of another one or of what the kernel makes and removes by itself.
/// KernelObject::first and contested are left to the caller.
std::optional<KernelObject> object_of(const std::string& message, const InterfaceId& interface);

/// The requests for `to`, complete but for their sequence number. `in_place`: an IPv6 route is put where the
/// first of its rank is, which goes.
std::string request_to_add(const KernelObject& object, const InterfaceId& to, bool for_good,
                           bool in_place = false);
std::string request_to_settle(const KernelObject& object, const InterfaceId& to, bool for_good);
std::string request_to_take(const KernelObject& object, const InterfaceId& from);

bool is_route_by(const std::string& message, unsigned ifindex);

/// The address itself, of an address; 4 or 16 bytes in network order.
std::string address_in(const KernelObject& object);

/// The gateway of a default route whose way leads through the interface where it was found; nothing for any
/// other object.
std::optional<std::string> default_gateway_in(const KernelObject& object);

/// What routes must have in common so that only the first of them is used: table, prefix, TOS and metric.
/// Nothing for a message that is no route.
std::optional<std::string> rank_of_route(const std::string& message);

} // namespace uplink
