// SPDX-License-Identifier: GPL-2.0-or-later
// What to say of a word that is none of those that were expected.
#pragma once

#include <string>
#include <vector>

namespace uplink
{

/// "the nearest is bridge" when one of the names is a few slips of the finger away, else "there are mode,
/// bridge and nic". `dashes` goes in front of each name.
std::string nearest_or_all(const std::string& word, const std::vector<std::string>& names,
                           const std::string& dashes = "");

} // namespace uplink
