// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/telling.h"
#include "core/execute.h"
#include "host/host.h"
#include "host/log.h"
#include "host/process.h"
#include "host/record_store.h"
#include "instances.h"
#include "late_ports.h"
#include "openings.h"
#include "unheld.h"

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
