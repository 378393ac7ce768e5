// SPDX-License-Identifier: GPL-2.0-or-later
// The options of hook lines and option files, by Boost.Program_options; the one list of their names and
// values.
#pragma once

#include "core/options.h"

#include <string>
#include <vector>

namespace uplink
{

/// An OptionReader: the hook line wins over the first file, that over the next. Throws Error that names the
/// source, with the line of a file, and for an unknown name the nearest right one.
Options read_options(const std::vector<std::string>& hook_line, const std::vector<OptionFile>& files);

/// The list of options for --help.
std::string options_help();

} // namespace uplink
