// SPDX-License-Identifier: GPL-2.0-or-later
// The main() of the three hooks: help and version for a person, else run_hook().
#pragma once

#include "run_hook.h"

namespace uplink
{

/// Returns the exit status.
int hook_main(Hook hook, int argc, char** argv, ConfigReader read_config = nullptr);

} // namespace uplink
