// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/telling.h"
#include "core/execute.h"
#include "core/shared.h"
#include "host/host.h"
#include "host/log.h"
#include "host/process.h"
#include "host/record_store.h"
#include "host/switches.h"
#include "instances.h"
#include "late_ports.h"
#include "openings.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <set>

namespace uplink
{

namespace
{

std::string name_of(const Leftover& leftover)
{
    return leftover.record ? leftover.record->spec.container.name + " (" + leftover.name + ")"
                           : leftover.name;
}

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

/// Containers whose records are lost, which may hold anything.
bool is_somebody_unrecorded(const std::set<std::string>& tags, const RecordStore& store,
                            const Viewpoint& here)
{
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
        const auto name = record_name_of_tag(tag);
        const auto instance = name ? instance_of_record_name(*name) : std::nullopt;
        return instance && !store.read(*name) && life_of(*instance, here, lives) != Life::dead;
    });
}

/// Rules that containers shared, and first of all what must not be on without them.
void add_unheld_rules(Plan& plan, Host& host, const RecordStore& store, const Keys& held)
{
    const std::set<std::string> tags = host.tags();
    if (is_somebody_unrecorded(tags, store, host.here()))
        return;
    for (const std::string& tag : tags) {
        const auto bridge = bridge_of_shared_tag(tag);
        if (!bridge || std::any_of(held.begin(), held.end(),
                                   [&](const std::string& key) { return is_shared_rule_of(*bridge, key); }))
            continue;
        const RouteLocalnet localnet{*bridge};
        if (!held.contains(key_of(localnet)) && routes_localnet(*bridge) && host.guards_loopback(*bridge))
            plan.push_back({Action::remove, localnet});
        plan.push_back({Action::remove, TaggedRules{tag}});
    }
}

/// Uplinks, guards, bridges and shared rules that nobody holds any more: their last holder could not remove
/// them, or his record is lost. A move that was cut short too. A bridge with another port than its uplink
/// stays as it is: that may be a container whose record is lost.
Plan unheld_things(Host& host, const RecordStore& store)
{
    Plan plan;
    const Keys held = held_keys(store, host.here());
    std::set<std::string> returning;
    for (const UplinkJournal& journal : host.moved_uplinks()) {
        const UplinkMove& move = journal.move;
        if (!was_cut_short(journal, host.here()) && !(journal.complete && !held.contains(key_of(move)) &&
                                                      !host.has_ports_besides(move.bridge, {move.nic})))
            continue;
        plan.push_back({Action::remove, move});
        returning.insert(move.nic);
    }
    for (const std::string& bridge : host.own_bridges()) {
        const Bridge value{bridge, "", {}, {}, true};
        if (!held.contains(key_of(value)) && !host.has_ports_besides(bridge, returning))
            plan.push_back({Action::remove, value});
    }
    for (const DhcpGuard& guard : Host::guards_in_force()) {
        const bool serves = !returning.contains(guard.nic) && host.has_port(guard.bridge, guard.nic) &&
                            host.has_ports_besides(guard.bridge, {guard.nic});
        if (!held.contains(key_of(guard)) && !serves)
            plan.push_back({Action::remove, guard});
    }
    add_unheld_rules(plan, host, store, held);
    return plan;
}

std::optional<std::string> would_set_aside(const RecordStore& store, const std::string& name)
{
    const auto damage = store.damage_of(name);
    return damage ? std::optional(*damage + ": it would be set aside") : std::nullopt;
}

/// Its timer has no reader.
void say(const std::string& sentence, bool dry_run)
{
    std::cout << sentence << "\n";
    if (!dry_run)
        log_notice("gc: " + sentence);
}

/// Journals that are lost or damaged, as far as the bridges themselves tell what was moved. Returns a
/// sentence for each that stays damaged.
std::vector<std::string> write_journals_anew(Host& host, bool dry_run)
{
    for (UplinkMove& move : host.unwritten_moves()) {
        say("the journal of uplink " + move.nic + ", a port of bridge " + move.bridge +
                ", is lost or damaged: it " + (dry_run ? "would be" : "is") +
                " written anew from what the bridge has",
            dry_run);
        if (!dry_run)
            host.write_anew(std::move(move));
    }
    std::vector<std::string> failures;
    for (const std::string& damage : dry_run ? std::vector<std::string>{} : host.damaged_journals())
        failures.push_back(damage +
                           ", and no bridge tells what was moved: move it back by hand once no container "
                           "needs it, and remove the file");
    return failures;
}

} // namespace

int gc_command(bool dry_run)
{
    Host host(viewpoint());
    host.lock(lock_patience);
    RecordStore store(host.here());
    std::vector<std::string> failures;
    const Apply apply = telling(host, "gc", dry_run);
    const auto keep = [&failures](std::vector<std::string> sentences) {
        std::move(sentences.begin(), sentences.end(), std::back_inserter(failures));
    };
    for (const std::string& name : store.names())
        if (const auto sentence = dry_run ? would_set_aside(store, name) : store.set_aside_if_damaged(name))
            say(*sentence, dry_run);
    if (!dry_run)
        store.renew_holds();
    keep(write_journals_anew(host, dry_run));
    for (const Leftover& leftover : find_leftovers(host, store)) {
        say((dry_run ? "would remove" : "removing") + (" what is left of " + name_of(leftover)), dry_run);
        if (!dry_run)
            keep(tear_down(host, store, leftover, apply));
    }
    keep(execute_best_effort(unheld_things(host, store), apply));
    keep(execute_best_effort(lost_things(host, store, Restoring::what_cuts_off), apply));
    if (!dry_run)
        keep(open_new_gates(host, store, apply));
    if (!dry_run)
        keep(publish_at_new_addresses(host, store, apply));
    if (!dry_run)
        store.tidy();
    return report("gc", failures);
}

} // namespace uplink
