// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of a NIC that is to become the uplink of a bridge, of that bridge, and of the programs that
// look after them.
#pragma once

#include "core/link.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

/// A program that runs on the host, and what tells it from others of its name: "pid 812", a file of its.
struct Program {
    std::string name;
    std::string note; ///< empty when nothing is known
    bool operator==(const Program&) const = default;
};

/// "dnsmasq (pid 812)"
std::string to_string(const Program& program);

/// A link above another one: the bridge or bond that it belongs to, or a VLAN that it carries.
struct UpperLink {
    std::string name;
    std::string kind; ///< the kernel's IFLA_INFO_KIND: "bridge", "vlan"
    bool operator==(const UpperLink&) const = default;
};

inline constexpr unsigned ethernet_type = 1;   ///< ARPHRD_ETHER in linux/if_arp.h
inline constexpr unsigned loopback_type = 772; ///< ARPHRD_LOOPBACK

struct NicState : Link {                ///< ifindex 0: it is missing; name empty: no default route names one
    unsigned link_type = ethernet_type; ///< ARPHRD_* in linux/if_arp.h
    bool wifi = false;
    bool carrier = false;
    std::optional<UpperLink> master; ///< what it belongs to: a bridge, bond, team, VRF
    std::string ovs_bridge; ///< the Open vSwitch bridge that it is a port of; for the caller to fill in
    std::vector<UpperLink> children; ///< VLANs, macvlans and the like upon it, in this network namespace
    std::vector<Program> managers;   ///< what gives it its addresses, and would give them back
};

struct BridgeState : Link {   ///< ifindex 0: it is missing
    bool openvswitch = false; ///< for the caller to fill in
    bool of_lxc_net = false;  ///< lxc-net runs it, or is to run it
    bool spanning_tree = false;
    bool vlan_filtering = false;
    std::vector<std::string>
        uplinks; ///< ports that lead out: physical NICs, bonds, teams, VLANs; the caller may add others
    std::optional<Program> dhcp_server; ///< listens on it
    std::string networkd_state; ///< systemd-networkd's ADMIN_STATE, "configured"; empty where it does not run
};

struct UplinkState {
    NicState nic;
    BridgeState bridge;
};

} // namespace uplink
