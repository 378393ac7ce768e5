// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/record.h"

namespace uplink
{

Life life_of(const Instance& instance, const Viewpoint& here, Lives lives)
{
    if (instance.pid_namespace != here.pid_namespace)
        return Life::unknown;
    return lives(instance.monitor) ? Life::alive : Life::dead;
}

Life life_of(const Record& record, const Viewpoint& here, Lives lives)
{
    if (record.boot_id != here.boot_id || record.network_namespace != here.network_namespace)
        return Life::unknown;
    const Life monitor = life_of(record.instance, here, lives);
    // lxc.monitor.signal.pdeath = 0 lets a container outlive its monitor.
    if (monitor == Life::dead && record.init && lives(*record.init))
        return Life::alive;
    return monitor;
}

} // namespace uplink
