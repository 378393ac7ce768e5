// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/process.h"

#include "core/address.h"
#include "core/error.h"
#include "host/file.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace uplink
{

namespace
{

struct Stat {
    char state = 0;
    pid_t parent = 0;
    pid_t session = 0;
    std::uint64_t flags = 0;
    std::uint64_t start_time = 0;
};

std::string proc_path(pid_t pid, const char* name)
{
    return "/proc/" + std::to_string(pid) + "/" + name;
}

/// A file of a process that may go away while it is read.
std::string read_of_process(pid_t pid, const char* name)
{
    try {
        return read_file(proc_path(pid, name)).value_or("");
    } catch (const Error&) {
        return "";
    }
}

std::optional<Stat> stat_of(pid_t pid)
{
    const std::string text = read_of_process(pid, "stat");
    // The second field is the command in brackets, which may itself hold brackets and spaces.
    const auto command_end = text.rfind(')');
    if (command_end == std::string::npos)
        return std::nullopt;
    std::istringstream fields(text.substr(command_end + 1));
    Stat stat;
    std::string skipped;
    fields >> stat.state >> stat.parent >> skipped >> stat.session >> skipped >> skipped >> stat.flags;
    constexpr int fields_between = 12; // flags are field 9, start time is field 22
    for (int i = 0; i < fields_between; ++i)
        fields >> skipped;
    fields >> stat.start_time;
    if (!fields)
        return std::nullopt;
    return stat;
}

/// LXC sets LXC_CGNS_AWARE in its monitor before the first hook; a child that was exec'd after that shows it
/// in /proc/PID/environ, the monitor itself, which was exec'd before, does not (LXC 5.0: lxc_init()).
bool started_with_hook_environment(pid_t pid)
{
    const std::string environment = '\0' + read_of_process(pid, "environ");
    return environment.find(std::string("\0LXC_CGNS_AWARE=", 16)) != std::string::npos;
}

} // namespace

std::optional<Process> process_with(pid_t pid)
{
    const auto stat = stat_of(pid);
    constexpr std::uint64_t exiting =
        0x4; // PF_EXITING in linux/sched.h, set from exit or SIGKILL on, before state Z
    if (!stat || (stat->flags & exiting) != 0)
        return std::nullopt;
    return Process{pid, stat->start_time};
}

bool lives(const Process& process)
{
    return process_with(process.pid) == process;
}

bool may_live(const Process& process)
{
    return ::kill(process.pid, 0) == 0 || errno != ESRCH;
}

Process monitor_of_hook()
{
    pid_t pid = ::getppid();
    auto stat = stat_of(pid);
    constexpr int most_wrappers = 16;
    for (int i = 0; i < most_wrappers && stat && started_with_hook_environment(pid); ++i) {
        pid = stat->parent;
        stat = stat_of(pid);
    }
    // An orphan's parent is init or another reaper, which lives in a session of its own; a monitor shares its
    // hooks'.
    const auto monitor = process_with(pid);
    if (!monitor || !stat || stat->session != ::getsid(0))
        throw Error("the LXC monitor that ran this hook has gone");
    return *monitor;
}

std::optional<ContainerId> container_of_monitor(pid_t pid)
{
    constexpr std::string_view before = "[lxc monitor] ";
    std::string title = read_of_process(pid, "cmdline");
    title.resize(std::min(title.find('\0'), title.size()));
    const auto space = title.rfind(' '); // no name has one
    if (!title.starts_with(before) || space < before.size())
        return std::nullopt;
    return ContainerId{title.substr(before.size(), space - before.size()), title.substr(space + 1)};
}

std::string command_of(pid_t pid)
{
    std::string name = read_of_process(pid, "comm");
    if (!name.empty() && name.back() == '\n')
        name.pop_back();
    return name;
}

std::string name_with_pid(pid_t pid)
{
    const std::string name = command_of(pid);
    return (name.empty() ? "a process" : name) + " (pid " + std::to_string(pid) + ")";
}

std::uint64_t namespace_of(const std::string& process, const std::string& kind)
{
    struct stat status = {};
    const std::string path = "/proc/" + process + "/ns/" + kind;
    if (::stat(path.c_str(), &status) != 0)
        throw Error("cannot read " + path + ": " + error_text(errno));
    return status.st_ino;
}

Viewpoint viewpoint()
{
    std::string boot_id = read_file("/proc/sys/kernel/random/boot_id").value_or("");
    if (!boot_id.empty() && boot_id.back() == '\n')
        boot_id.pop_back();
    return {boot_id, namespace_of("self", "pid"), namespace_of("self", "net")};
}

} // namespace uplink
