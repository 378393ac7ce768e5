// SPDX-License-Identifier: GPL-2.0-or-later
// Deciding what a container needs whose NICs are macvlans on the host's own: LXC makes them, and the host's
// NIC stays as it is.
#pragma once

#include "core/plan.h"

#include <map>
#include <string>
#include <vector>

namespace uplink
{

/// The guards of the NICs. Throws Error, a sentence with its remedy, when a macvlan on one of them cannot be
/// made or would reach nobody. Source: macvlan_port_create() in Linux, drivers/net/macvlan.c.
Plan plan_macvlans(const ContainerSpec& spec, const HostState& state);

std::vector<std::string> notices_macvlans(const ContainerSpec& spec, const HostState& state);

/// Keys whose holders exclude this container: a NIC is the uplink of a bridge or carries macvlans, since the
/// kernel hands what comes in to one of the two. It knows of macvlans in containers only when it is too late.
Keys rival_keys(const ContainerSpec& spec, const HostState& state);

/// Throws Error naming the holder. `holders`: those of the keys that others hold, each with a holder's name.
void check_rivals(const ContainerSpec& spec, const HostState& state,
                  const std::map<std::string, std::string>& holders);

} // namespace uplink
