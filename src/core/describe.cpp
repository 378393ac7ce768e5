// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/describe.h"

#include "core/describe_direct.h"
#include "core/masquerade.h"
#include "core/shell_word.h"

namespace uplink
{

namespace
{

std::string list_of(const std::vector<std::string>& items)
{
    std::string text;
    for (const std::string& item : items)
        text += (text.empty() ? "" : ", ") + item;
    return text;
}

std::string describe_bridge(Action action, const Bridge& bridge)
{
    if (action == Action::remove)
        return "remove bridge " + bridge.name;
    std::vector<std::string> addresses;
    for (const Ipv4Interface& address : bridge.ipv4)
        addresses.push_back(to_string(address));
    for (const Ipv6Interface& address : bridge.ipv6)
        addresses.push_back(to_string(address));
    return (bridge.kept ? "keep bridge " : "make bridge ") + bridge.name +
           (addresses.empty() ? "" : " with " + list_of(addresses));
}

std::string describe_masquerade(Action action, const Masquerade& masquerade)
{
    std::vector<std::string> rules;
    for (const MasqueradeRule& rule : masquerade.rules) {
        const bool whole = rule.source == rule.inside;
        rules.push_back(
            (rule.source.prefix_length == 32 ? to_string(rule.source.base) : to_string(rule.source)) +
            " leaving " + (whole ? "it" : to_string(rule.inside)) +
            (rule.out.empty() ? "" : " by " + rule.out));
    }
    return (action == Action::add ? "masquerade " : "stop masquerading ") + list_of(rules);
}

std::string name_of(const BridgePort& port)
{
    return port.port.empty() ? "of lxc.net." + std::to_string(port.nic) : port.port;
}

std::string describe_port(Action action, const BridgePort& port)
{
    if (action == Action::remove)
        return "release port " + name_of(port) + " of bridge " + port.bridge;
    return (port.linked ? "check that port " + name_of(port) + " is in bridge " + port.bridge
                        : "add port " + name_of(port) + " to bridge " + port.bridge) +
           (port.hairpin ? ", hairpin on" : "") + (port.isolate ? ", isolated" : "");
}

std::vector<std::string> commands_for_bridge(Action action, const Bridge& bridge)
{
    if (bridge.type == BridgeType::openvswitch)
        return commands_for_ovs_bridge(action, bridge);
    const std::string name = shell_word(bridge.name);
    if (action == Action::remove)
        return {"ip link delete dev " + name};
    std::vector<std::string> commands;
    if (!bridge.kept)
        commands = {"ip link add name " + name + " address " + bridge.mac +
                        (bridge.mtu == 0 ? "" : " mtu " + std::to_string(bridge.mtu)) +
                        " type bridge stp_state 0 forward_delay 0",
                    "ip link set dev " + name + " alias " + bridge_alias};
    for (const Ipv4Interface& address : bridge.ipv4)
        commands.push_back("ip address replace " + to_string(address) + " broadcast + dev " + name);
    for (const Ipv6Interface& address : bridge.ipv6)
        commands.push_back("ip address replace " + to_string(address) + " dev " + name + " nodad");
    commands.push_back("ip link set dev " + name + " up");
    return commands;
}

PortCommands port_commands(const std::string& bridge, const std::string& veth)
{
    const std::string set = "ip link set dev " + veth;
    return {"ip link show dev " + veth + " master " + shell_word(bridge),
            set + " master " + shell_word(bridge), set + " nomaster",
            "bridge link set dev " + veth + " isolated on"};
}

std::vector<std::string> commands_for_port(Action action, const BridgePort& port)
{
    const std::string veth = port.port.empty() ? "$VETH_" + std::to_string(port.nic) : shell_word(port.port);
    const PortCommands words = port.type == BridgeType::openvswitch ? port_commands_for_ovs(port.bridge, veth)
                                                                    : port_commands(port.bridge, veth);
    if (action == Action::remove)
        return {words.leave};
    std::vector<std::string> commands;
    if (port.linked) {
        commands.push_back(words.check);
    } else {
        const std::string mtu = port.mtu
                                    ? std::to_string(*port.mtu)
                                    : "$(cat " + shell_word("/sys/class/net/" + port.bridge + "/mtu") + ")";
        commands.push_back("ip link set dev " + veth + " mtu " + mtu);
        commands.push_back(words.join);
        commands.push_back("ip link set dev " + veth + " up");
    }
    if (port.hairpin && port.type == BridgeType::linux_bridge)
        commands.push_back("bridge link set dev " + veth + " hairpin on");
    if (port.isolate)
        commands.push_back(words.isolate);
    return commands;
}

} // namespace

std::string describe(const Step& step)
{
    return std::visit(
        overloaded{
            [&](const Bridge& bridge) { return describe_bridge(step.action, bridge); },
            [&](const Ipv4Forwarding&) { return std::string("turn on net.ipv4.ip_forward"); },
            [&](const Masquerade& masquerade) { return describe_masquerade(step.action, masquerade); },
            [&](const BridgePort& port) { return describe_port(step.action, port); },
            [&](const Macvlan& macvlan) { return describe_macvlan(macvlan); },
            [&](const DhcpGuard& guard) { return describe_guard(step.action, guard); },
            [&](const UplinkMove& move) { return describe_move(step.action, move); },
        },
        step.resource);
}

std::vector<std::string> shell_commands(const Step& step)
{
    return std::visit(overloaded{
                          [&](const Bridge& bridge) { return commands_for_bridge(step.action, bridge); },
                          [&](const Ipv4Forwarding&) {
                              return std::vector<std::string>{"sysctl -w net.ipv4.ip_forward=1"};
                          },
                          [&](const Masquerade& masquerade) {
                              return step.action == Action::add ? commands_to_add(masquerade)
                                                                : commands_to_remove(masquerade);
                          },
                          [&](const BridgePort& port) { return commands_for_port(step.action, port); },
                          [&](const Macvlan& macvlan) { return commands_for_macvlan(macvlan); },
                          [&](const DhcpGuard& guard) { return commands_for_guard(step.action, guard); },
                          [&](const UplinkMove& move) { return commands_for_move(step.action, move); },
                      },
                      step.resource);
}

} // namespace uplink
