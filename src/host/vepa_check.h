// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the switch behind a NIC reflects: sends frames from where they came (hairpin, reflective relay,
// VEPA).
#pragma once

#include <string>

namespace uplink
{

/// Sends a frame between two macvlans upon the NIC, a few times within a second until it arrives; its
/// Ethernet type is IEEE 802's for local experiments (0x88B5). The macvlans are in a network namespace of
/// this process's own, so that they die with it however it ends; the switch sees their two MAC addresses.
/// Throws Error, a reason with its remedy, when it cannot be told. Call it where there is one thread.
bool switch_reflects(const std::string& nic);

} // namespace uplink
