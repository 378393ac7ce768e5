// SPDX-License-Identifier: GPL-2.0-or-later
#include "late_ports.h"

#include "core/describe.h"
#include "core/error.h"
#include "core/execute.h"
#include "core/nat_networks.h"
#include "core/plan_rules.h"
#include "core/shared.h"
#include "host/container_address.h"
#include "host/detached.h"
#include "host/log.h"
#include "host/process.h"
#include "instances.h"

#include <algorithm>

namespace uplink
{

namespace
{

constexpr std::chrono::seconds late_patience(60);
constexpr std::chrono::seconds address_patience(120);

bool is_late(const Step& step, bool ipv6)
{
    const auto* set = std::get_if<RuleSet>(&step.resource);
    const auto* port =
        set == nullptr || set->rules.empty() ? nullptr : std::get_if<PublishedPort>(&set->rules.front());
    return port != nullptr && port->to.ipv6 == ipv6;
}

/// The steps that publish the ports at `address`.
Plan steps_for(const Record& record, const HostState& state, const IpAddress& address)
{
    const NicSpec& nic = published_nic(record.spec);
    const auto inside = network_with(networks_of_bridge(nic, record.spec, state, address.ipv6), address);
    const std::string tag = tag_of(record.spec.container, record.instance);
    RuleSet set{published_at(record.spec, nic, address, inside.value_or(host_of(address)), tag),
                std::nullopt};
    for (const Step& step : record.steps)
        if (const auto* others = std::get_if<RuleSet>(&step.resource))
            set.engine = others->engine;
    Plan plan = {{Action::add, set}};
    add_route_localnet(plan, record.spec, state, set.rules);
    return plan;
}

bool is_published_at(const Record& record, const IpAddress& address)
{
    return std::any_of(record.steps.begin(), record.steps.end(), [&address](const Step& step) {
        return is_late(step, address.ipv6) &&
               std::get<PublishedPort>(std::get<RuleSet>(step.resource).rules.front()).to == address;
    });
}

/// Takes back what leads to an address that the container has no more.
void unpublish(Record& record, bool ipv6, const Apply& apply)
{
    const auto late = std::find_if(record.steps.begin(), record.steps.end(),
                                   [ipv6](const Step& step) { return is_late(step, ipv6); });
    if (late == record.steps.end())
        return;
    RuleSet own = std::get<RuleSet>(late->resource);
    own.rules.erase(std::remove_if(own.rules.begin(), own.rules.end(),
                                   [](const Rule& rule) { return shared_key_of(rule).has_value(); }),
                    own.rules.end());
    apply({Action::remove, own});
    record.steps.erase(late);
}

void publish_at(Host& host, RecordStore& store, Record& record, const IpAddress& address, const Apply& apply)
{
    if (is_published_at(record, address))
        return;
    HostState state = host.state_for(record.spec);
    state.shared_keys = store.keys();
    const Plan plan = steps_for(record, state, address);
    unpublish(record, address.ipv6, apply);
    const Plan before = record.steps;
    for (const Step& step : plan)
        if (std::find(before.begin(), before.end(), step) == before.end())
            record.steps.push_back(step);
    record.keys.merge(shared_keys(plan));
    store.write(record);
    try {
        execute_or_roll_back(
            plan, keys_of(held_by_others(store, shared_keys(plan), record_name(record), host.here())), apply);
    } catch (const Error&) {
        record.steps = before; // so that gc tries it again
        store.write(record);
        throw;
    }
}

/// In the process that is left behind.
void wait_and_publish(const Viewpoint& here, const std::string& name, bool ipv6)
{
    const RecordStore at_first(here);
    const auto record = at_first.read(name);
    if (!record || !record->init)
        return;
    const auto address =
        wait_for_address(record->init->pid, published_nic(record->spec).position, ipv6, address_patience);
    const std::string prefix = record->spec.container.name + ": start-host: ";
    if (!address) {
        if (lives(*record->init))
            log_notice(
                prefix + "no " + (ipv6 ? "IPv6" : "IPv4") +
                " address came, so that its ports are not published by it: run \"lxc-uplink gc\" when it "
                "has one");
        return;
    }
    Host host(here);
    host.lock(late_patience);
    RecordStore store(here);
    auto current = store.read(name);
    if (!current || current->rebooting || life_of(*current, here, lives) != Life::alive)
        return;
    publish_at(host, store, *current, *address, [&](const Step& step) {
        host.apply(step);
        log_notice(prefix + describe(step));
    });
}

} // namespace

void publish_when_addressed(Host& host, const Record& record)
{
    if (record.spec.mode != Mode::nat || record.spec.publish.empty())
        return;
    const HostState state = host.state_for(record.spec);
    const Viewpoint here = host.here();
    const std::string name = record_name(record);
    for (const bool ipv6 : awaited_families(record.spec, state))
        run_detached([here, name, ipv6, container = record.spec.container.name] {
            try {
                wait_and_publish(here, name, ipv6);
            } catch (const std::exception& error) {
                log_error(container + ": start-host: " + error.what());
            }
        });
}

std::vector<std::string> publish_at_new_addresses(Host& host, RecordStore& store, const Apply& apply)
{
    std::vector<std::string> failures;
    for (const std::string& name : store.names()) {
        auto record = store.read(name);
        if (!record || record->spec.mode != Mode::nat || record->spec.publish.empty() || record->rebooting ||
            !record->init || life_of(*record, host.here(), lives) != Life::alive)
            continue;
        try {
            for (const bool ipv6 : awaited_families(record->spec, host.state_for(record->spec)))
                if (const auto address =
                        container_address(record->init->pid, published_nic(record->spec).position, ipv6))
                    publish_at(host, store, *record, *address, apply);
        } catch (const std::exception& error) {
            failures.push_back(record->spec.container.name + ": " + error.what());
        }
    }
    return failures;
}

} // namespace uplink
