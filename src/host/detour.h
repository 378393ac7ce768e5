// SPDX-License-Identifier: GPL-2.0-or-later
// A way round for what comes in by a NIC while it joins a Linux bridge or leaves it: the kernel drops that
// for as long as the port exists but does not forward yet (br_add_if()), or no more (del_nbp(),
// net/bridge/br_if.c).
//
//     NIC ─► nftables, hook ingress ─► veth ─► its other end, a port of the bridge that hears but is never
//     spoken to, and whose frames do not leave by the NIC
#pragma once

#include "core/link.h"
#include "host/netlink.h"

namespace uplink
{

/// Sends round what comes in by `nic`. Nothing is lost on the way, since all is up before the first frame
/// takes it. One that is open already stays. Throws Error.
void open_detour(Netlink& netlink, const Link& nic, const Link& bridge);

/// Lets frames take the straight way again, and removes the detour when the last of them has passed. One that
/// is not there is no error. Throws Error.
void close_detour(Netlink& netlink, const Link& nic);

} // namespace uplink
