// SPDX-License-Identifier: GPL-2.0-or-later
#include "instances.h"

#include "core/error.h"
#include "core/execute.h"
#include "core/shared.h"
#include "host/lock.h"
#include "host/process.h"

#include <algorithm>
#include <set>

namespace uplink
{

namespace
{

struct Holder {
    Life life = Life::unknown;
    std::string container; ///< its name where there is a record, else the record's
};

Holder holder_named(const RecordStore& store, const std::string& name, const Viewpoint& here)
{
    if (const auto record = store.read(name))
        return {life_of(*record, here, lives), record->spec.container.name};
    const auto instance = instance_of_record_name(name);
    return {instance ? life_of(*instance, here, lives) : Life::unknown, name};
}

bool is_self(const std::string& holder, const std::string& self)
{
    return holder == self || holder.rfind(self + ".", 0) == 0;
}

/// Where Open vSwitch does not answer, other steps say so.
Plan mute_bridges(Host& host)
{
    Plan plan;
    try {
        for (const Bridge& bridge : host.bridges_without_flows())
            plan.push_back({Action::add, bridge});
    } catch (const Error&) {
        plan.clear();
    }
    return plan;
}

Plan lost_uplinks(Host& host, Restoring restoring)
{
    Plan plan;
    for (const UplinkJournal& journal : host.moved_uplinks()) {
        if (!journal.complete)
            continue;
        UplinkStanding standing;
        try {
            standing = host.standing_of(journal);
        } catch (const Error&) {
            standing.can_join = true; // adding it says why
        }
        UplinkMove move;
        move.nic = journal.move.nic;
        move.bridge = journal.move.bridge;
        move.type = journal.move.type;
        move.kept = true;
        move.was.objects = std::move(restoring == Restoring::all ? standing.missing : standing.cutting_off);
        if (standing.can_join || !move.was.objects.empty())
            plan.push_back({Action::add, std::move(move)});
    }
    return plan;
}

bool is_lost_or_mute(Host& host, const DhcpGuard& guard)
{
    try {
        return is_lost(host, guard);
    } catch (const Error&) {
        return true; // adding it says why
    }
}

} // namespace

bool is_lost(Host& host, const DhcpGuard& guard)
{
    const bool has_bridge = guard.bridge.empty() || host.has_bridge(guard.bridge, guard.type);
    return has_bridge && !host.is_in_force(guard);
}

std::map<std::string, std::string> held_by_others(const RecordStore& store, const Keys& keys,
                                                  const std::string& self, const Viewpoint& here)
{
    std::map<std::string, Holder> known; // most hold several
    const auto look_up = [&](const std::string& name) {
        auto found = known.find(name);
        return found != known.end() ? found->second
                                    : known.emplace(name, holder_named(store, name, here)).first->second;
    };
    std::map<std::string, std::string> held;
    for (const std::string& key : keys)
        for (const std::string& name : store.holders(key))
            if (const Holder holder = is_self(name, self) ? Holder{Life::dead, ""} : look_up(name);
                holder.life != Life::dead) {
                held.emplace(key, holder.container);
                break;
            }
    return held;
}

Keys keys_of(const std::map<std::string, std::string>& holders)
{
    Keys keys;
    for (const auto& [key, holder] : holders)
        keys.insert(key);
    return keys;
}

std::vector<std::string> tear_down(Host& host, RecordStore& store, const Record& record, const Apply& apply)
{
    const std::string name = record_name(record);
    const Keys held = keys_of(held_by_others(store, record.keys, name, host.here()));
    auto failures = execute_best_effort(plan_post_stop(record.steps, held), apply);
    if (failures.empty())
        store.forget(name, record.keys);
    return failures;
}

std::vector<std::string> tear_down_lost(Host& host, RecordStore& store, const std::string& record_name,
                                        const Apply& apply)
{
    Keys own;
    for (const std::string& key : store.keys())
        for (const std::string& holder : store.holders(key))
            if (holder == record_name)
                own.insert(key);
    const auto held = held_by_others(store, own, record_name, host.here());
    Plan plan;
    for (const std::string& tag : host.tags())
        if (record_name_of_tag(tag) == record_name)
            plan.push_back({Action::remove, TaggedRules{tag}});
    // Backwards, so that an uplink and its guard leave a bridge before that goes.
    for (const std::string& key : std::vector<std::string>(own.rbegin(), own.rend()))
        if (const auto removal = removal_of(key); removal && !held.contains(key))
            plan.push_back(*removal);
    auto failures = execute_best_effort(plan, apply);
    if (failures.empty())
        store.forget(record_name, own);
    return failures;
}

Plan lost_guards(Host& host, const RecordStore& store)
{
    Plan plan;
    for (const std::string& key : store.keys()) {
        const auto removal = removal_of(key);
        const auto* guard = removal ? std::get_if<DhcpGuard>(&removal->resource) : nullptr;
        if (guard != nullptr && !held_by_others(store, {key}, "", host.here()).empty() &&
            is_lost_or_mute(host, *guard))
            plan.push_back({Action::add, *guard});
    }
    return plan;
}

Plan lost_things(Host& host, const RecordStore& store, Restoring restoring)
{
    Plan living;
    for (const std::string& name : store.names()) {
        const auto record = store.read(name);
        if (!record || record->rebooting || life_of(*record, host.here(), lives) != Life::alive)
            continue;
        living.insert(living.end(), record->steps.begin(), record->steps.end());
        // Whoever turned it on: all need it.
        for (Step& step : switches_needed_by(record->steps))
            living.push_back(std::move(step));
    }
    Plan plan = mute_bridges(host);
    // Guards are in force before the uplink is a port again.
    for (Step& step : lost_guards(host, store))
        plan.push_back(std::move(step));
    for (Step& step : lost_uplinks(host, restoring))
        plan.push_back(std::move(step));
    for (Step& step : host.lost(living)) {
        if (auto* forwarding = std::get_if<Ipv6Forwarding>(&step.resource))
            forwarding->advertised = Host::advertised();
        if (std::find(plan.begin(), plan.end(), step) == plan.end())
            plan.push_back(std::move(step));
    }
    return plan;
}

bool was_cut_short(const UplinkJournal& journal, const Viewpoint& here)
{
    return !journal.complete && !is_locked(UplinkJournals(here).lock_file(journal.move.nic));
}

std::set<std::string> instances_seen(const RecordStore& store, const std::set<std::string>& tags)
{
    std::set<std::string> names;
    for (const std::string& name : store.names())
        names.insert(name);
    for (const std::string& key : store.keys())
        for (const std::string& holder : store.holders(key))
            names.insert(holder);
    for (const std::string& tag : tags)
        if (const auto name = record_name_of_tag(tag))
            names.insert(*name);
    return names;
}

std::vector<Leftover> find_leftovers(Host& host, const RecordStore& store)
{
    std::vector<Leftover> leftovers;
    for (const std::string& name : instances_seen(store, host.tags()))
        if (holder_named(store, name, host.here()).life == Life::dead)
            leftovers.push_back({name, store.read(name)});
    return leftovers;
}

std::vector<Leftover> find_dead_records(const RecordStore& store, const Viewpoint& here,
                                        const std::string& hash)
{
    std::vector<Leftover> leftovers;
    for (const std::string& name : store.names()) {
        const auto instance = instance_of_record_name(name);
        if (!instance || (name.rfind(hash, 0) != 0 && may_live(instance->monitor)))
            continue;
        if (holder_named(store, name, here).life == Life::dead)
            leftovers.push_back({name, store.read(name)});
    }
    return leftovers;
}

std::vector<std::string> tear_down(Host& host, RecordStore& store, const Leftover& leftover,
                                   const Apply& apply)
{
    return leftover.record ? tear_down(host, store, *leftover.record, apply)
                           : tear_down_lost(host, store, leftover.name, apply);
}

} // namespace uplink
