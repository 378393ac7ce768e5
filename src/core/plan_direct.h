// SPDX-License-Identifier: GPL-2.0-or-later
// Deciding what a container needs that goes out by the host's own NIC, which becomes a port of its bridge or
// carries its macvlans.
#pragma once

#include "core/plan.h"

namespace uplink
{

/// The bridge where it is missing, its guard, and the move of the uplink; the guards of the macvlans. Throws
/// Error, in words for the administrator, when the host or the LAN could suffer.
Plan plan_direct(const ContainerSpec& spec, const HostState& state);

/// Of the bridge that the container uses, as it is or will be; of Linux in mode nat, which knows no other.
BridgeType type_of_bridge(const ContainerSpec& spec, const HostState& state);

std::vector<std::string> notices_direct(const ContainerSpec& spec, const HostState& state);

} // namespace uplink
