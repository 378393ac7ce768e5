// SPDX-License-Identifier: GPL-2.0-or-later
// What others have undone, as class Host sees it.
#include "core/coexist.h"
#include "host/gates.h"
#include "host/host.h"
#include "host/switches.h"

#include <algorithm>
#include <cstddef>
#include <set>

namespace uplink
{

namespace
{

template<typename T>
bool includes(const std::vector<T>& all, const std::vector<T>& some)
{
    return std::all_of(some.begin(), some.end(),
                       [&](const T& each) { return std::find(all.begin(), all.end(), each) != all.end(); });
}

} // namespace

/// One that is there and not ours any more is somebody's decision. A bridge without addresses of its own is
/// that of an uplink.
bool Host::is_lost(const Bridge& bridge)
{
    if (bridge.type != BridgeType::linux_bridge || (bridge.ipv4.empty() && bridge.ipv6.empty()))
        return false;
    const auto link = netlink_.link(bridge.name);
    if (!link)
        return true;
    return link->alias == bridge_alias &&
           !(link->up && includes(netlink_.ipv4_addresses(link->ifindex), bridge.ipv4) &&
             includes(netlink_.ipv6_addresses(link->ifindex), bridge.ipv6));
}

/// One that is in another bridge was put there by somebody.
bool Host::is_lost(const BridgePort& port)
{
    const auto link = port.ifindex == 0 || port.type != BridgeType::linux_bridge
                          ? std::nullopt
                          : netlink_.link(port.ifindex);
    if (!link)
        return false;
    const auto bridge = netlink_.link(port.bridge);
    if (link->master == 0)
        return true;
    return bridge && link->master == bridge->ifindex &&
           ((port.hairpin && !link->hairpin) || (port.isolate && !link->isolated));
}

Plan Host::lost(const Plan& plan)
{
    const std::vector<Standing> standings = standing(plan);
    std::size_t next = 0;
    const std::vector<Gate> gates =
        std::any_of(plan.begin(), plan.end(), opens_a_gate) ? gates_of_host(firewalld_) : std::vector<Gate>{};
    std::set<std::string> bridges_lost; // what is put back upon them comes after them
    const auto is_there = [&](const std::string& bridge) {
        return bridges_lost.contains(bridge) || netlink_.link(bridge).has_value();
    };
    const auto is_lost_step = overloaded{
        [&](const RuleSet& set) {
            bool lost = false;
            for (const Rule& rule : set.rules) {
                const Standing& found = standings.at(next++);
                lost = lost || (!(found.there && found.reached) && has_its_gate(rule, *set.engine, gates));
            }
            return lost;
        },
        [&](const Bridge& bridge) {
            if (!is_lost(bridge))
                return false;
            bridges_lost.insert(bridge.name);
            return true;
        },
        [&](const BridgePort& port) { return is_there(port.bridge) && is_lost(port); },
        [&](const RouteLocalnet& localnet) {
            return is_there(localnet.bridge) && !routes_localnet(localnet.bridge);
        },
        [](const Ipv4Forwarding&) { return !forwards_ipv4(); },
        [](const Ipv6Forwarding&) { return !forwards_ipv6(); },
        [](const auto&) { return false; },
    };
    Plan lost;
    for (const Step& step : plan) {
        if (!std::visit(is_lost_step, step.resource))
            continue;
        lost.push_back(step);
        if (auto* port = std::get_if<BridgePort>(&lost.back().resource))
            port->linked = false; // LXC does so at a start alone
    }
    return lost;
}

} // namespace uplink
