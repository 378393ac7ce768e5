// SPDX-License-Identifier: GPL-2.0-or-later
// What the host is like, as far as one container's plan depends on it.
#pragma once

#include "core/address.h"
#include "core/link.h"
#include "core/nic_config.h"
#include "core/uplink_state.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace uplink
{

/// What direct mode depends on.
struct DirectState {
    UplinkState found;
    std::optional<std::string> moved_to; ///< the bridge that this program has made the NIC a port of already
    NicConfig was;                       ///< what the NIC has, and the bridge has, as long as that is not so
    NicConfig before;
    std::string gateway; ///< the LAN's, where the host has a default route; else empty
};

using Keys = std::set<std::string>;

struct HostState {
    std::map<std::string, Link> links;             ///< those the spec names, by name, where they exist
    std::optional<std::string> default_route_link; ///< NIC of the IPv4 default route
    bool forwarding = false;                       ///< net.ipv4.ip_forward
    bool ipv6_forwarding = false;                  ///< net.ipv6.conf.all.forwarding
    std::vector<std::string> advertised; ///< interfaces whose routers the host would disregard once it
                                         ///< forwards IPv6; read as long as it does not
    std::uint64_t network_namespace = 0; ///< inode of /proc/self/ns/net
    /// All IPv4 addresses of the host but the loopback's, with their links; read only where a bridge is to be
    /// made.
    std::vector<std::pair<std::string, Ipv4Interface>> other_addresses;
    std::optional<DirectState> direct; ///< read for mode direct alone
    std::uint64_t mac_seed = 0;        ///< differs between hosts; equal for one host until it reboots
};

} // namespace uplink
