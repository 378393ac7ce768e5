// SPDX-License-Identifier: GPL-2.0-or-later
// The addresses that an interface has, of either family, and what each is good for.
#pragma once

#include "core/ip.h"

#include <optional>
#include <vector>

namespace uplink
{

/// As the kernel lists it; the IPv6 states are those of RFC 4862.
struct LinkAddress {
    unsigned ifindex = 0;
    IpAddress address;
    unsigned prefix_length = 0;
    bool global = false;    ///< of scope global, which unique local ones (fd00::/8) are too
    bool tentative = false; ///< nobody may use it yet: the kernel asks whether somebody else has it
    bool failed = false;    ///< somebody else has it
    bool temporary = false; ///< a privacy address of RFC 8981, which another one takes the place of
    bool lasting = false;   ///< no router or server gave it for a time
    auto operator<=>(const LinkAddress&) const = default;
};

/// Whether a bridge that has it serves its network: tentative ones count, since the addresses of a bridge
/// stay so until its first port is up, and deprecated ones, whose network is still in use.
bool serves_network(const LinkAddress& address);

/// The first address of that family that others can reach for as long as the interface has it; nothing when
/// there is none (yet).
std::optional<IpAddress> reachable_address(const std::vector<LinkAddress>& addresses, bool ipv6);

} // namespace uplink
