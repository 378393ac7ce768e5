// SPDX-License-Identifier: GPL-2.0-or-later
// Routes among the kernel's messages of kernel_object.h, whose functions are for everybody else.
#pragma once

#include "host/kernel_object.h"
#include "host/netlink_copy.h"

#include <optional>
#include <string>

namespace uplink
{

/// The request for a route as `purpose` says, for the interface `to`.
std::string route_message(const KernelObject& object, const InterfaceId& to, Purpose purpose);

/// What RTM_NEWROUTE says of a route by `ifindex`; see object_of().
std::optional<KernelObject> route_of(const std::string& message, unsigned ifindex);

/// Whether one of the route's hops leads through `ifindex`.
bool uses(const Parsed& route, unsigned ifindex);

} // namespace uplink
