// SPDX-License-Identifier: GPL-2.0-or-later
// Single rules in the binary form of the legacy tables (linux/netfilter_ipv4/ip_tables.h and its like of
// IPv6): an entry, its matches and its target in one buffer, each part aligned with XT_ALIGN. Revisions and
// contents are those that iptables(8) itself writes, or it could not show them.
#pragma once

#include "core/iptables_rules.h"
#include "host/iptables_family.h"

#include <cstdint>
#include <string>
#include <vector>

namespace uplink
{

/// A buffer that holds one entry, aligned as the kernel wants it.
template<typename Family>
class BuiltEntry
{
  public:
    /// libiptc looks the target up among verdicts and chains, and makes the standard target of it.
    explicit BuiltEntry(const IptablesRule& rule);

    using Entry = typename Family::Entry;
    [[nodiscard]] const Entry* get() const { return reinterpret_cast<const Entry*>(bytes_.data()); }

  private:
    std::vector<std::uint8_t> bytes_; ///< operator new aligns them for anything
};

/// The comment of an entry; empty when it has none.
template<typename Entry>
std::string comment_of(const Entry* entry);

/// Whether the kernel's entry, whose target libiptc calls `target`, is the one that we have built: counters
/// and what only the kernel writes left aside.
template<typename Family>
bool is_same(const typename Family::Entry* kernels, const std::string& target,
             const BuiltEntry<Family>& built);

} // namespace uplink
