// SPDX-License-Identifier: GPL-2.0-or-later
// Opening firewalls that were started after the containers that they would cut off.
#pragma once

#include "core/execute.h"
#include "host/host.h"
#include "host/record_store.h"

#include <string>
#include <vector>

namespace uplink
{

/// What is not open for a container and should be: what others have closed again, and gates that are newer
/// than it. Throws Error.
Plan closed_gates(Host& host, const RecordStore& store, const Record& record);

/// Opens for all living containers what their records do not yet have open. The caller holds our lock.
/// Returns a sentence for each thing that could not be done.
std::vector<std::string> open_new_gates(Host& host, RecordStore& store, const Apply& apply);

} // namespace uplink
