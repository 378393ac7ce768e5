// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of findings(): each looks at one thing on the way and adds what is wrong with it.
#pragma once

#include "core/check.h"

namespace uplink
{

using Findings = std::vector<Finding>;
using Look = void (*)(Findings&, const NicWay&);

/// "-n web1", for the programs of LXC; with "-P FOLDER" where the container is not where they look by
/// default.
std::string named(const NicWay& way);

/// Sets an option in the container's own file, and makes it valid.
std::string set_option(const NicWay& way, const std::string& name, const std::string& value);

/// What makes anew all that LXC makes at a start.
std::string restart(const NicWay& way);

/// A command in the container's network, by the host's programs, since the container's may know less, or
/// nothing of it.
std::string inside(const NicWay& way, const std::string& command);

/// But link-local ones of IPv6.
std::vector<IpInterface> addresses_of(const Hop& hop, bool ipv6);

/// The bridge's address in the container's network.
std::optional<IpInterface> near_end(const NicWay& way, bool ipv6 = false);

/// That there is none in the network of the container's address `theirs`, though the gateway that the
/// container has is the bridge's to have.
Finding no_near_end(const NicWay& way, const std::string& network, const IpInterface& theirs,
                    const std::optional<std::string>& gateway);

// Inside the container

void look_at_link_inside(Findings& found, const NicWay& way);
void look_at_addresses_of_the_host(Findings& found, const NicWay& way);
void look_at_addresses_inside(Findings& found, const NicWay& way);
void look_at_gateway_inside(Findings& found, const NicWay& way);
void look_at_ipv6_gateway_inside(Findings& found, const NicWay& way);
void look_at_answer_of_gateway(Findings& found, const NicWay& way);
void look_at_name_servers(Findings& found, const NicWay& way);
void look_at_published(Findings& found, const NicWay& way);

// On the host

void look_at_port(Findings& found, const NicWay& way);
void look_at_bridge(Findings& found, const NicWay& way);
void look_at_uplink(Findings& found, const NicWay& way);
void look_at_stray_uplinks(Findings& found, const NicWay& way);
void look_at_neighbour(Findings& found, const NicWay& way);
void look_at_forwarding(Findings& found, const NicWay& way);
void look_at_ipv6_forwarding(Findings& found, const NicWay& way);
void look_at_routes(Findings& found, const NicWay& way);
void look_at_drift(Findings& found, const NicWay& way);
void look_at_firewalls(Findings& found, const NicWay& way);
void look_at_sizes(Findings& found, const NicWay& way);
void look_at_sources(Findings& found, const NicWay& way);
void look_at_masquerading(Findings& found, const NicWay& way);

} // namespace uplink
