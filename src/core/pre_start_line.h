// SPDX-License-Identifier: GPL-2.0-or-later
// The lines lxc.hook.pre-start of a configuration, and which of them runs our hook.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

/// The words behind our program on a pre-start line, a wrapper's words in front of it or not; nothing when
/// the line does not run it.
std::optional<std::vector<std::string>> our_words(const std::string& pre_start_line);

/// Throws Error when two lines run our program with different words: LXC would run both, and only the
/// second could notice.
void check_pre_start_lines(const std::vector<std::string>& lines);

} // namespace uplink
