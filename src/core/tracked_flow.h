// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a flow that the kernel tracks goes to a published port.
#pragma once

#include "core/rule.h"

#include <cstdint>
#include <set>

namespace uplink
{

/// An entry of the kernel's connection tracking.
struct TrackedFlow {
    Protocol protocol = Protocol::tcp;
    IpAddress destination; ///< as its first packet came, before any DNAT
    std::uint16_t port = 0;
    IpAddress answerer; ///< where the answers come from: behind DNAT the container
    std::uint16_t answering_port = 0;
};

/// Whether it came to the port on one of `own`, the host's addresses, or on what was one when DNAT led it to
/// the container. A flow to the same port of somebody else's is none of ours.
bool came_by(const TrackedFlow& flow, const PublishedPort& published, const std::set<IpAddress>& own);

} // namespace uplink
