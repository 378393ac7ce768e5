// SPDX-License-Identifier: GPL-2.0-or-later
// Looking at the way of a living container's packets, for `lxc-uplink check`.
#pragma once

#include "core/check.h"
#include "host/host.h"
#include "host/record_store.h"

#include <vector>

namespace uplink
{

/// What may be sent from within the container: a datagram to the host's gateway and a question to each name
/// server at most, or besides, where the rules do not tell what becomes of what it sends, a packet to the
/// outside that is followed.
enum class Trying { little, by_trace };

/// One for each NIC of a bridge that is served. Throws Error where the host cannot be looked at.
std::vector<NicWay> ways_of(Host& host, RecordStore& store, const Record& record,
                            const HostFirewall& firewall, Trying trying);

} // namespace uplink
