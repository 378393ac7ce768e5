// SPDX-License-Identifier: GPL-2.0-or-later
// The part of a container's LXC configuration that this program reads.
#pragma once

#include "core/address.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

/// One lxc.net.N.
struct ContainerNic {
    unsigned index = 0; ///< N
    std::string type;
    bool routed = false;      ///< lxc.net.N.veth.mode = router: LXC routes it over its link, without a bridge
    std::string link;         ///< empty when the configuration names none
    std::string macvlan_mode; ///< lxc.net.N.macvlan.mode; LXC says "private" when the configuration does not
    std::string pair;         ///< lxc.net.N.veth.pair, the host end's name; empty when LXC chooses it
    std::vector<Ipv4Interface> addresses;
    bool has_gateway = false;           ///< lxc.net.N.ipv4.gateway, whatever its value
    std::optional<Ipv4Address> gateway; ///< where that is an address
    std::vector<Ipv6Interface> ipv6_addresses;
    bool has_ipv6_gateway = false;
    std::optional<unsigned> mtu; ///< bytes
};

struct ContainerConfig {
    std::vector<ContainerNic> nics;           ///< sorted by index
    std::vector<std::string> pre_start_lines; ///< lxc.hook.pre-start
    std::string shares_network_of;            ///< lxc.namespace.share.net; then LXC makes no NICs
    std::vector<std::string> start_host_lines;
    std::vector<std::string> post_stop_lines;
};

/// Reads an LXC configuration file; throws Error.
using ConfigReader = ContainerConfig (*)(const std::string& path);

} // namespace uplink
