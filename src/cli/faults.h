// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with all that status shows.
#pragma once

#include "cli/overview.h"

#include <string>
#include <vector>

namespace uplink
{

/// What keeps living containers from getting out, as far as our own part goes, and what is left of others; a
/// sentence each, with the remedy.
std::vector<std::string> faults_of(const Overview& overview);

} // namespace uplink
