// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel tells of one packet that was sent to try, and what that adds to a judgement of such
// packets.
#pragma once

#include "core/judge.h"

#include <cstddef>
#include <optional>
#include <string>

namespace uplink
{

/// Where nf_tables dropped it.
struct TracedDrop {
    std::string family;
    std::string table;
    std::string chain;
    std::optional<std::size_t> position; ///< of the rule in its chain, from 0
    std::string text;                    ///< the rule as nft prints it, or "policy drop"
    bool operator==(const TracedDrop&) const = default;
};

/// Legacy tables tell nothing: a packet that vanishes while nf_tables has not dropped it was dropped there.
struct PacketTrace {
    bool seen = false;    ///< on this host at all
    bool arrived = false; ///< behind the last chain
    std::optional<TracedDrop> drop;
    bool operator==(const PacketTrace&) const = default;
};

/// `judgement`, which cannot tell, settled by the trace of such a packet where that can.
Judgement settled(const Judgement& judgement, const HostFirewall& firewall, const PacketTrace& trace);

} // namespace uplink
