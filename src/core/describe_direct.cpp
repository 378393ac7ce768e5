// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/describe_direct.h"

#include "core/dhcp_guard.h"
#include "core/joined.h"
#include "core/openflow_guard.h"
#include "core/shell_word.h"
#include "core/transfer.h"

namespace uplink
{

namespace
{

std::string vsctl(const std::string& command)
{
    return "ovs-vsctl --timeout=5 " + command;
}

/// The table holds the guards of other uplinks, too.
std::string guard_removal(const DhcpGuard& guard)
{
    const std::string chain = std::string(guard_table) + " " + answers_out;
    return "nft -a list chain " + chain + " | grep -F " +
           shell_word("comment \"" + guard_comment(guard.bridge, guard.nic) + "\"") +
           " | sed -E 's/.*# handle ([0-9]+)$/delete rule " + chain + " handle \\1/' | nft -f -";
}

} // namespace

std::string describe_macvlan(const Macvlan& macvlan)
{
    return "check that lxc.net." + std::to_string(macvlan.nic) + " is a macvlan on " + macvlan.link +
           " in mode " + macvlan.mode;
}

std::string describe_guard(Action action, const DhcpGuard& guard)
{
    if (guard.bridge.empty())
        return (action == Action::add ? "keep DHCP servers in the macvlans on "
                                      : "let DHCP servers in the macvlans on ") +
               guard.nic + (action == Action::add ? " from the LAN" : " be heard on the LAN");
    const std::string name = guard.nic + " of bridge " + guard.bridge;
    return action == Action::add ? "keep the DHCP servers on either side of " + name + " apart"
                                 : "let DHCP servers be heard through " + name;
}

std::string describe_move(Action action, const UplinkMove& move)
{
    if (action == Action::remove)
        return "move the uplink back to " + move.nic;
    if (!move.kept)
        return "make the uplink " + move.nic + " a port of bridge " + move.bridge +
               " and move all that the host has on it there";
    const std::string put_back = joined(words_on_bridge(move.was.objects, move.bridge));
    return "keep the uplink " + move.nic + " in bridge " + move.bridge +
           (put_back.empty() ? "" : ", and on it ") + put_back;
}

std::vector<std::string> commands_for_ovs_bridge(Action action, const Bridge& bridge)
{
    const std::string name = shell_word(bridge.name);
    if (action == Action::remove)
        return {vsctl("--if-exists del-br " + name)};
    if (bridge.kept)
        return {};
    return {vsctl("--may-exist add-br " + name + " -- set Bridge " + name +
                  " other-config:hwaddr=" + shell_word("\"" + bridge.mac + "\"")),
            vsctl("set Interface " + name + " mtu_request=" + std::to_string(bridge.mtu)),
            "ip link set dev " + name + " up"};
}

PortCommands port_commands_for_ovs(const std::string& bridge, const std::string& veth)
{
    const std::string port = shell_word(bridge) + " " + veth;
    return {vsctl("list-ports " + shell_word(bridge)) + " | grep -Fx " + veth,
            vsctl("--may-exist add-port " + port + " -- set Port " + veth + " other_config:transient=true"),
            vsctl("--if-exists del-port " + port), vsctl("set Port " + veth + " protected=true")};
}

std::vector<std::string> commands_for_macvlan(const Macvlan& macvlan)
{
    return {"nsenter -t $LXC_PID -n ip -d link show type macvlan | grep -w 'mode " + macvlan.mode + "'"};
}

std::vector<std::string> commands_for_guard(Action action, const DhcpGuard& guard)
{
    std::vector<std::string> commands;
    if (guard.bridge.empty()) {
        if (action == Action::remove)
            return {"nft delete chain " + macvlan_guard_chain(guard.nic)};
        for (const std::string& command : macvlan_guard_commands(guard.nic, guard.mac))
            commands.push_back("nft " + shell_word(command));
        return commands;
    }
    if (guard.type == BridgeType::openvswitch) {
        const std::string bridge = shell_word(guard.bridge);
        if (action == Action::remove)
            return {"ovs-ofctl del-flows " + bridge + " cookie=" + guard_cookie + "/-1"};
        for (const std::string& flow : guard_flows(uplink_port_number))
            commands.push_back("ovs-ofctl add-flow " + bridge + " " + shell_word(flow));
        return commands;
    }
    if (action == Action::remove)
        return {guard_removal(guard)};
    for (const std::string& command : guard_commands(guard.bridge, guard.nic))
        commands.push_back("nft " + shell_word(command));
    return commands;
}

std::vector<std::string> commands_for_move(Action action, const UplinkMove& move)
{
    if (move.kept)
        return {};
    std::vector<std::string> commands;
    const auto steps = action == Action::add ? plan_move(move) : plan_return(move, {}, false);
    for (const MoveStep& step : steps)
        for (std::string& command : shell_commands(step))
            commands.push_back(std::move(command));
    return commands;
}

} // namespace uplink
