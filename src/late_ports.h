// SPDX-License-Identifier: GPL-2.0-or-later
// Publishing the ports of containers that get their addresses after they have started, by DHCP or from router
// advertisements.
#pragma once

#include "core/execute.h"
#include "host/host.h"
#include "host/record_store.h"

#include <string>
#include <vector>

namespace uplink
{

/// Leaves a process behind that publishes them as soon as the container has its addresses; it gives up when
/// the container has ended, or after two minutes. Nothing where nothing is awaited. Throws Error.
void publish_when_addressed(Host& host, const Record& record);

/// The same at once and for all living containers, whose addresses may have changed. The caller holds our
/// lock. Returns a sentence for each thing that was done or could not be done.
std::vector<std::string> publish_at_new_addresses(Host& host, RecordStore& store, const Apply& apply);

} // namespace uplink
