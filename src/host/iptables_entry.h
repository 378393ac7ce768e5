// SPDX-License-Identifier: GPL-2.0-or-later
// Single rules in the binary form of the legacy tables (linux/netfilter_ipv4/ip_tables.h): an entry, its
// matches and its target in one buffer, each part aligned with XT_ALIGN. Addresses in network byte order.
#pragma once

#include "core/masquerade.h"

#include <cstdint>
#include <libiptc/libiptc.h>
#include <optional>
#include <string>
#include <vector>

namespace uplink
{

/// A buffer that holds one ipt_entry, aligned as the kernel wants it.
class Entry
{
  public:
    explicit Entry(std::size_t bytes) : words_((bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t)) {}

    ipt_entry* get() { return reinterpret_cast<ipt_entry*>(words_.data()); }
    [[nodiscard]] const ipt_entry* get() const { return reinterpret_cast<const ipt_entry*>(words_.data()); }

  private:
    std::vector<std::uint64_t> words_;
};

/// -s SOURCE ! -d INSIDE [-o OUT] -m comment --comment TAG -j MASQUERADE
Entry masquerade_entry(const MasqueradeRule& rule);

/// [-s SOURCE] [-d DESTINATION] [-m comment --comment COMMENT] -j TARGET, a chain or a verdict; /0 matches
/// all.
Entry jump_entry(const IpNetwork& source, const IpNetwork& destination, const std::string& comment,
                 const std::string& target);

/// The comment of an entry; empty when it has none.
std::string comment_of(const ipt_entry* entry);

/// The rule that an entry with target `target` stands for; nothing when it is no masquerade rule with a
/// comment.
std::optional<MasqueradeRule> rule_of(const ipt_entry* entry, const std::string& target);

} // namespace uplink
