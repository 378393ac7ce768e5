// SPDX-License-Identifier: GPL-2.0-or-later
// A packet that is sent from within a container and followed through this host by nf_tables' own tracing.
#pragma once

#include "core/packet_trace.h"

#include <sys/types.h>

namespace uplink
{

/// Sends the first packet of a TCP connection from `packet.source` to `packet.destination` and its port,
/// which is given up at once, and follows it for a second at most. For that time there are tables
/// "lxc_uplink_trace" of families inet and bridge, which mark this packet alone; the kernel removes them with
/// the process, however it ends (flag owner, Linux 5.12). Nothing is seen where the container has no way to
/// the destination. Throws Error.
PacketTrace trace_from_inside(pid_t init, const FirewallPacket& packet);

} // namespace uplink
