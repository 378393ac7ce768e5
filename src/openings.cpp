// SPDX-License-Identifier: GPL-2.0-or-later
#include "openings.h"

#include "core/coexist.h"
#include "core/error.h"
#include "core/shared.h"
#include "host/process.h"
#include "instances.h"

#include <algorithm>

namespace uplink
{

namespace
{

bool has_openings(const ContainerSpec& spec, const std::vector<Gate>& gates)
{
    return spec.coexist && !gates.empty();
}

/// What a zone of firewalld has stays there, in whichever its NIC is now.
Rule in_any_zone(Rule rule)
{
    if (auto* opening = std::get_if<ForwardOpening>(&rule))
        opening->zone.clear();
    return rule;
}

bool is_recorded(const Rule& rule, const std::optional<Engine>& engine, const Record& record)
{
    return std::any_of(record.steps.begin(), record.steps.end(), [&](const Step& step) {
        const auto* set = std::get_if<RuleSet>(&step.resource);
        return set != nullptr && set->engine == engine &&
               std::any_of(set->rules.begin(), set->rules.end(), [&rule](const Rule& recorded) {
                   return in_any_zone(recorded) == in_any_zone(rule);
               });
    });
}

void open(Host& host, RecordStore& store, Record& record, const Plan& plan, const Apply& apply)
{
    const Plan before = record.steps;
    // In front, as at a start: what is opened first is closed last.
    record.steps.insert(record.steps.begin(), plan.begin(), plan.end());
    const Keys keys = shared_keys(plan);
    record.keys.insert(keys.begin(), keys.end());
    store.write(record);
    try {
        const auto held = held_by_others(store, keys, record_name(record), host.here());
        execute_or_roll_back(plan, keys_of(held), apply);
    } catch (const Error&) {
        record.steps = before; // so that it is tried again
        store.write(record);
        throw;
    }
}

} // namespace

HostState state_now(Host& host, const RecordStore& store, const ContainerSpec& spec,
                    const std::vector<Gate>& gates)
{
    HostState state = host.state_for(spec);
    state.shared_keys = store.keys();
    if (spec.coexist)
        host.read_gates(state, spec, gates);
    return state;
}

Plan new_openings(const Record& record, const HostState& state)
{
    Plan plan = plan_openings(record.spec, state, tag_of(record.spec.container, record.instance));
    Plan lacking;
    for (Step& step : plan) {
        auto* set = std::get_if<RuleSet>(&step.resource);
        if (set != nullptr)
            std::erase_if(set->rules,
                          [&](const Rule& rule) { return is_recorded(rule, set->engine, record); });
        if (set == nullptr || !set->rules.empty())
            lacking.push_back(std::move(step));
    }
    return lacking;
}

Plan closed_gates(Host& host, const RecordStore& store, const Record& record)
{
    Plan openings = record.steps;
    std::erase_if(openings, [](const Step& step) { return !opens_a_gate(step); });
    Plan closed = host.lost(openings);
    const std::vector<Gate> gates = host.gates();
    if (has_openings(record.spec, gates))
        for (Step& step : new_openings(record, state_now(host, store, record.spec, gates)))
            closed.push_back(std::move(step));
    return closed;
}

std::vector<std::string> open_new_gates(Host& host, RecordStore& store, const Apply& apply)
{
    const std::vector<Gate> gates = host.gates();
    std::vector<std::string> failures;
    for (const std::string& name : store.names()) {
        auto record = store.read(name);
        if (!record || record->rebooting || life_of(*record, host.here(), lives) != Life::alive)
            continue;
        try {
            if (!has_openings(record->spec, gates))
                continue; // without a look at all else
            const Plan plan = new_openings(*record, state_now(host, store, record->spec, gates));
            if (!plan.empty())
                open(host, store, *record, plan, apply);
        } catch (const std::exception& error) {
            failures.push_back(record->spec.container.name + ": " + error.what());
        }
    }
    return failures;
}

} // namespace uplink
