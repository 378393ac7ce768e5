// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/link_address.h"

#include <algorithm>

namespace uplink
{

namespace
{

/// RFC 3927: what hosts give themselves where no DHCP server answers, of scope global for some clients.
bool is_makeshift(const IpAddress& address)
{
    constexpr unsigned prefix_length = 16;
    return contains(IpNetwork(IpAddress(Ipv4Address{0xa9fe0000}), prefix_length), address);
}

} // namespace

bool serves_network(const LinkAddress& address)
{
    return address.global && !address.failed && !address.temporary;
}

std::optional<IpAddress> reachable_address(const std::vector<LinkAddress>& addresses, bool ipv6)
{
    const auto found = std::find_if(addresses.begin(), addresses.end(), [&](const LinkAddress& one) {
        return one.address.ipv6 == ipv6 && one.global && !one.tentative && !one.failed && !one.temporary &&
               !is_makeshift(one.address);
    });
    return found == addresses.end() ? std::nullopt : std::optional(found->address);
}

} // namespace uplink
