// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/restart.h"

#include "core/shell_word.h"

namespace uplink
{

std::string options_for_lxc(const ContainerId& container)
{
    const bool elsewhere = !container.lxcpath.empty() && container.lxcpath != "/var/lib/lxc";
    return (elsewhere ? "-P " + shell_word(container.lxcpath) + " " : "") + "-n " +
           shell_word(container.name);
}

std::string command_to_restart(const ContainerId& container)
{
    const std::string options = options_for_lxc(container);
    return "lxc-stop " + options + " && lxc-start " + options;
}

} // namespace uplink
