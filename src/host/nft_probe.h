// SPDX-License-Identifier: GPL-2.0-or-later
// Whether anybody, this program or another, has something in nf_tables: by netlink alone, since libnftables
// would read it all.
#pragma once

#include <string>

namespace uplink
{

/// Whether a table of any family holds a rule, or a chain with a policy other than accept, of others: tables
/// named lxc-uplink* or lxc_uplink* are ours. Reads up to the first. Loads no module. Throws Error.
bool others_use_nftables();

/// Whether nf_tables has this table, or this chain in table filter of iptables-nft. Loads no module. Throws
/// Error.
bool has_nft_table_of_firewalld();
bool has_nft_filter_chain(bool ipv6, const std::string& chain);

/// Whether there is any table of nf_tables, ours included. Likewise.
bool has_nftables_tables();

} // namespace uplink
