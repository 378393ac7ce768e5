// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/plan.h"

#include "core/shared.h"

#include <algorithm>

namespace uplink
{

namespace
{

/// What is left of a rule set when the rules that others hold are taken out.
RuleSet unheld(const RuleSet& set, const Keys& held_by_others)
{
    RuleSet rest{{}, set.engine};
    for (const Rule& rule : set.rules) {
        const auto key = shared_key_of(rule);
        if (!key || !held_by_others.contains(*key))
            rest.rules.push_back(rule);
    }
    return rest;
}

} // namespace

Plan switches_needed_by(const Plan& plan)
{
    bool ipv4 = false;
    bool ipv6 = false;
    for (const Step& step : plan)
        if (const auto* set = std::get_if<RuleSet>(&step.resource))
            for (const Rule& rule : set->rules)
                if (const auto* masquerade = std::get_if<MasqueradeRule>(&rule))
                    (masquerade->source.base.ipv6 ? ipv6 : ipv4) = true;
    Plan needed;
    if (ipv4)
        needed.push_back({Action::add, Ipv4Forwarding{}});
    if (ipv6)
        needed.push_back({Action::add, Ipv6Forwarding{}});
    return needed;
}

Plan plan_start_host(const ContainerSpec& spec, BridgeType type)
{
    Plan plan;
    for (const NicSpec& nic : spec.nics)
        plan.push_back({Action::add, BridgePort{nic.index, nic.position, nic.pair, 0, nic.bridge, nic.linked,
                                                spec.hairpin, spec.isolate, nic.mtu, type}});
    for (const MacvlanSpec& macvlan : spec.macvlans)
        plan.push_back({Action::add, Macvlan{macvlan.index, macvlan.link, macvlan.mode}});
    return plan;
}

std::optional<Step> inverse(const Step& step, const Keys& held_by_others)
{
    if (step.action == Action::remove)
        return std::nullopt;
    const Step removal{Action::remove, step.resource};
    return std::visit(overloaded{
                          [&](const Bridge& bridge) -> std::optional<Step> {
                              if (held_by_others.contains(key_of(bridge)))
                                  return std::nullopt;
                              return removal;
                          },
                          [&](const Ipv4Forwarding&) -> std::optional<Step> { return std::nullopt; },
                          [&](const Ipv6Forwarding&) -> std::optional<Step> { return std::nullopt; },
                          [&](const RouteLocalnet& localnet) -> std::optional<Step> {
                              if (held_by_others.contains(key_of(localnet)))
                                  return std::nullopt;
                              return removal;
                          },
                          [&](const TaggedRules&) -> std::optional<Step> { return removal; },
                          [&](const RuleSet& set) -> std::optional<Step> {
                              RuleSet rest = unheld(set, held_by_others);
                              if (rest.rules.empty())
                                  return std::nullopt;
                              return Step{Action::remove, std::move(rest)};
                          },
                          [&](const Macvlan&) -> std::optional<Step> { return std::nullopt; },
                          [&](const DhcpGuard& guard) -> std::optional<Step> {
                              if (held_by_others.contains(key_of(guard)))
                                  return std::nullopt;
                              return removal;
                          },
                          [&](const UplinkMove& move) -> std::optional<Step> {
                              if (held_by_others.contains(key_of(move)))
                                  return std::nullopt;
                              return removal;
                          },
                          [&](const BridgePort& port) -> std::optional<Step> {
                              if (port.linked) // LXC has made it and takes it away
                                  return std::nullopt;
                              return removal;
                          },
                      },
                      step.resource);
}

Plan plan_post_stop(const Plan& done, const Keys& held_by_others)
{
    Plan plan;
    for (const Step& step : Plan(done.rbegin(), done.rend()))
        if (auto undo = inverse(step, held_by_others))
            plan.push_back(std::move(*undo));
    return plan;
}

std::vector<std::string> switches_turned_on(const Plan& plan)
{
    std::vector<std::string> names;
    for (const Step& step : plan) {
        if (std::holds_alternative<Ipv4Forwarding>(step.resource))
            names.emplace_back("net.ipv4.ip_forward");
        if (std::holds_alternative<Ipv6Forwarding>(step.resource))
            names.emplace_back("net.ipv6.conf.all.forwarding");
    }
    return names;
}

bool turns_on_ipv6_forwarding(const Plan& plan)
{
    return std::any_of(plan.begin(), plan.end(), [](const Step& step) {
        return std::holds_alternative<Ipv6Forwarding>(step.resource);
    });
}

bool makes_bridge(const Plan& plan, const std::string& bridge)
{
    return std::any_of(plan.begin(), plan.end(), [&bridge](const Step& step) {
        const auto* made = std::get_if<Bridge>(&step.resource);
        return made != nullptr && made->name == bridge;
    });
}

std::vector<PublishedPort> published_ports(const Plan& plan)
{
    std::vector<PublishedPort> ports;
    for (const Step& step : plan)
        if (const auto* set = std::get_if<RuleSet>(&step.resource))
            for (PublishedPort& port : published_ports(set->rules))
                ports.push_back(std::move(port));
    return ports;
}

bool opens_a_gate(const Step& step)
{
    const auto* set = std::get_if<RuleSet>(&step.resource);
    return set != nullptr && std::any_of(set->rules.begin(), set->rules.end(), is_opening);
}

} // namespace uplink
