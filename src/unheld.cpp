// SPDX-License-Identifier: GPL-2.0-or-later
#include "unheld.h"

#include "core/error.h"
#include "core/shared.h"
#include "host/process.h"
#include "host/switches.h"
#include "instances.h"

#include <algorithm>
#include <thread>

namespace uplink
{

namespace
{

/// What somebody holds, by a file or by his record alone.
Keys held_keys(const RecordStore& store, const Viewpoint& here)
{
    Keys held;
    for (const std::string& key : store.keys())
        if (!store.holders(key).empty())
            held.insert(key);
    for (const std::string& name : store.names())
        if (const auto record = store.read(name);
            record && record->network_namespace == here.network_namespace)
            held.insert(record->keys.begin(), record->keys.end());
    return held;
}

/// Rules that containers shared, and first of all what must not be on without them.
void add_unheld_rules(Plan& plan, Host& host, const std::set<std::string>& tags, const Keys& held)
{
    for (const std::string& tag : tags) {
        const auto bridge = bridge_of_shared_tag(tag);
        // A container that is served by them alone, and whose record is lost, is known by its port.
        if (!bridge || host.has_ports_besides(*bridge, {}) ||
            std::any_of(held.begin(), held.end(),
                        [&](const std::string& key) { return is_shared_rule_of(*bridge, key); }))
            continue;
        const RouteLocalnet localnet{*bridge};
        if (!held.contains(key_of(localnet)) && routes_localnet(*bridge) && host.guards_loopback(*bridge))
            plan.push_back({Action::remove, localnet});
        plan.push_back({Action::remove, TaggedRules{tag}});
    }
}

bool is_stranded(Host& host, const UplinkJournal& journal)
{
    try {
        return journal.complete && host.standing_of(journal).is_stranded;
    } catch (const Error&) {
        return false; // Open vSwitch does not answer
    }
}

/// Its name in the tags of its rules.
std::string container_in_tags(const std::string& record_name, const std::set<std::string>& tags)
{
    for (const std::string& tag : tags)
        if (record_name_of_tag(tag) == record_name)
            return container_of_tag(tag).value_or(record_name);
    return record_name;
}

} // namespace

Plan unheld_things(Host& host, const RecordStore& store)
{
    // Who does not have our lock looks while others start, who hold things before they are there, and stop,
    // who hold them until they are gone.
    Keys held = held_keys(store, host.here());
    const auto journals = host.moved_uplinks();
    const auto bridges = host.own_bridges();
    const auto guards = Host::guards_in_force();
    const auto tags = host.tags();
    const auto unrecorded = unrecorded_instances(store, tags, host.here());
    held.merge(held_keys(store, host.here()));

    Plan plan;
    std::set<std::string> returning;
    for (const UplinkJournal& journal : journals) {
        const UplinkMove& move = journal.move;
        const bool is_unheld = journal.complete && !held.contains(key_of(move)) &&
                               !host.has_ports_besides(move.bridge, {move.nic});
        if (!is_unheld && !was_cut_short(journal, host.here()) && !is_stranded(host, journal))
            continue;
        plan.push_back({Action::remove, move});
        returning.insert(move.nic);
    }
    for (const std::string& bridge : bridges) {
        const Bridge value{bridge, "", {}, {}, true};
        if (!held.contains(key_of(value)) && !host.has_ports_besides(bridge, returning))
            plan.push_back({Action::remove, value});
    }
    for (const DhcpGuard& guard : guards) {
        const bool serves = !returning.contains(guard.nic) && host.has_port(guard.bridge, guard.nic) &&
                            host.has_ports_besides(guard.bridge, {guard.nic});
        if (!held.contains(key_of(guard)) && !serves)
            plan.push_back({Action::remove, guard});
    }
    // One that has lost its record may hold any of them.
    if (std::all_of(unrecorded.begin(), unrecorded.end(),
                    [](const Unrecorded& each) { return each.life == Life::dead; }))
        add_unheld_rules(plan, host, tags, held);
    return plan;
}

std::vector<Unrecorded> unrecorded_instances(const RecordStore& store, const std::set<std::string>& tags,
                                             const Viewpoint& here)
{
    std::vector<Unrecorded> unrecorded;
    for (const std::string& name : instances_seen(store, tags)) {
        const auto instance = instance_of_record_name(name);
        if (!instance || store.read(name))
            continue;
        Unrecorded found;
        found.record_name = name;
        found.life = life_of(*instance, here, lives);
        found.container.name = container_in_tags(name, tags);
        if (const auto container =
                found.life == Life::alive ? container_of_monitor(instance->monitor.pid) : std::nullopt;
            container && record_name(*container, *instance) == name)
            found.container = *container;
        unrecorded.push_back(std::move(found));
    }
    return unrecorded;
}

std::vector<Unrecorded> surely_unrecorded_instances(Host& host, const RecordStore& store)
{
    const auto look = [&] { return unrecorded_instances(store, host.tags(), host.here()); };
    std::vector<Unrecorded> found = look();
    if (found.empty())
        return found;
    std::this_thread::sleep_for(longest_write);
    const std::vector<Unrecorded> again = look();
    std::erase_if(found, [&again](const Unrecorded& each) {
        return std::none_of(again.begin(), again.end(), [&each](const Unrecorded& other) {
            return other.record_name == each.record_name;
        });
    });
    return found;
}

} // namespace uplink
