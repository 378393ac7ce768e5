// SPDX-License-Identifier: GPL-2.0-or-later
// What no record answers for: things that nobody holds, and containers whose records are lost.
#pragma once

#include "host/host.h"
#include "host/record_store.h"

#include <string>
#include <vector>

namespace uplink
{

/// Removes uplinks, guards, bridges and shared rules that nobody holds any more: their last holder could not
/// remove them, or his record is lost. A move that was cut short too, and one whose bridge somebody has
/// deleted, with all that the host had there. A bridge with another port than its uplink stays as it is: that
/// may be a container whose record is lost. Throws Error.
Plan unheld_things(Host& host, const RecordStore& store);

/// An instance that left rules or holds something, without a record that can be read.
struct Unrecorded {
    std::string record_name;
    ContainerId container; ///< lxcpath only as its living monitor tells it; the name of its record where none
                           ///< tells its own
    Life life = Life::unknown;
};

/// Throws Error.
std::vector<Unrecorded> unrecorded_instances(Host& host, const RecordStore& store);

} // namespace uplink
