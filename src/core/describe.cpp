// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/describe.h"

#include "core/coexist.h"
#include "core/describe_direct.h"
#include "core/identity.h"
#include "core/iptables_words.h"
#include "core/nftables_rules.h"
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

/// A container's own address without its prefix length.
std::string short_text(const IpNetwork& network)
{
    return network == host_of(network.base) ? to_string(network.base) : to_string(network);
}

std::string describe_masquerade(const MasqueradeRule& rule)
{
    const bool whole = rule.source == rule.inside;
    return short_text(rule.source) + " leaving " + (whole ? "it" : to_string(rule.inside)) +
           (rule.out.empty() ? "" : " by " + rule.out) +
           (rule.nat.to ? " as " + to_string(*rule.nat.to) : "") +
           (rule.nat.ports ? " with ports " + to_string(*rule.nat.ports) : "");
}

std::string describe_published(const PublishedPort& port)
{
    return text_of_port(port.address, port.ports, port.protocol) + " to " +
           text_of_place(port.to, port.to_ports);
}

std::string describe_opening(const ForwardOpening& opening)
{
    const bool anybody = opening.container.prefix_length == 0;
    return name_of(opening.gatekeeper) + " for " +
           (anybody ? std::string("all") + (opening.container.base.ipv6 ? " IPv6" : "")
                    : short_text(opening.container)) +
           " on bridge " + opening.bridge;
}

/// The rules of one kind as a list behind its verb; nothing where there are none.
template<typename Kind, typename Describe>
void add_kind(std::vector<std::string>& parts, const RuleSet& set, const std::string& verb, Describe describe)
{
    std::vector<std::string> items;
    for (const Rule& rule : set.rules)
        if (const auto* kind = std::get_if<Kind>(&rule))
            items.push_back(describe(*kind));
    if (!items.empty())
        parts.push_back(verb + " " + list_of(items));
}

std::string describe_rules(Action action, const RuleSet& set)
{
    const bool adding = action == Action::add;
    std::vector<std::string> parts;
    add_kind<MasqueradeRule>(parts, set, adding ? "masquerade" : "stop masquerading", describe_masquerade);
    add_kind<PublishedPort>(parts, set, adding ? "publish" : "stop publishing", describe_published);
    add_kind<InboundRule>(parts, set, adding ? "guard" : "stop guarding", [](const InboundRule& rule) {
        return short_text(rule.destination) +
               (rule.open ? " against nothing" : " against what comes in unasked");
    });
    add_kind<LoopbackGuard>(parts, set, adding ? "guard" : "stop guarding", [](const LoopbackGuard& guard) {
        return "the loopback address against bridge " + guard.bridge;
    });
    add_kind<ForwardOpening>(parts, set, adding ? "open" : "close", describe_opening);
    add_kind<ServiceOpening>(parts, set, adding ? "open" : "close", [](const ServiceOpening& opening) {
        return name_of(opening.gatekeeper) + " for bridge " + opening.bridge + " to port " +
               std::to_string(opening.port) + "/" + to_string(opening.protocol) +
               (opening.ipv6 ? " by IPv6" : "") + " of the host";
    });
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : "; ") + part;
    return text;
}

std::vector<std::string> commands_for_rules(Action action, const RuleSet& set)
{
    if (set.engine == Engine::nftables)
        return action == Action::add ? nftables_commands_to_add(set.rules)
                                     : nftables_commands_to_remove(set.rules);
    if (set.engine == Engine::firewalld)
        return firewalld_commands(action, set.rules);
    const bool nft = set.engine == Engine::iptables_nft;
    return action == Action::add ? iptables_commands_to_add(set.rules, nft)
                                 : iptables_commands_to_remove(set.rules, nft);
}

std::string describe_ipv6_forwarding(const Ipv6Forwarding& forwarding)
{
    return "turn on net.ipv6.conf.all.forwarding" +
           (forwarding.advertised.empty()
                ? ""
                : " and keep router advertisements on " + list_of(forwarding.advertised));
}

std::vector<std::string> commands_for_ipv6_forwarding(const Ipv6Forwarding& forwarding)
{
    std::vector<std::string> commands;
    for (const std::string& name : forwarding.advertised)
        commands.push_back("echo 2 >" + shell_word("/proc/sys/net/ipv6/conf/" + name + "/accept_ra"));
    commands.emplace_back("sysctl -w net.ipv6.conf.all.forwarding=1");
    return commands;
}

std::string localnet_file(const RouteLocalnet& localnet)
{
    return shell_word("/proc/sys/net/ipv4/conf/" + localnet.bridge + "/route_localnet");
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
            [&](const Ipv6Forwarding& forwarding) { return describe_ipv6_forwarding(forwarding); },
            [&](const RouteLocalnet& localnet) {
                return std::string(step.action == Action::add ? "let" : "no longer let") +
                       " the loopback address lead into bridge " + localnet.bridge;
            },
            [&](const RuleSet& set) { return describe_rules(step.action, set); },
            [&](const TaggedRules& tagged) { return "remove the rules tagged " + tagged.tag; },
            [&](const BridgePort& port) { return describe_port(step.action, port); },
            [&](const Macvlan& macvlan) { return describe_macvlan(macvlan); },
            [&](const DhcpGuard& guard) { return describe_guard(step.action, guard); },
            [&](const UplinkMove& move) { return describe_move(step.action, move); },
        },
        step.resource);
}

std::string describe_with_container(const Step& step, const std::string& would)
{
    std::string words = would + describe(step);
    if (const auto* set = std::get_if<RuleSet>(&step.resource))
        for (const Rule& rule : set->rules)
            if (const auto container = container_of_tag(tag_of(rule)))
                return *container + ": " + words;
    return words;
}

std::vector<std::string> shell_commands(const Step& step)
{
    return std::visit(
        overloaded{
            [&](const Bridge& bridge) { return commands_for_bridge(step.action, bridge); },
            [&](const Ipv4Forwarding&) {
                return std::vector<std::string>{"sysctl -w net.ipv4.ip_forward=1"};
            },
            [&](const Ipv6Forwarding& forwarding) { return commands_for_ipv6_forwarding(forwarding); },
            [&](const RouteLocalnet& localnet) {
                return std::vector<std::string>{std::string("echo ") +
                                                (step.action == Action::add ? "1" : "0") + " >" +
                                                localnet_file(localnet)};
            },
            [&](const RuleSet& set) { return commands_for_rules(step.action, set); },
            [&](const TaggedRules&) { return std::vector<std::string>{}; },
            [&](const BridgePort& port) { return commands_for_port(step.action, port); },
            [&](const Macvlan& macvlan) { return commands_for_macvlan(macvlan); },
            [&](const DhcpGuard& guard) { return commands_for_guard(step.action, guard); },
            [&](const UplinkMove& move) { return commands_for_move(step.action, move); },
        },
        step.resource);
}

} // namespace uplink
