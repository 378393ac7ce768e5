// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of the legacy tables in the words of `iptables` and `ip6tables`, for whoever wants to do by hand what
// this program does.
#pragma once

#include "core/iptables_rules.h"

#include <string>
#include <vector>

namespace uplink
{

/// The options that match and act as the rule does, as `iptables -S` prints them behind the chain's name;
/// quoted for sh where they have to be.
std::string iptables_words(const IptablesRule& rule);

/// As `iptables -S` prints them and iptables-restore reads them, whatever the names and the comment are.
std::string iptables_save_words(const IptablesRule& rule);

/// The comment of a line of theirs; empty where it has none.
std::string comment_in(const std::string& line);

/// The same for the first of the rules that `rule` consists of.
std::string iptables_words(const Rule& rule);

/// Shell commands that add the rules, and the chains where they are missing; to the tables of iptables-nft,
/// or to the legacy ones.
std::vector<std::string> iptables_commands_to_add(const std::vector<Rule>& rules, bool nft = false);

/// Shell commands that delete the rules, and the chains that become empty.
std::vector<std::string> iptables_commands_to_remove(const std::vector<Rule>& rules, bool nft = false);

} // namespace uplink
