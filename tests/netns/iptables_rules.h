// SPDX-License-Identifier: GPL-2.0-or-later
// Rules to add, and lines of the nat table to find them in.
#pragma once

#include "core/iptables_words.h"
#include "values.h"
#include "world.h"

#include <sstream>

namespace uplink
{

/// web1's rule for an address of a /24.
inline MasqueradeRule own_rule(const std::string& address)
{
    return {network(address + "/32"), network(address + "/24"), "", web1_tag};
}

using Lines = std::vector<std::string>;

/// The lines of the nat table that contain `text`.
inline Lines lines_with(const std::string& text, const std::string& save_option = "")
{
    Lines lines;
    std::istringstream table(nat_table(save_option));
    for (std::string line; std::getline(table, line);)
        if (line.find(text) != std::string::npos)
            lines.push_back(line);
    return lines;
}

} // namespace uplink
