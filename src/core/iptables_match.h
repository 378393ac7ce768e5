// SPDX-License-Identifier: GPL-2.0-or-later
// The words of one rule, as `iptables-save` prints them, read as conditions.
#pragma once

#include "core/firewall_model.h"

#include <string>
#include <vector>

namespace uplink
{

/// The words of a line; quoted ones without their quotes.
std::vector<std::string> iptables_words_of(const std::string& line);

/// The words between two options that each begin a part of a rule: "-m conntrack ! --ctstate NEW" or, without
/// a module, "-s 10.0.3.0/24 ! -o eth0".
std::vector<PacketCondition> conditions_of_match(const std::vector<std::string>& words);

} // namespace uplink
