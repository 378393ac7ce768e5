// SPDX-License-Identifier: GPL-2.0-or-later
// Whether anybody but this program has something in the kernel's legacy tables. These are read by
// getsockopt(), as libiptc reads them, but only those that somebody has made the kernel instantiate; the
// kernel hands a table out whole, so that no lock is needed.
#pragma once

#include <set>
#include <string>

namespace uplink
{

/// Whether this kernel has legacy tables of IPv4, in use or not. Those of a module that nobody has loaded do
/// not count: the kernel does not load it for a hook.
bool has_legacy_tables();

/// The chains of the legacy table filter that somebody has made; none where nobody uses the table. Throws
/// Error.
std::set<std::string> legacy_filter_chains(bool ipv6);

/// Whether an IPv4 or IPv6 table holds a rule, or a policy other than ACCEPT, of others: what is in chains
/// named LXC-UPLINK* and what jumps there is ours. Costs some 0.1 ms, and 2 to 3 µs for each rule. Throws
/// Error.
bool others_use_legacy_tables();

} // namespace uplink
