// SPDX-License-Identifier: GPL-2.0-or-later
// What a move does for as long as containers run, said for good: a bridge with the NIC as its port, in the
// words of netplan, systemd-networkd and ifupdown.
#pragma once

#include "core/nic_config.h"

#include <string>
#include <vector>

namespace uplink
{

/// A route in the words of ip(8); empty where it says nothing.
struct PersistentRoute {
    bool ipv6 = false;
    std::string to; ///< "10.20.0.0/16", "default"
    std::string via;
    std::string source;
    std::string metric;
    std::string table;
    std::string scope;
    std::string mtu;
    bool on_link = false;
    bool operator==(const PersistentRoute&) const = default;
};

struct PersistentAddress {
    std::string interface; ///< with prefix length
    std::string label;     ///< "br0:1"; empty: none
    bool operator==(const PersistentAddress&) const = default;
};

struct PersistentBridge {
    std::string name;
    std::string nic;
    std::string mac;
    unsigned mtu = 0;
    bool dhcp4 = false;
    bool dhcp6 = false;
    bool advertised = false;                  ///< IPv6 by router advertisements
    std::vector<PersistentAddress> addresses; ///< those of IPv4 and of IPv6
    std::vector<PersistentRoute> routes;
    std::vector<std::string> commands;   ///< of ip(8): what the addresses and routes above leave out, and the
                                         ///< routes themselves
    std::vector<std::string> not_common; ///< those of them that only ifupdown can be told
    bool operator==(const PersistentBridge&) const = default;
};

/// The bridge `name` in the place of the NIC that has `config`. What DHCP and router advertisements gave it
/// they will give the bridge, whose MAC address is the NIC's; what the kernel makes itself is left to it.
/// Throws Error for what only works on the NIC.
PersistentBridge persistent_bridge(const NicConfig& config, const std::string& nic, const std::string& name,
                                   const std::string& mac, unsigned mtu);

/// The files, each with a comment of where it belongs.
std::string netplan_of(const PersistentBridge& bridge);
std::string networkd_of(const PersistentBridge& bridge);
std::string ifupdown_of(const PersistentBridge& bridge);

} // namespace uplink
