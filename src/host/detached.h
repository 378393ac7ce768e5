// SPDX-License-Identifier: GPL-2.0-or-later
// Work that goes on when the hook that began it has ended.
#pragma once

#include <functional>
#include <set>

namespace uplink
{

/// Lets this process go of all that whoever started it left open: standard input, output and errors lead
/// nowhere then, and all other files are closed but those; the log is opened anew. LXC waits for the end of
/// what it reads from a hook's output, and locks would be held on.
void let_go_of_all_but(const std::set<int>& kept);

/// Runs `task` in a process of its own, in a session of its own and with nothing open: it must open for
/// itself what it needs. It is nobody's child whom a parent would have to wait for. What it throws is lost.
/// Throws Error when there can be no process.
void run_detached(const std::function<void()>& task);

} // namespace uplink
