// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/telling.h"
#include "core/execute.h"
#include "core/shared.h"
#include "host/host.h"
#include "host/log.h"
#include "host/process.h"
#include "host/record_store.h"
#include "instances.h"
#include "late_ports.h"
#include "openings.h"

#include <algorithm>
#include <iostream>
#include <iterator>

namespace uplink
{

namespace
{

std::string name_of(const Leftover& leftover)
{
    return leftover.record ? leftover.record->spec.container.name + " (" + leftover.name + ")"
                           : leftover.name;
}

/// Whether somebody holds a rule that the containers on the bridge share.
bool is_shared_on(const std::string& bridge, const RecordStore& store)
{
    const auto keys = store.keys();
    return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
        return is_shared_rule_of(bridge, key) && !store.holders(key).empty();
    });
}

/// Uplinks, guards, bridges and shared rules that nobody holds any more: their last holder could not remove
/// them. A move that was cut short too.
Plan unheld_things(Host& host, const RecordStore& store)
{
    Plan plan;
    for (const std::string& bridge : host.own_bridges()) {
        const Bridge value{bridge, "", {}, {}, true};
        if (store.holders(key_of(value)).empty())
            plan.push_back({Action::remove, value});
    }
    for (const UplinkJournal& journal : host.moved_uplinks())
        if (was_cut_short(journal, host.here()) ||
            (journal.complete && store.holders(key_of(journal.move)).empty()))
            plan.insert(plan.begin(), {Action::remove, journal.move});
    for (const DhcpGuard& guard : Host::guards_in_force())
        if (store.holders(key_of(guard)).empty())
            plan.push_back({Action::remove, guard});
    for (const std::string& tag : host.tags())
        if (const auto bridge = bridge_of_shared_tag(tag); bridge && !is_shared_on(*bridge, store))
            plan.push_back({Action::remove, TaggedRules{tag}});
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
    for (const Leftover& leftover : find_leftovers(host, store)) {
        say((dry_run ? "would remove" : "removing") + (" what is left of " + name_of(leftover)), dry_run);
        if (!dry_run)
            keep(tear_down(host, store, leftover, apply));
    }
    keep(execute_best_effort(unheld_things(host, store), apply));
    keep(execute_best_effort(lost_things(host, store), apply));
    if (!dry_run)
        keep(open_new_gates(host, store, apply));
    if (!dry_run)
        keep(publish_at_new_addresses(host, store, apply));
    if (!dry_run)
        store.tidy();
    return report("gc", failures);
}

} // namespace uplink
