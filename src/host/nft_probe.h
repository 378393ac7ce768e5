// SPDX-License-Identifier: GPL-2.0-or-later
// Whether anybody but this program has something in nf_tables: by netlink alone, since libnftables would read
// it all.
#pragma once

namespace uplink
{

/// Whether a table of any family holds a rule, or a chain with a policy other than accept, of others: tables
/// named lxc-uplink* or lxc_uplink* are ours. Reads up to the first. Loads no module. Throws Error.
bool others_use_nftables();

} // namespace uplink
