// SPDX-License-Identifier: GPL-2.0-or-later
// What a host's firewalls do to a packet, as far as it can be told without sending one. Their own questions
// (a rate, a set that others fill) stay open, and matter only where the fate depends on the answer.
#pragma once

#include "core/firewall_model.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

enum class Fate { passes, dropped, cannot_tell };

/// Where in which firewall.
struct FirewallPlace {
    FirewallFlavour flavour = FirewallFlavour::nft;
    std::string family;
    std::string table;
    std::string chain;
    std::string rule; ///< as its owner's tool prints it, or "policy drop"
    bool operator==(const FirewallPlace&) const = default;
};

struct Judgement {
    Fate fate = Fate::passes;
    std::optional<FirewallPlace> dropped_by;
    std::vector<FirewallPlace> unjudged; ///< when it cannot be told: the rules that it depends on
    std::vector<FirewallPlace> may_drop; ///< then: what would drop it, as it comes to it on its way
    bool operator==(const Judgement&) const = default;
};

/// Takes the packet through the hooks in order, and at each through the base chains by their priority: an
/// accept ends only its own, a drop is final. Chains of family bridge see what comes by a port of a bridge:
/// where `in_port` is not known of a packet that is not bridged they are left out.
Judgement judge(const FirewallPacket& packet, const HostFirewall& firewall);

/// "iptables-legacy, table ip filter, chain FORWARD: policy drop"
std::string to_string(const FirewallPlace& place);

} // namespace uplink
