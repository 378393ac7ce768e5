// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel's connection tracking knows of flows, by ctnetlink; it is made to forget those to published
// ports. An entry
// goes on as it began: without this a client that sends UDP from one port would not come to a port that has
// been published meanwhile, or go on to a container that is gone.
#pragma once

#include "core/rule.h"

#include <optional>
#include <vector>

namespace uplink
{

/// Returns how many entries it has deleted; see came_by() for which. Established flows of TCP to a program of
/// the host's own at such a port are among them. 0 in a kernel that tracks nothing. Reads the whole list once
/// for each family among `ports`: 1 µs an entry. Throws Error.
unsigned flush_conntrack(const std::vector<PublishedPort>& ports);

/// The source that a flow of UDP which the kernel tracks has for others: where its answers are sent to.
/// Nothing when it tracks no such flow. Throws Error.
std::optional<IpAddress> source_behind(const IpAddress& source, std::uint16_t source_port,
                                       const IpAddress& destination, std::uint16_t destination_port);

} // namespace uplink
