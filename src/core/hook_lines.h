// SPDX-License-Identifier: GPL-2.0-or-later
// The hook lines of a configuration, and which of them run our hooks.
#pragma once

#include "core/container_config.h"

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

/// A sentence for each of our other hooks that no line runs where one runs pre-start. A wrapper need not name
/// what it runs, so this is nothing to refuse a start for.
std::vector<std::string> notices_of_hook_lines(const ContainerConfig& config);

} // namespace uplink
