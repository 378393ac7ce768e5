// SPDX-License-Identifier: GPL-2.0-or-later
// The networks of the bridges of mode nat, as they are or as they will be; for the planning of mode nat
// alone.
#pragma once

#include "core/host_state.h"
#include "core/ip.h"
#include "core/spec.h"

#include <vector>

namespace uplink
{

/// "lxc.net.0.link", for the messages.
std::string key(const NicSpec& nic, const char* suffix = "");

const Link* find_link(const HostState& state, const std::string& name);

/// The addresses that the bridge of `nic` is to have by option bridge-address.
std::vector<IpInterface> asked_addresses(const NicSpec& nic, const ContainerSpec& spec);

/// The addresses of the bridge, of both families, but for IPv6 ones of the link alone.
std::vector<IpInterface> addresses_of_bridge(const NicSpec& nic, const ContainerSpec& spec,
                                             const HostState& state);

/// Its networks, of the family asked for.
std::vector<IpNetwork> networks_of_bridge(const NicSpec& nic, const ContainerSpec& spec,
                                          const HostState& state, bool ipv6);

/// The one that contains the address; nothing when none does.
std::optional<IpNetwork> network_with(const std::vector<IpNetwork>& networks, const IpAddress& address);

/// The static addresses of a NIC, of the family asked for.
std::vector<IpInterface> static_addresses(const NicSpec& nic, bool ipv6);

/// Whether IPv6 is served on this NIC: as asked, or where its bridge has an address that others can reach.
bool serves_ipv6(const NicSpec& nic, const ContainerSpec& spec, const HostState& state);

} // namespace uplink
