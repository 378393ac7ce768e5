// SPDX-License-Identifier: GPL-2.0-or-later
// The main path of the three hooks: environment -> spec -> state -> plan -> execute -> report.
#pragma once

#include "core/container_config.h"
#include "core/options.h"
#include "core/spec.h"
#include "host/lxc_environment.h"

#include <string>
#include <vector>

namespace uplink
{

/// What a hook reads with. Only pre-start reads a configuration, so that only pre-start must load liblxc.
struct Readers {
    OptionReader options = nullptr;
    ConfigReader config = nullptr;
};

/// Runs a hook with the words behind its name; returns its exit status. A failure goes to stderr and syslog.
int run_hook(Hook hook, std::vector<std::string> arguments, const Readers& readers);

/// What the container of `environment` is to get, from its configuration, `hook_line` and the option files.
/// Throws Error.
ContainerSpec spec_for(const LxcEnvironment& environment, const std::vector<std::string>& hook_line,
                       const Readers& readers);

/// /etc/lxc/uplink.conf, unless the build says otherwise.
inline constexpr const char* host_option_file = LXC_UPLINK_HOST_FILE;

} // namespace uplink
