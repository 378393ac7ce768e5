// SPDX-License-Identifier: GPL-2.0-or-later
// Getting along with other people's firewalls. A packet that one of them drops is lost whatever our own
// tables say, so the way is opened in the place that each keeps for that, and closed with the container.
#pragma once

#include "core/plan.h"

#include <string>
#include <vector>

namespace uplink
{

/// What opens the gates of the host for a container: a step for each gate that has anything to open. `tag`
/// marks the container's own rules. firewalld's have no tags: the containers hold them by name, as what they
/// share; what somebody else has bound to a zone stays there.
Plan plan_openings(const ContainerSpec& spec, const HostState& state, const std::string& tag);

/// What stays closed for a container, and why; a sentence each.
std::vector<std::string> notices_of_gates(const ContainerSpec& spec, const HostState& state);

/// Whether the gate of an opening is among those that are there; true for other rules.
bool has_its_gate(const Rule& rule, Engine engine, const std::vector<Gate>& gates);

/// In words: "Docker's firewall".
std::string name_of(Gatekeeper gatekeeper);

/// Of firewalld: the zone of what may go everywhere, and what is bound to a zone: an address ("10.0.3.10"),
/// or where that is not known an interface. Of bridged frames it lets through what stays within one zone, but
/// for interfaces that are in it by its being the default alone.
inline constexpr const char* open_zone = "trusted";
struct ZoneMember {
    bool is_interface = false;
    std::string name;
    bool operator==(const ZoneMember&) const = default;
};
ZoneMember zone_member(const ForwardOpening& opening);

/// What of a NIC may be bound: its bridge, and its static addresses.
std::vector<ZoneMember> zone_members(const NicSpec& nic);

/// The shell commands that bind to the zone and take from it.
std::vector<std::string> firewalld_commands(Action action, const std::vector<Rule>& rules);

} // namespace uplink
