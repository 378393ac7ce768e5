// SPDX-License-Identifier: GPL-2.0-or-later
// What one container is to get: its configuration and its options, put together and checked against each
// other.
#pragma once

#include "core/container_config.h"
#include "core/identity.h"
#include "core/options.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

/// A NIC that is served.
struct NicSpec {
    unsigned index = 0;    ///< N of lxc.net.N
    unsigned position = 0; ///< it is the k-th veth of the container, counted from 0
    std::string bridge;
    bool linked = false; ///< LXC itself makes the host end a port of the bridge (lxc.net.N.link)
    std::string pair;
    std::vector<Ipv4Interface> addresses;
    bool has_gateway = false;
    std::vector<Ipv6Interface> ipv6_addresses;
    bool has_ipv6_gateway = false;
    std::optional<unsigned> mtu; ///< bytes; as lxc.net.N.mtu says
    bool addressed = true;       ///< the spec's bridge addresses are for its bridge
    std::optional<Ipv4Address> gateway;
    bool operator==(const NicSpec&) const = default;
};

/// A NIC that LXC makes upon one of the host's, without a bridge.
struct MacvlanSpec {
    unsigned index = 0; ///< N of lxc.net.N
    std::string link;   ///< the host's NIC
    std::string mode;   ///< "bridge" or "vepa"
    std::vector<Ipv4Interface> addresses;
    bool has_gateway = false;
    bool operator==(const MacvlanSpec&) const = default;
};

struct ContainerSpec {
    ContainerId container;
    Mode mode = Mode::nat;
    std::vector<NicSpec> nics;
    std::vector<MacvlanSpec> macvlans; ///< in mode direct alone; in the others they are left to LXC
    unsigned veth_count = 0;           ///< veth NICs of the container, served or not
    std::vector<Ipv4Interface> bridge_ipv4;
    std::vector<Ipv6Interface> bridge_ipv6;
    std::string uplink; ///< empty: any way out; "auto": the default route's NIC
    std::optional<BridgeType> bridge_type;
    bool dhcp_guard = false;
    unsigned confirm_timeout = 10; ///< seconds
    bool hairpin = false;
    bool isolate = false;
    std::optional<Engine> firewall; ///< nothing: what the host uses
    std::optional<bool> ipv6;       ///< nothing: where the bridge has a global or ULA address
    std::vector<Publication> publish;
    Inbound inbound = Inbound::published;
    std::vector<IpAddress> snat_to; ///< one of each family at most
    std::optional<PortRange> masquerade_ports;
    bool random_fully = false;
    bool coexist = true; ///< what others' firewalls drop of it is opened there

    bool has_other_gateway = false; ///< of a NIC that is not served
    bool has_other_ipv6_gateway = false;
    bool bridge_address_is_default = false; ///< no bridge that is there must have it

    [[nodiscard]] bool makes_bridge_of(const NicSpec& nic) const
    {
        return nic.addressed && !(bridge_ipv4.empty() && bridge_ipv6.empty());
    }
    /// Whether the bridge of its veths needs an uplink, which may have to be moved.
    [[nodiscard]] bool has_uplink() const { return mode == Mode::direct && !nics.empty(); }
    bool operator==(const ContainerSpec&) const = default;
};

/// Throws Error when the options and the configuration cannot be served together.
ContainerSpec make_spec(const ContainerId& container, const Options& options, const ContainerConfig& config);

/// Why `name` cannot name an interface; nothing when it can. Source: dev_valid_name() in Linux,
/// net/core/dev.c.
std::optional<std::string> fault_of_interface_name(const std::string& name);

} // namespace uplink
