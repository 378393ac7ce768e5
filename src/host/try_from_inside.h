// SPDX-License-Identifier: GPL-2.0-or-later
// Small packets that are sent from within a container, to see what comes of them.
#pragma once

#include "core/ip.h"
#include "core/rule.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace uplink
{

/// The name servers of the container's /etc/resolv.conf, but for those on its own loopback addresses.
std::vector<IpAddress> name_servers_of(pid_t init);

/// Whether a name server answers a question (for the name servers of the root, twice within two seconds) that
/// is sent from within the container.
bool answers_questions(pid_t init, const IpAddress& server);

/// Sends an empty datagram from within the container to port 9 (discard, RFC 863) of `destination`, and looks
/// in the host's connection tracking for the source that it left with; nothing when that has no such flow.
/// Throws Error.
std::optional<IpAddress> source_outside(pid_t init, const IpAddress& source, const IpAddress& destination);

/// Whether a program inside listens at the port on that address.
bool is_served_inside(pid_t init, Protocol protocol, const IpAddress& address, const PortRange& ports);

} // namespace uplink
