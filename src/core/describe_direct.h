// SPDX-License-Identifier: GPL-2.0-or-later
// The steps of direct mode in words and as shell commands; for describe() and shell_commands() alone.
#pragma once

#include "core/plan.h"

namespace uplink
{

std::string describe_macvlan(const Macvlan& macvlan);
std::string describe_guard(Action action, const DhcpGuard& guard);
std::string describe_move(Action action, const UplinkMove& move);

/// What differs between the types of bridge; `veth` is a word of the shell.
struct PortCommands {
    std::string check;
    std::string join;
    std::string leave;
    std::string isolate;
};

PortCommands port_commands_for_ovs(const std::string& bridge, const std::string& veth);

std::vector<std::string> commands_for_ovs_bridge(Action action, const Bridge& bridge);
std::vector<std::string> commands_for_macvlan(const Macvlan& macvlan);
std::vector<std::string> commands_for_guard(Action action, const DhcpGuard& guard);
std::vector<std::string> commands_for_move(Action action, const UplinkMove& move);

} // namespace uplink
