// SPDX-License-Identifier: GPL-2.0-or-later
// All that the kernel keeps for one interface: addresses, neighbours, nexthops, routes, rules and settings,
// as values that can be put on another interface.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace uplink
{

/// One thing that the kernel keeps for an interface.
///
/// A copy of an advertised default route has a metric of 1 more. Where one that somebody else made is as the
/// kernel's own would be, it makes none, and disregards the rest of the advertisement too: addresses are not
/// prolonged (ndisc_router_discovery() in the kernel's net/ipv6/ndisc.c).
struct KernelObject {
    enum class Kind { address, neighbour, nexthop, route, rule };

    Kind kind = Kind::address;
    bool ipv6 = false;
    std::string interface; ///< where it was found: its name, and its ifindex
    unsigned ifindex = 0;
    std::string identity; ///< equal for the same thing on another interface, whatever its flags and lifetime
    std::string message;  ///< the netlink message that the kernel lists it with, header included
    std::string words;    ///< as ip(8) takes it, with % where the interface's name belongs

    bool lasting = true;             ///< address: no lifetime, whoever set it
    bool unrouted_peer = false;      ///< IPv6 address: has a peer, and no route to the peer's network
    bool permanent = false;          ///< neighbour: set by hand, never expires
    bool comes_with_address = false; ///< route: the kernel makes it when it gets the address
    bool via_gateway = false;        ///< route: needs another one, which leads to the gateway
    bool advertised = false;         ///< IPv6 default route: the kernel made it from an advertisement
    bool replaced = false; ///< adding it elsewhere takes it from where it was: nexthops and the like
    bool first = true; ///< route: before all others of its table, prefix, TOS and metric, so that it is used

    bool contested = false; ///< route: there are others of its table, prefix, TOS and metric
    bool carriable = true;  ///< route: of a type that is known to be of use on another interface
    bool operator==(const KernelObject&) const = default;
};

struct NicConfig {
    std::vector<KernelObject> objects; ///< each kind in the kernel's own order
    /// Settings by their path below /proc/sys/net, with % for the interface: "ipv4/conf/%/rp_filter".
    std::map<std::string, std::string> settings;
    bool operator==(const NicConfig&) const = default;
};

} // namespace uplink
