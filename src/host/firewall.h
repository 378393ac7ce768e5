// SPDX-License-Identifier: GPL-2.0-or-later
// What this program asks of a firewall engine.
#pragma once

#include "core/resource.h"

#include <cstdint>
#include <vector>

namespace uplink
{

/// A rule of ours as it stands in the kernel.
struct OwnedRule {
    MasqueradeRule rule;
    std::uint64_t packets = 0; ///< first packets of flows, since only these pass the nat tables
    std::uint64_t bytes = 0;
    bool reached = true; ///< packets come to it: somebody may have deleted what leads there
};

class Firewall
{
  public:
    Firewall() = default;
    Firewall(const Firewall&) = delete;
    Firewall& operator=(const Firewall&) = delete;
    virtual ~Firewall() = default;

    /// Adds the rules that are not there yet, in one change. Throws Error with the bare reason.
    virtual void add(const Masquerade& masquerade) = 0;

    /// Removes those that are there, and the containers of rules that become empty, in one change. Throws
    /// Error.
    virtual void remove(const Masquerade& masquerade) = 0;

    /// All rules that carry a tag of ours. Throws Error.
    virtual std::vector<OwnedRule> owned() = 0;
};

} // namespace uplink
