// SPDX-License-Identifier: GPL-2.0-or-later
// How masquerade rules are laid out in the nat table, in words that every adapter and message shares.
//
//   POSTROUTING ─► LXC-UPLINK ─► LXC-UPLINK-10.0.3.0/24 ─► the containers of that /24
//
// A new flow walks the jumps and one sub-chain, so that its cost stays flat however many containers there
// are.
#pragma once

#include "core/resource.h"

#include <array>
#include <string>
#include <vector>

namespace uplink
{

inline constexpr const char* main_chain = "LXC-UPLINK";
inline constexpr const char* jump_tag = "lxc-uplink";

/// Destinations that are never masqueraded: multicast and the limited broadcast.
inline const std::array<IpNetwork, 2> unmasqueraded = {
    Ipv4Network{{0xe0000000}, 4},
    Ipv4Network{{0xffffffff}, 32},
};

/// The network that a rule is filed under: the /24 of its source, or the source itself when that is wider.
IpNetwork block_of(const MasqueradeRule& rule);

/// "LXC-UPLINK-10.0.3.0/24": at most 27 characters, where a chain's name may have 28.
std::string chain_of(const IpNetwork& block);

/// The options of `iptables` that match and act as the rule does, as `iptables -S` prints them; quoted for sh
/// where they have to be.
std::string iptables_words(const MasqueradeRule& rule);

/// Shell commands that add the rules, and the chains where they are missing.
std::vector<std::string> iptables_commands_to_add(const std::vector<Rule>& rules);

/// Shell commands that delete the rules, and the chains that become empty.
std::vector<std::string> iptables_commands_to_remove(const std::vector<Rule>& rules);

} // namespace uplink
