// SPDX-License-Identifier: GPL-2.0-or-later
// What the firewalls of the host make of a container's packets, for `lxc-uplink check`.
#pragma once

#include "core/check.h"
#include "core/firewall_model.h"
#include "core/record.h"

#include <sys/types.h>

namespace uplink
{

/// What may be sent from within the container: a datagram to the host's gateway, a question to each name
/// server and, in mode direct, for its gateway's MAC address at most; or besides, where the rules do not tell
/// what becomes of what it sends, a packet to the outside that is followed.
enum class Trying { little, by_trace };

/// An address that is nobody's (TEST-NET-2, or of the prefix for documentation): what is sent there takes the
/// default route.
IpAddress outside(bool ipv6);

/// What becomes of all kinds of packets that the way is for. `init` is the container's first process. Throws
/// Error where a packet cannot be sent or followed.
std::vector<Passage> passages_of(const NicWay& way, const Record& record, const HostFirewall& firewall,
                                 pid_t init, Trying trying);

} // namespace uplink
