// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a socket of the host's and a published port want the same packets.
#pragma once

#include "core/ip.h"
#include "core/rule.h"

#include <cstdint>
#include <optional>

namespace uplink
{

/// Where a socket waits for packets.
struct ListeningSocket {
    IpAddress address; ///< 0.0.0.0 or ::, all zeros: any
    std::uint16_t port = 0;
    bool ipv6_only = false; ///< one at :: that takes no IPv4 (IPV6_V6ONLY)
};

/// Whether it takes packets that are sent to `address` at one of `ports`. 0.0.0.0 and :: stand for all of
/// the host's addresses of that family, its loopback addresses included, and nothing for those of both.
bool takes_packets_for(const ListeningSocket& socket, const std::optional<IpAddress>& address,
                       const PortRange& ports);

} // namespace uplink
