// SPDX-License-Identifier: GPL-2.0-or-later
// Looking at the way of a living container's packets, for `lxc-uplink check`.
#pragma once

#include "core/check.h"
#include "host/host.h"
#include "host/record_store.h"

#include <vector>

namespace uplink
{

/// One for each NIC of a bridge that is served. Sends at most a datagram to the host's gateway and a question
/// to each name server, from within the container. Throws Error where the host cannot be looked at.
std::vector<NicWay> ways_of(Host& host, RecordStore& store, const Record& record,
                            const HostFirewall& firewall);

} // namespace uplink
