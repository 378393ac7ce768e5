// SPDX-License-Identifier: GPL-2.0-or-later
// What `nft -j list ruleset` prints, read into core/firewall_model.h.
#pragma once

#include "core/firewall_model.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace uplink
{

/// A rule as `nft -a list` prints it.
struct ListedRule {
    std::uint64_t handle = 0;
    std::string text;
};

/// The rule in a line of that; nothing in one that begins a table, chain or set, or ends it.
std::optional<ListedRule> listed_rule(const std::string& line);

/// Family and name.
using NftTable = std::pair<std::string, std::string>;

/// The tables in that JSON that bear iptables' names and hold no rule that iptables cannot have written:
/// iptables-nft-save 1.8.9 prints one that looks into a set as if it were for all packets.
std::set<NftTable> iptables_nft_tables(const std::string& json);

/// Reads all tables but those that are `left_out`, since iptables-nft-save prints them: of these only the
/// base chains that iptables does not make, which it does not print. `listing` is what `nft -a -s list
/// ruleset` prints, from where rules have their text. What is not understood becomes a condition or a verdict
/// that cannot be told. Throws Error when `json` is not libnftables' own.
HostFirewall read_nft_ruleset(const std::string& json, const std::string& listing,
                              const std::set<NftTable>& left_out);

} // namespace uplink
