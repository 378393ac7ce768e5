// SPDX-License-Identifier: GPL-2.0-or-later
// The record of one instance: written before the first change, it is what later hooks and `lxc-uplink` go by.
#pragma once

#include "core/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

struct Record {
    ContainerSpec spec; ///< what was asked, resolved once at pre-start
    Instance instance;
    std::string boot_id;
    std::uint64_t network_namespace = 0; ///< inode of /proc/self/ns/net
    std::string started;                 ///< ISO 8601, UTC
    std::optional<Process> init;         ///< the container's, from start-host on
    bool rebooting = false; ///< post-stop ran with LXC_TARGET=reboot: only the shared things are still held
    Plan steps;             ///< what was done, or was about to be
    Keys keys;              ///< what it holds or claims
    std::vector<std::string> notices;
    std::string firewall; ///< which engine has its rules, and why; empty where it has none
};

inline std::string record_name(const Record& record)
{
    return record_name(record.spec.container, record.instance);
}

/// Where a process looks from: pids and network objects of another one mean nothing here.
struct Viewpoint {
    std::string boot_id;
    std::uint64_t pid_namespace = 0;
    std::uint64_t network_namespace = 0;
};

/// Whether a process lives, asked of the host.
using Lives = bool (*)(const Process& process);

/// Dead: same boot, pid namespace and network namespace as `here`, and neither the monitor nor the recorded
/// init lives.
Life life_of(const Record& record, const Viewpoint& here, Lives lives);

/// The same for an instance of which only the name is left, in this network namespace.
Life life_of(const Instance& instance, const Viewpoint& here, Lives lives);

} // namespace uplink
