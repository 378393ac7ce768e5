// SPDX-License-Identifier: GPL-2.0-or-later
// The programs of LXC, as an administrator runs them for a container.
#pragma once

#include "core/identity.h"

#include <string>

namespace uplink
{

/// "-n web1", for the programs of LXC; with "-P FOLDER" where the container is not where they look by
/// default.
std::string options_for_lxc(const ContainerId& container);

/// What makes anew all that LXC makes at a start.
std::string command_to_restart(const ContainerId& container);

} // namespace uplink
