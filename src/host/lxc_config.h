// SPDX-License-Identifier: GPL-2.0-or-later
// LXC configuration files, read by liblxc as a parser and nothing else: its other calls hang for ever in a
// hook.
#pragma once

#include "core/container_config.h"

#include <string>

namespace uplink
{

/// Reads `path` with its includes; throws Error when LXC cannot.
ContainerConfig read_lxc_config(const std::string& path);

/// The folder of the host's containers (lxc.lxcpath of lxc.conf(5)).
std::string default_lxcpath();

} // namespace uplink
