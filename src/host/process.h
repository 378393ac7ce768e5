// SPDX-License-Identifier: GPL-2.0-or-later
// Processes: the monitor that runs a hook, and whether a recorded one still lives.
#pragma once

#include "core/identity.h"
#include "core/record.h"

#include <optional>
#include <string>
#include <sys/types.h>

namespace uplink
{

/// The process with this pid as it is now; nothing when there is none, or one that is exiting or a zombie.
std::optional<Process> process_with(pid_t pid);

bool lives(const Process& process);

/// Two system calls less than lives(): false only when no process has the pid.
bool may_live(const Process& process);

/// The LXC monitor that runs this hook: the nearest ancestor that is not a wrapper script around the hook.
/// Such a script was started with the hook's environment, the monitor was not. Throws Error when there is
/// none.
Process monitor_of_hook();

/// The container whose LXC monitor this process is, by the title that it gives itself, "[lxc monitor] LXCPATH
/// NAME" (LXC 5.0: lxcapi_start()); nothing for any other.
std::optional<ContainerId> container_of_monitor(pid_t pid);

/// "dnsmasq"; empty when the process is gone.
std::string command_of(pid_t pid);

/// "dnsmasq (pid 812)"
std::string name_with_pid(pid_t pid);

Viewpoint viewpoint();

/// The inode of a namespace of a process: `kind` is "net" or "pid". Throws Error when the process is gone.
std::uint64_t namespace_of(const std::string& process, const std::string& kind);

} // namespace uplink
