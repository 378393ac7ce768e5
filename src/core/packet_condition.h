// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a packet meets a condition of a rule, in three-valued logic.
#pragma once

#include "core/firewall_model.h"

namespace uplink
{

/// In this order "and" is the least, "or" the greatest.
enum class Truth { no, cannot_tell, yes };

/// `packet` with everything that is known at the hook, its mark included.
Truth truth_of(const PacketCondition& condition, const FirewallPacket& packet);

/// Of all conditions of the rule.
Truth truth_of(const FirewallRule& rule, const FirewallPacket& packet);

} // namespace uplink
