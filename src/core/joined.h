// SPDX-License-Identifier: GPL-2.0-or-later
// Lists for people.
#pragma once

#include <string>
#include <vector>

namespace uplink
{

/// "eth0, br0"
inline std::string joined(const std::vector<std::string>& words, const std::string& by = ", ")
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : by) + word;
    return text;
}

} // namespace uplink
