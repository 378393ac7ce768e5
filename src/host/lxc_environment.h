// SPDX-License-Identifier: GPL-2.0-or-later
// What LXC tells its hooks in the environment and in the words behind the hook line.
#pragma once

#include "core/identity.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

enum class Hook { pre_start, start_host, post_stop };

/// LXC's own word: "pre-start".
std::string to_string(Hook hook);

struct LxcEnvironment {
    ContainerId container;
    std::string config_file; ///< LXC_CONFIG_FILE, absolute; at post-stop it may be gone
    std::optional<std::string>
        option_file;             ///< uplink.conf beside LXCPATH/NAME/config; none with `lxc-start -f`
    std::optional<int> init_pid; ///< LXC_PID: of this start at start-host and post-stop, stale at pre-start
    bool rebooting = false;      ///< LXC_TARGET=reboot; says something at post-stop only
    std::string log_level;       ///< LXC_LOG_LEVEL
};

/// LXC_NAME; empty when LXC does not run this program.
std::string container_name();

/// Throws Error when this is not the environment of `hook`. Takes the three words that LXC appends with
/// lxc.hook.version = 0 ("NAME lxc TYPE") off the end of `arguments`.
LxcEnvironment read_lxc_environment(Hook hook, std::vector<std::string>& arguments);

/// The same for a configuration file that is not being started.
LxcEnvironment environment_of(const std::string& name, const std::string& config_file);

} // namespace uplink
