// SPDX-License-Identifier: GPL-2.0-or-later
// The command that lets a container's packets through where somebody's firewall drops them: by the owner's
// own means where he has any.
#pragma once

#include "core/coexist.h"
#include "core/judge.h"

#include <string>

namespace uplink
{

/// What is to be let through: a container's traffic out of its bridge and back, from port to port of the
/// bridge, or to a server of the host's.
struct BlockedWay {
    std::string bridge;
    IpAddress address;
    bool bridged = false;
    std::optional<ServiceOpening> service;
    std::optional<PublishedPort> published; ///< what is let in by a DNAT rule
    std::string zone;                       ///< of firewalld, that the NIC is in which leads to the LAN
};

/// For sh; both ways of a connection are opened where one of them is dropped.
std::string repair_for(const FirewallPlace& place, const HostFirewall& firewall, const BlockedWay& way);

/// For sh: deletes the rule at this place.
std::string deletion_of(const FirewallPlace& place, const HostFirewall& firewall);

} // namespace uplink
