// SPDX-License-Identifier: GPL-2.0-or-later
// Deciding what to do: pure functions from what is asked and what the host is like to a list of steps, and
// back.
#pragma once

#include "core/host_state.h"
#include "core/resource.h"
#include "core/spec.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

enum class Action { add, remove };

struct Step {
    Action action = Action::add;
    Resource resource;
    bool operator==(const Step&) const = default;
};

using Plan = std::vector<Step>;

/// Bridges, forwarding and rules: all that can be there before the container's network is. `tag` marks the
/// container's own rules. Throws Error, in words for the administrator, when the host cannot serve the spec.
Plan plan_pre_start(const ContainerSpec& spec, const HostState& state, const std::string& tag);

/// The kernel's switches without which the rules of a plan are of no use, as steps that turn them on.
Plan switches_needed_by(const Plan& plan);

/// Bridge membership: what must wait for the container's NICs. `type` is that of the bridges.
Plan plan_start_host(const ContainerSpec& spec, BridgeType type = BridgeType::linux_bridge);

/// The way back from `done`, last step first, leaving alone what living containers besides this one hold.
Plan plan_post_stop(const Plan& done, const Keys& held_by_others);

/// The step that undoes `step`; nothing when there is nothing to undo or all of it is held by others.
std::optional<Step> inverse(const Step& step, const Keys& held_by_others);

/// The switches of the kernel that the plan turns on and that are left on, by their names for sysctl(8).
std::vector<std::string> switches_turned_on(const Plan& plan);

bool makes_bridge(const Plan& plan, const std::string& bridge);
bool turns_on_ipv6_forwarding(const Plan& plan);

/// The ports that the plan's rules publish.
std::vector<PublishedPort> published_ports(const Plan& plan);

/// Whether the step opens somebody else's firewall.
bool opens_a_gate(const Step& step);

/// What the administrator should know although it is no error, a sentence each. Of ports too that wait for an
/// address of the families `awaited` (IPv6: true; see awaited_families()).
std::vector<std::string> notices(const ContainerSpec& spec, const HostState& state,
                                 const std::vector<bool>& awaited = {});

} // namespace uplink
