// SPDX-License-Identifier: GPL-2.0-or-later
// Who is alive, who is dead, and of whom it cannot be said from here.
#include "core/record.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

const Process monitor = {812, 30517};
const Process init = {815, 30620};
const Viewpoint here = {"boot-1", 4026531836, 4026531840};

bool all_live(const Process&)
{
    return true;
}

bool none_lives(const Process&)
{
    return false;
}

bool only_init_lives(const Process& process)
{
    return process == init;
}

bool only_monitor_lives(const Process& process)
{
    return process == monitor;
}

Record record_with(std::optional<Process> recorded_init)
{
    Record record;
    record.instance = {monitor, here.pid_namespace};
    record.boot_id = here.boot_id;
    record.network_namespace = here.network_namespace;
    record.init = recorded_init;
    return record;
}

} // namespace

TEST_CASE("an instance lives as long as its monitor or its init")
{
    const Record with_init = record_with(init);
    CHECK(life_of(with_init, here, all_live) == Life::alive);
    CHECK(life_of(with_init, here, only_monitor_lives) == Life::alive);
    CHECK(life_of(with_init, here, only_init_lives) == Life::alive);
    CHECK(life_of(with_init, here, none_lives) == Life::dead);
}

TEST_CASE("before start-host the monitor alone decides")
{
    const Record without_init = record_with(std::nullopt);
    CHECK(life_of(without_init, here, only_monitor_lives) == Life::alive);
    CHECK(life_of(without_init, here, only_init_lives) == Life::dead);
    CHECK(life_of(without_init, here, none_lives) == Life::dead);
}

TEST_CASE(
    "a record of another boot, network namespace or pid namespace cannot be judged, whoever seems to live")
{
    for (const Viewpoint& elsewhere :
         {Viewpoint{"boot-2", here.pid_namespace, here.network_namespace},
          Viewpoint{here.boot_id, here.pid_namespace, 1}, Viewpoint{here.boot_id, 1, here.network_namespace},
          Viewpoint{"boot-2", 1, 1}})
        for (const Lives lives : {all_live, none_lives, only_init_lives, only_monitor_lives})
            for (const auto& recorded_init : {std::optional<Process>(init), std::optional<Process>()}) {
                CAPTURE(elsewhere.boot_id);
                CAPTURE(elsewhere.pid_namespace);
                CAPTURE(elsewhere.network_namespace);
                CHECK(life_of(record_with(recorded_init), elsewhere, lives) == Life::unknown);
            }
}

TEST_CASE("of an instance without a record its monitor and pid namespace are known")
{
    const Instance instance = {monitor, here.pid_namespace};
    CHECK(life_of(instance, here, all_live) == Life::alive);
    CHECK(life_of(instance, here, only_init_lives) == Life::dead);
    CHECK(life_of(instance, here, none_lives) == Life::dead);
    CHECK(life_of(Instance{monitor, 1}, here, all_live) == Life::unknown);
    CHECK(life_of(Instance{monitor, 1}, here, none_lives) == Life::unknown);
}
