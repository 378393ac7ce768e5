// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces, routes and neighbours as ip(8) sees them, for whoever explains a network to people.
#pragma once

#include "core/check.h"

#include <optional>
#include <string>
#include <sys/types.h>

namespace uplink
{

/// Where to look: the network namespace of a process, or this one.
using Place = std::optional<pid_t>;

/// An interface, with its switches below net.ipv4.conf when it is in this namespace. Throws Error where ip(8)
/// cannot be run.
Hop hop_named(const std::string& name, Place place = {});

/// The default route, with its gateway where it goes by that interface: empty where it has none.
DefaultRoute default_route_by(const std::string& interface, bool ipv6, Place place);

/// Nothing when the interface has heard nothing of the address.
std::optional<Neighbour> neighbour_at(const std::string& address, const std::string& interface,
                                      Place place = {});

/// How the kernel sends a packet to `destination`: its own, or one from `source` that came in by `in`.
RouteAnswer route_to(const std::string& destination, const std::string& source = "",
                     const std::string& in = "");

} // namespace uplink
