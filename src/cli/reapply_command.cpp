// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "core/describe.h"
#include "core/execute.h"
#include "host/host.h"
#include "host/log.h"
#include "host/process.h"
#include "host/record_store.h"
#include "instances.h"

#include <iostream>

namespace uplink
{

int reapply_command()
{
    Host host(viewpoint());
    host.lock(lock_patience);
    const RecordStore store(host.here());
    const Apply apply = [&host](const Step& step) {
        std::cout << describe(step) << "\n";
        log_notice("reapply: " + describe(step));
        host.apply(step);
    };
    const auto failures = execute_best_effort(lost_things(host, store), apply);
    for (const std::string& failure : failures)
        std::cerr << "lxc-uplink: reapply: " + failure + "\n";
    return failures.empty() ? status_fine : status_wrong;
}

} // namespace uplink
