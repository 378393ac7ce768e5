// SPDX-License-Identifier: GPL-2.0-or-later
// The kinds of things that this program puts into the kernel, as plain values. A new kind is one struct here
// and one arm wherever the compiler then complains.
#pragma once

#include "core/address.h"
#include "core/nic_config.h"
#include "core/rule.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace uplink
{

enum class BridgeType { linux_bridge, openvswitch };

std::string to_string(BridgeType type);

/// A bridge that is made because it was missing. Shared by the containers that name it.
struct Bridge {
    std::string name;
    std::string
        mac; ///< "02:00:00:00:00:01"; fixed, since a bridge else takes the lowest address of its ports
    std::vector<Ipv4Interface> ipv4;
    std::vector<Ipv6Interface> ipv6; ///< set without duplicate address detection, so that they serve at once
    bool kept = false;               ///< it is there already, made for an earlier container
    BridgeType type = BridgeType::linux_bridge;
    unsigned mtu = 0; ///< bytes; 0: the kernel's default, or that of its ports
    bool operator==(const Bridge&) const = default;
};

/// net.ipv4.ip_forward = 1. Never undone: others come to rely on it, and turning it off wipes per-interface
/// settings.
struct Ipv4Forwarding {
    bool operator==(const Ipv4Forwarding&) const = default;
};

/// net.ipv6.conf.all.forwarding = 1. Never undone, as above.
///
/// With it the kernel disregards router advertisements on interfaces whose accept_ra is 1
/// (ipv6_accept_ra() in the kernel's include/net/ipv6.h): those of `advertised`, from which the host learns
/// routes, get accept_ra = 2 before, which stays as long as forwarding does.
struct Ipv6Forwarding {
    std::vector<std::string> advertised;
    bool operator==(const Ipv6Forwarding&) const = default;
};

/// net.ipv4.conf.BRIDGE.route_localnet = 1, without which the host's loopback address cannot lead into a
/// container. Shared by the containers on the bridge that publish ports.
struct RouteLocalnet {
    std::string bridge;
    bool operator==(const RouteLocalnet&) const = default;
};

/// All rules with one tag, whatever they are: to remove what a lost record said, in both engines.
struct TaggedRules {
    std::string tag;
    bool operator==(const TaggedRules&) const = default;
};

/// The host end of a container's veth as a port of a bridge, with the port's flags.
struct BridgePort {
    unsigned nic = 0;      ///< N of lxc.net.N
    unsigned position = 0; ///< it is the k-th veth of the container, counted from 0
    std::string port;      ///< name of the host end; empty until the container's network exists
    unsigned ifindex = 0;  ///< of the host end, since its name may come back; 0 as long as it is not known
    std::string bridge;
    bool linked = false;         ///< LXC has made it a port: check it, do not add it
    bool hairpin = false;        ///< frames may leave through the port that they came in by
    bool isolate = false;        ///< no frames to or from other isolated ports
    std::optional<unsigned> mtu; ///< bytes, when the configuration says it; else the bridge's
    BridgeType type = BridgeType::linux_bridge;
    bool operator==(const BridgePort&) const = default;
};

/// The host's NIC as a port of the bridge, with all that the host had on the NIC moved to the bridge. Shared
/// by the containers that go out by it.
struct UplinkMove {
    std::string nic;
    std::string bridge;
    BridgeType type = BridgeType::linux_bridge;
    bool kept = false; ///< it has been moved already, for an earlier container
    bool new_mac =
        false; ///< the host's addresses are found under the bridge's MAC address then, not the NIC's
    unsigned confirm_timeout = 0; ///< seconds in which a gateway that answered before must answer again
    NicConfig was;                ///< what the NIC has before the move
    NicConfig before;             ///< what the bridge has before the move
    bool operator==(const UplinkMove&) const = default;
};

/// A container's NIC that LXC has made upon the host's: checked, and never changed.
struct Macvlan {
    unsigned nic = 0; ///< N of lxc.net.N
    std::string link; ///< the host's NIC
    std::string mode; ///< "bridge" or "vepa"
    bool operator==(const Macvlan&) const = default;
};

/// Servers of addresses on the container side (DHCP, DHCPv6, router advertisements) are not heard beyond the
/// uplink. Shared by the containers that go out by it.
struct DhcpGuard {
    std::string nic;
    std::string bridge; ///< empty: the NIC is no port, and the guard is for the macvlans upon it
    BridgeType type = BridgeType::linux_bridge;
    std::string mac; ///< of a NIC that is no port, by which the host's own server is known, and spared
    bool operator==(const DhcpGuard&) const = default;
};

using Resource = std::variant<Bridge, Ipv4Forwarding, Ipv6Forwarding, RouteLocalnet, RuleSet, TaggedRules,
                              BridgePort, Macvlan, DhcpGuard, UplinkMove>;

/// For std::visit with a set of lambdas.
template<typename... Arms>
struct overloaded : Arms... {
    using Arms::operator()...;
};
template<typename... Arms>
overloaded(Arms...) -> overloaded<Arms...>;

} // namespace uplink
