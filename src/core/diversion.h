// SPDX-License-Identifier: GPL-2.0-or-later
// What somebody's rules keep from our own: flows that they lead elsewhere, and flows that are not tracked, so
// that nothing translates them. Judged like what drops (core/judge.h): the place that diverts a flow is named
// as the one that drops it.
#pragma once

#include "core/judge.h"

namespace uplink
{

/// Whether the first packet of a flow to a published port, as it comes to the host, gets to the rule of ours
/// that leads it into the container: another's redirection may come before, or an accept in our own table.
Judgement judge_redirection(const FirewallPacket& packet, const HostFirewall& firewall);

/// Whether the packet is tracked.
Judgement judge_tracking(const FirewallPacket& packet, const HostFirewall& firewall);

} // namespace uplink
