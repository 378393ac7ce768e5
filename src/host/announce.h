// SPDX-License-Identifier: GPL-2.0-or-later
// Telling a LAN under which MAC address addresses are to be found now.
#pragma once

#include "core/host_state.h"
#include "core/nic_config.h"

namespace uplink
{

/// Sends for each IPv4 address of `config` a gratuitous ARP request (RFC 5227, 3), and for each IPv6 address
/// an unsolicited neighbour advertisement with the override flag (RFC 4861, 7.2.6), from `link` and its MAC
/// address. What cannot be sent is left out: neighbours find out by themselves, later.
void announce(const Link& link, const NicConfig& config);

} // namespace uplink
