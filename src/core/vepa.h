// SPDX-License-Identifier: GPL-2.0-or-later
// VEPA: macvlans whose frames to each other go out to the switch and come back, if the switch reflects them.
#pragma once

#include "core/uplink_state.h"

namespace uplink
{

/// Throws Error, a reason with its remedy, when no frame can be sent out of this NIC and come back to a
/// macvlan upon it. Source: macvlan_newlink() and macvlan_handle_frame() in Linux, drivers/net/macvlan.c.
void check_vepa_nic(const NicState& nic);

} // namespace uplink
