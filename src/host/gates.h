// SPDX-License-Identifier: GPL-2.0-or-later
// Which firewalls of others are in force on this host, as far as there is a place in them to be opened.
#pragma once

#include "core/host_state.h"
#include "core/link.h"
#include "host/firewalld.h"

#include <set>
#include <vector>

namespace uplink
{

/// By the chains that Docker and ufw keep in table filter, legacy or of iptables-nft, and by firewalld's own
/// table where it answers on D-Bus. Instantiates no table. Throws Error.
std::vector<Gate> gates_of_host(FirewalldFirewall& firewalld);

/// The servers of DHCP (67), DHCPv6 (547) and DNS (53) that hear the bridge; tagged as what its containers
/// share.
std::vector<ServiceOpening> services_for(const Link& bridge);

/// The families (IPv6: true) whose bridged frames the kernel shows to iptables: net.bridge.bridge-nf-call-*.
std::set<bool> families_filtered_on_bridges();

} // namespace uplink
