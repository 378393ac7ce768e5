// SPDX-License-Identifier: GPL-2.0-or-later
// How commands that change the host say what they do.
#pragma once

#include "core/execute.h"
#include "host/host.h"

#include <string>
#include <vector>

namespace uplink
{

/// Prints each step and, unless `dry_run`, notes it in syslog as done by `command` and applies it to `host`,
/// which must outlive the result.
Apply telling(Host& host, const std::string& command, bool dry_run = false);

/// Prints what failed to standard error; returns the exit status.
int report(const std::string& command, const std::vector<std::string>& failures);

} // namespace uplink
