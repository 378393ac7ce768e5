// SPDX-License-Identifier: GPL-2.0-or-later
// What may become of a packet in one base chain and all that it leads to.
#pragma once

#include "core/judge.h"

#include <tuple>

namespace uplink
{

/// What may become of a packet in a chain, from some rule on. More than one may where a rule cannot be
/// judged.
struct ChainOutcome {
    bool accepts = false;
    bool leaves = false; ///< at the end, or by a return
    std::optional<FirewallPlace> drop;
    std::vector<FirewallPlace> unjudged;

    [[nodiscard]] std::tuple<bool, bool, bool> fates() const { return {accepts, leaves, drop.has_value()}; }
    [[nodiscard]] bool certain() const { return accepts + leaves + drop.has_value() == 1; }
};

/// Of `packet` as it is at the hook of `base`, at the end of which its policy decides.
ChainOutcome outcome_of_base_chain(const FirewallChain& base, const HostFirewall& firewall,
                                   const FirewallPacket& packet);

} // namespace uplink
