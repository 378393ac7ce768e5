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

/// What the bridge of `nic` needs: the address that the container sends to; else an example.
Ipv4Interface address_for_bridge(const NicSpec& nic);

/// A command for sh that makes the bridge of `nic` anew under a running container; with the MAC address that
/// the container knows, if that is known.
std::string command_to_make_bridge(const NicSpec& nic, const std::string& mac = "");

/// That the bridge of `nic`, which somebody else made, is gone, or is down; with the remedy. Nothing where it
/// is up.
std::optional<std::string> trouble_of_bridge(const NicSpec& nic, const HostState& state);

} // namespace uplink
