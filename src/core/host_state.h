// SPDX-License-Identifier: GPL-2.0-or-later
// What the host is like, as far as one container's plan depends on it.
#pragma once

#include "core/address.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace uplink
{

/// A network interface of the host.
struct Link {
    unsigned ifindex = 0;
    std::string name;
    std::string kind;    ///< the kernel's IFLA_INFO_KIND ("bridge", "veth"); empty for a physical device
    std::string alias;   ///< IFLA_IFALIAS
    std::string mac;     ///< "02:00:00:00:00:01"; empty for what has none
    unsigned mtu = 0;    ///< bytes
    unsigned master = 0; ///< ifindex of the bridge that it is a port of; 0 when of none
    unsigned peer = 0;   ///< ifindex of a veth's other end, as its own namespace numbers it; 0 when unknown
    int peer_namespace =
        -1; ///< the id that this namespace has for that of the other end; -1 when it is the same one
    bool up = false;
    std::vector<Ipv4Interface> addresses;
};

/// The alias that marks a bridge as made by this program.
inline constexpr const char* bridge_alias = "lxc-uplink";

struct HostState {
    std::map<std::string, Link> links;             ///< those the spec names, by name, where they exist
    std::optional<std::string> default_route_link; ///< NIC of the IPv4 default route
    bool forwarding = false;                       ///< net.ipv4.ip_forward
    std::uint64_t network_namespace = 0;           ///< inode of /proc/self/ns/net
    /// All IPv4 addresses of the host but the loopback's, with their links; read only where a bridge is to be
    /// made.
    std::vector<std::pair<std::string, Ipv4Interface>> other_addresses;
    std::uint64_t mac_seed = 0; ///< differs between hosts; equal for one host until it reboots
};

using Keys = std::set<std::string>;

} // namespace uplink
