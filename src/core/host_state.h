// SPDX-License-Identifier: GPL-2.0-or-later
// What the host is like, as far as one container's plan depends on it.
#pragma once

#include "core/address.h"
#include "core/link.h"
#include "core/nic_config.h"
#include "core/rule.h"
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

/// The NIC that macvlans are to be made on.
struct ParentState {
    NicState nic;
    std::string gateway; ///< the LAN's, where the host has a default route by it; else empty
};

using Keys = std::set<std::string>;

/// A place where somebody's firewall is opened.
struct Gate {
    Gatekeeper gatekeeper = Gatekeeper::docker;
    Engine engine = Engine::iptables; ///< who has the rules there
    bool ipv6 = false;
    auto operator<=>(const Gate&) const = default;
};

/// A socket of a program of the host's.
struct Listener {
    Protocol protocol = Protocol::tcp;
    std::optional<IpAddress> address; ///< nothing: any
    std::uint16_t port = 0;
    int pid = 0;         ///< 0 when it cannot be known
    std::string program; ///< its name; empty when it cannot be known
    bool operator==(const Listener&) const = default;
};

struct HostState {
    std::map<std::string, Link> links; ///< those the spec names, by name, where they exist
    /// NIC of the IPv4 default route; read only where option uplink says something.
    std::optional<std::string> default_route_link;
    bool forwarding = false;      ///< net.ipv4.ip_forward
    bool ipv6_forwarding = false; ///< net.ipv6.conf.all.forwarding
    /// NICs by whose router advertisements the host learns routes, unless it forwards.
    std::vector<std::string> advertised;
    Engine engine = Engine::iptables; ///< where rules are to be written
    std::vector<Gate> gates;          ///< of the firewalls that are in force
    /// Servers of the host's that hear the bridges; read only where there are gates.
    std::vector<ServiceOpening> services;
    /// Of firewalld, by bridge and by address of the container, where it was put into one.
    std::map<std::string, std::string> zones;
    std::string uplink_zone;        ///< of firewalld, that the uplink of mode direct is in
    std::set<bool> filters_bridged; ///< families (IPv6: true) whose frames br_netfilter shows to firewalls
    Keys shared_keys;               ///< of whatever containers share or claim, living or not
    /// Of the host; read only for mode direct, and where the spec publishes at an address or takes one as
    /// source.
    std::set<IpAddress> own_addresses;
    std::vector<Listener> listeners;     ///< those that stand in the way of the spec's published ports
    std::uint64_t network_namespace = 0; ///< inode of /proc/self/ns/net
    /// All addresses of the host but the loopback's and link-local ones, with their links; read only where a
    /// bridge is to be made.
    std::vector<std::pair<std::string, IpInterface>> other_addresses;
    std::optional<DirectState> direct;          ///< read for mode direct alone, for containers with a bridge
    std::map<std::string, ParentState> parents; ///< by the links of the spec's macvlans
    std::uint64_t mac_seed = 0; ///< differs between hosts; equal for one host until it reboots
};

} // namespace uplink
