// SPDX-License-Identifier: GPL-2.0-or-later
// A network interface as a value.
#pragma once

#include "core/address.h"

#include <string>
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
    unsigned peer = 0; ///< ifindex of a veth's other end, or of the NIC that a macvlan is made on, as its own
                       ///< namespace numbers it; 0 when unknown
    int peer_namespace =
        -1; ///< the id that this namespace has for that of the other end; -1 when it is the same one
    std::string macvlan_mode; ///< "bridge", "vepa"; "other" for the rest, and empty for what is no macvlan
    bool up = false;
    bool carries =
        false; ///< it is running and packets that it is given are sent, which takes a moment after it is up
    // Of a port of a Linux bridge.
    bool forwards = false;
    bool hairpin = false;
    bool isolated = false;
    std::vector<Ipv4Interface> addresses;
    std::vector<Ipv6Interface> ipv6_addresses; ///< but those of the link
    bool route_localnet = false;               ///< net.ipv4.conf.NAME.route_localnet, or that of "all"
};

/// The alias that marks a bridge as made by this program.
inline constexpr const char* bridge_alias = "lxc-uplink";

} // namespace uplink
