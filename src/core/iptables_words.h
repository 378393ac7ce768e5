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

/// The same for the first of the rules that `rule` consists of.
std::string iptables_words(const Rule& rule);

/// Shell commands that add the rules, and the chains where they are missing.
std::vector<std::string> iptables_commands_to_add(const std::vector<Rule>& rules);

/// Shell commands that delete the rules, and the chains that become empty.
std::vector<std::string> iptables_commands_to_remove(const std::vector<Rule>& rules);

} // namespace uplink
