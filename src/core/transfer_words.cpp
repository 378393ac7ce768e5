// SPDX-License-Identifier: GPL-2.0-or-later
// The commands of plans and dry runs for the moving of an uplink.
#include "core/openflow_guard.h"
#include "core/shell_word.h"
#include "core/transfer.h"

namespace uplink
{

namespace
{

using Commands = std::vector<std::string>;
using Kind = KernelObject::Kind;

std::string with_name(std::string text, const std::string& name)
{
    for (auto at = text.find('%'); at != std::string::npos; at = text.find('%', at + name.size()))
        text.replace(at, 1, name);
    return text;
}

/// ip(8) finds the family of addresses and neighbours by itself.
std::string ip(const KernelObject& object)
{
    const std::string family = object.ipv6 ? "ip -6 " : "ip ";
    switch (object.kind) {
    case Kind::address:
        return "ip address ";
    case Kind::neighbour:
        return "ip neighbour ";
    case Kind::nexthop:
        return family + "nexthop ";
    case Kind::route:
        return family + "route ";
    case Kind::rule:
        break;
    }
    return family + "rule ";
}

/// An IPv6 route that is to come before the others of its rank takes the place of the first of them.
std::string verb_for_route(const KernelObject& route)
{
    if (route.replaced || (route.ipv6 && route.first && route.contested))
        return "replace ";
    return route.ipv6 || !route.first ? "append " : "prepend ";
}

std::string verb_for(const KernelObject& object)
{
    switch (object.kind) {
    case Kind::neighbour:
    case Kind::nexthop:
        return "replace ";
    case Kind::route:
        return verb_for_route(object);
    default:
        return "add ";
    }
}

/// What tells an object from others, where `ip ... del` takes no more than that.
std::string words_to_take(const KernelObject& object)
{
    switch (object.kind) {
    case Kind::address:
    case Kind::neighbour:
        return object.words.substr(0, object.words.find(" dev %")) + " dev %";
    case Kind::nexthop:
        return object.words.substr(0, object.words.find(' ', std::string("id ").size()));
    default:
        return object.words;
    }
}

Commands commands(const Set& step)
{
    // With slashes, since a dot in the name of an interface would be a slash in a path with dots (sysctl(8)).
    const std::string path = "net/" + with_name(step.setting, step.interface);
    return {"sysctl -w " + shell_word(path + "=" + step.value)};
}

/// See KernelObject.
std::string with_metric_of_copy(std::string words)
{
    const std::string metric = " metric ";
    if (const auto at = words.find(metric); at != std::string::npos) {
        const auto number = at + metric.size();
        const auto end = words.find(' ', number);
        words.replace(number, end - number, std::to_string(std::stoul(words.substr(number)) + 1));
    }
    return words;
}

Commands commands(const Put& step)
{
    std::string command = ip(step.object) + verb_for(step.object) + words_on(step.interface, step.object);
    if (step.object.advertised)
        command = with_metric_of_copy(command);
    if (step.object.kind == Kind::address && step.object.ipv6)
        for (const std::string flag : {" nodad", " noprefixroute"})
            if (command.find(flag) == std::string::npos)
                command += flag;
    return {command};
}

Commands commands(const Settle& step)
{
    const std::string words = words_on(step.interface, step.object);
    Commands commands = {ip(step.object) + "change " + words};
    if (step.object.unrouted_peer) {
        const std::string peer = words.substr(words.find(" peer ") + std::string(" peer ").size());
        commands.push_back("ip -6 route del " + peer.substr(0, peer.find(' ')) + " dev " +
                           shell_word(step.interface) + " proto kernel");
    }
    return commands;
}

Commands commands(const Take& step)
{
    // It went when the one on the bridge was put in its place.
    if (step.object.kind == Kind::route && step.object.ipv6 && step.object.first && step.object.contested)
        return {};
    return {ip(step.object) + "del " + with_name(words_to_take(step.object), shell_word(step.interface))};
}

Commands commands(const OpenDetour& step)
{
    return {"# what comes in by " + step.nic + " goes to " + step.bridge + " by a veth of its own meanwhile"};
}

Commands commands(const Join& step)
{
    const std::string nic = shell_word(step.nic);
    const std::string bridge = shell_word(step.bridge);
    const std::string join = step.type == BridgeType::openvswitch
                                 ? "ovs-vsctl --timeout=5 --may-exist add-port " + bridge + " " + nic +
                                       " -- set Port " + nic + " other_config:transient=true" +
                                       " -- set Interface " + nic +
                                       " ofport_request=" + std::to_string(uplink_port_number)
                                 : "ip link set dev " + nic + " master " + bridge;
    return {join, "ip link set dev " + bridge + " up"};
}

Commands commands(const Leave& step)
{
    const std::string nic = shell_word(step.nic);
    if (step.type == BridgeType::openvswitch)
        return {"ovs-vsctl --timeout=5 --if-exists del-port " + shell_word(step.bridge) + " " + nic};
    return {"ip link set dev " + nic + " nomaster"};
}

Commands commands(const CloseDetour& step)
{
    return {"# what comes in by " + step.nic + " goes the straight way again"};
}

Commands commands(const Announce& step)
{
    return {"# gratuitous ARP and unsolicited neighbour advertisements on " + step.interface};
}

} // namespace

/// An address whose label would be too long on the other interface gets none, and the kernel gives it the
/// interface's name.
const char* noun_for(Kind kind)
{
    switch (kind) {
    case Kind::address:
        return "address ";
    case Kind::neighbour:
        return "neighbour ";
    case Kind::nexthop:
        return "nexthop ";
    case Kind::route:
        return "route ";
    case Kind::rule:
        return "rule ";
    }
    return "";
}

std::string words_on(const std::string& interface, const KernelObject& object)
{
    constexpr std::size_t longest_label = 15; // IFNAMSIZ - 1 of linux/if.h
    const std::string label = " label %";
    std::string words = object.words;
    const auto at = words.find(label);
    if (at != std::string::npos && interface.size() + words.size() - at - label.size() > longest_label)
        words.erase(at);
    return with_name(words, shell_word(interface));
}

std::vector<std::string> shell_commands(const MoveStep& step)
{
    return std::visit([](const auto& one) { return commands(one); }, step);
}

std::vector<std::string> words_on_bridge(const std::vector<KernelObject>& objects, const std::string& bridge)
{
    std::vector<std::string> words;
    words.reserve(objects.size());
    for (const KernelObject& object : objects)
        words.push_back(noun_for(object.kind) + words_on(bridge, object));
    return words;
}

} // namespace uplink
