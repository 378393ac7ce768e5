// SPDX-License-Identifier: GPL-2.0-or-later
// What an administrator does about a bridge of mode nat that is missing or down.
#pragma once

#include "core/host_state.h"
#include "core/ip.h"
#include "core/spec.h"

#include <optional>
#include <string>

namespace uplink
{

/// The address by which the configuration says that the container knows its bridge, with prefix length; where
/// it says none a word for it.
std::string address_for_bridge(const NicSpec& nic);

/// A command for sh that makes a bridge anew under running containers, with its IPv4 address and, where that
/// is known, its MAC address.
std::string command_to_make_bridge(const std::string& bridge, const std::string& address,
                                   const std::string& mac = "");

/// That the bridge of `nic`, which somebody else made, is gone, or is down; with the remedy. Nothing where it
/// is up.
std::optional<std::string> trouble_of_bridge(const NicSpec& nic, const HostState& state);

} // namespace uplink
