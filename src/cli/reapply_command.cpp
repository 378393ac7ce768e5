// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/telling.h"
#include "core/execute.h"
#include "host/host.h"
#include "host/process.h"
#include "host/record_store.h"
#include "instances.h"

namespace uplink
{

int reapply_command()
{
    Host host(viewpoint());
    host.lock(lock_patience);
    const RecordStore store(host.here());
    return report("reapply", execute_best_effort(lost_things(host, store), telling(host, "reapply")));
}

} // namespace uplink
