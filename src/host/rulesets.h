// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of all firewalls in this network namespace, as their own tools print them. Reading makes no
// table: a legacy one is only asked for where the kernel lists it already.
#pragma once

#include "core/firewall_model.h"

namespace uplink
{

/// Legacy tables, tables of iptables-nft, and all others of nf_tables but of family netdev and arp. A table
/// that cannot be read comes as chains at every hook of which nothing can be told, and the reason as their
/// rule. Throws Error where nf_tables as a whole cannot be read.
HostFirewall read_host_firewall();

} // namespace uplink
