// SPDX-License-Identifier: GPL-2.0-or-later
// Deciding which rules a container in mode nat needs.
#pragma once

#include "core/plan.h"

#include <string>
#include <vector>

namespace uplink
{

/// All of them, of both families. `tag` marks the container's own. Throws Error where there is nothing to
/// masquerade, or an option cannot be served.
std::vector<Rule> plan_rules(const ContainerSpec& spec, const HostState& state, const std::string& tag);

/// Adds the step without which published ports are not reached by the host's loopback address, where `rules`
/// publish some by it; not where somebody else has turned it on for the bridge.
void add_route_localnet(std::vector<Step>& plan, const ContainerSpec& spec, const HostState& state,
                        const std::vector<Rule>& rules);

/// Whether the host's loopback address leads into the container by one of them.
bool is_for_loopback(const PublishedPort& port);

/// The rules for the ports that a NIC of the spec publishes under `address`, which it may have learnt after
/// its start. `inside`: the network of its bridge.
std::vector<Rule> published_at(const ContainerSpec& spec, const NicSpec& nic, const IpAddress& address,
                               const IpNetwork& inside, const std::string& tag);

/// What is published by no static address, so that it must wait until the container has one; the families
/// (IPv4: false) of which an address is awaited.
std::vector<bool> awaited_families(const ContainerSpec& spec, const HostState& state);

/// The NIC whose addresses published ports lead to: the first one served.
const NicSpec& published_nic(const ContainerSpec& spec);

} // namespace uplink
