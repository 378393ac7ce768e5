// SPDX-License-Identifier: GPL-2.0-or-later
// Direct mode's refusals: whether a NIC can become the uplink of a bridge without harm to the host or the
// LAN.
#pragma once

#include "core/uplink_state.h"

namespace uplink
{

/// Whether somebody else has made this NIC the bridge's uplink already, or the bridge itself is named as the
/// uplink, as `auto` does where the default route leaves by it. An uplink that this program moved looks the
/// same: the caller knows its own from the journal.
bool has_uplink_already(const UplinkState& state);

/// Whether a bridge's port is an uplink, be it a physical NIC, which has no kind, a bond, a team or a VLAN,
/// and no container's or virtual machine's.
bool leads_out(const Link& port);

/// Throws Error, a sentence with its remedy, when nothing can make the NIC a port: loopback, a bridge, Wi-Fi,
/// what carries no Ethernet frames or is made upon another NIC.
void check_uplink_type(const NicState& nic);

/// Throws Error, a sentence with its remedy, when the NIC cannot become a port. Source: br_add_if() in Linux,
/// net/bridge/br_if.c, and what loses packets although the kernel allows it.
void check_uplink(const UplinkState& state);

/// Throws Error, a sentence with its remedy, when the bridge cannot take an uplink that check_uplink() has
/// let pass. A missing bridge can, unless lxc-net is to make it. An uplink that is there already changes
/// nothing: then only what is wrong with or without this container is refused.
void check_bridge(const UplinkState& state);

} // namespace uplink
