// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "host/file.h"
#include "host/lock.h"
#include "host/log.h"
#include "host/ovs.h"
#include "host/process.h"
#include "host/record_store.h"
#include "host/uplink_journal.h"

#include <iostream>

namespace uplink
{

namespace
{

void say(const std::string& sentence)
{
    std::cout << sentence << "\n";
    log_notice("gc: " + sentence);
}

std::string words_for(const OvsOwned& thing)
{
    return thing.port.empty() ? "Open vSwitch bridge " + thing.bridge
                              : "port " + thing.port + " of Open vSwitch bridge " + thing.bridge;
}

} // namespace

int gc_boot_command()
{
    make_folders("/run/lxc-uplink");
    const Lock lock(our_lock, std::chrono::seconds(20));
    const Viewpoint here = viewpoint();
    // Files first: they need no daemon.
    for (const std::string& name : RecordStore(here).drop_other_boots(here.boot_id))
        say("removed record " + name + " of an earlier boot");
    for (const std::string& path : UplinkJournals(here).drop_other_boots())
        say("removed journal " + path + " of an earlier boot");
    for (const OvsOwned& thing : Ovs().remove_of_other_boots(here.boot_id))
        say("removed " + words_for(thing) + " of an earlier boot");
    return status_fine;
}

} // namespace uplink
