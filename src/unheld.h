// SPDX-License-Identifier: GPL-2.0-or-later
// What no record answers for: things that nobody holds, and containers whose records are lost.
#pragma once

#include "host/host.h"
#include "host/record_store.h"

#include <chrono>
#include <set>
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

/// Among those that have a record, hold something, or are in one of `tags`. Where somebody starts or stops
/// without our lock being held he may seem to be one.
std::vector<Unrecorded> unrecorded_instances(const RecordStore& store, const std::set<std::string>& tags,
                                             const Viewpoint& here);

/// What somebody writes or removes under our lock is whole after that.
inline constexpr std::chrono::milliseconds longest_write(200);

/// Those that are still among them a moment later. Throws Error.
std::vector<Unrecorded> surely_unrecorded_instances(Host& host, const RecordStore& store);

} // namespace uplink
