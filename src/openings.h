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

/// What the host is like now for a container that is on record, `gates` among it. Throws Error.
HostState state_now(Host& host, const RecordStore& store, const ContainerSpec& spec,
                    const std::vector<Gate>& gates);

/// The openings that a record lacks, since their gates are newer than it; rule by rule, as what is opened
/// with them changes when servers of the host come and go.
Plan new_openings(const Record& record, const HostState& state);

/// What is not open for a container and should be: those, and what others have closed again. Throws Error.
Plan closed_gates(Host& host, const RecordStore& store, const Record& record);

/// Opens for all living containers what their records do not yet have open. The caller holds our lock.
/// Returns a sentence for each thing that could not be done.
std::vector<std::string> open_new_gates(Host& host, RecordStore& store, const Apply& apply);

} // namespace uplink
