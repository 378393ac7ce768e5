// SPDX-License-Identifier: GPL-2.0-or-later
// Looking at the way of a living container's packets, for `lxc-uplink check`.
#pragma once

#include "core/check.h"
#include "host/host.h"
#include "host/record_store.h"
#include "passages.h"

#include <vector>

namespace uplink
{

/// One for each NIC that is served. Throws Error where the host cannot be looked at.
std::vector<NicWay> ways_of(Host& host, RecordStore& store, const Record& record,
                            const HostFirewall& firewall, Trying trying);

} // namespace uplink
