// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/telling.h"
#include "core/execute.h"
#include "host/host.h"
#include "host/process.h"
#include "host/record_store.h"
#include "instances.h"
#include "openings.h"

namespace uplink
{

int reapply_command()
{
    Host host(viewpoint());
    host.settle_firewalld(); // whose unit runs this too early
    host.lock(lock_patience);
    RecordStore store(host.here());
    const Apply apply = telling(host, "reapply");
    std::vector<std::string> failures = execute_best_effort(lost_things(host, store, Restoring::all), apply);
    for (std::string& failure : open_new_gates(host, store, apply))
        failures.push_back(std::move(failure));
    return report("reapply", failures);
}

} // namespace uplink
