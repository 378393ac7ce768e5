// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include "core/describe.h"
#include "core/error.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/process.h"
#include "instances.h"

namespace uplink
{

namespace
{

bool is_of(const ContainerId& container, const std::string& record_name)
{
    return record_name.rfind(hash_of(container) + ".", 0) == 0;
}

} // namespace

Run::Run(Hook hook, LxcEnvironment environment)
    : hook_(hook), environment_(std::move(environment)),
      here_(viewpoint()), instance_{monitor_of_hook(), here_.pid_namespace}, host_(here_), store_(here_)
{
}

void Run::lock_for(const ContainerSpec& spec)
{
    // This one first: whoever moves an uplink holds it for as long as the proof takes, and ours not.
    if (spec.has_uplink())
        host_.lock_uplink(spec, lock_patience);
    lock();
    host_.undo_what_was_cut_short();
}

void Run::note(const std::string& sentence) const
{
    log_notice(environment_.container.name + ": " + to_string(hook_) + ": " + sentence);
}

Apply Run::apply()
{
    return [this](const Step& step) {
        host_.apply(step);
        note(describe(step));
        for (const std::string& command : shell_commands(step))
            log_detail(environment_.container.name + ": which equals: " + command);
    };
}

void Run::note_switched_on(const std::string& name, const Record& record)
{
    try {
        store_.note_switched_on(name, record.spec.container.name + " at " + record.started);
    } catch (const Error& error) {
        note(error.what()); // status will not know, which is no reason to stop the container
    }
}

Record Run::new_record(const ContainerSpec& spec) const
{
    Record record;
    record.spec = spec;
    record.instance = instance_;
    record.boot_id = here_.boot_id;
    record.network_namespace = here_.network_namespace;
    record.started = now();
    return record;
}

std::optional<Record> Run::record_of_stopped() const
{
    if (auto record = store_.read(record_name()))
        return record;
    for (const std::string& name : store_.names()) {
        auto record = is_of(environment_.container, name) ? store_.read(name) : std::nullopt;
        if (record && record->init && record->init->pid == environment_.init_pid)
            return record;
    }
    return std::nullopt;
}

void Run::sweep()
{
    for (const std::string& name : store_.names())
        if (is_of(environment_.container, name))
            if (const auto sentence = store_.set_aside_if_damaged(name))
                note(*sentence);
    for (const Leftover& leftover : find_dead_records(store_, here_, hash_of(environment_.container))) {
        note("taking down what the dead instance " + leftover.name + " left behind");
        for (const std::string& failure : tear_down(host_, store_, leftover, apply()))
            note(failure);
    }
}

void Run::put_back_lost_guards()
{
    for (const std::string& failure : execute_best_effort(lost_guards(host_, store_), apply()))
        note(failure);
}

void Run::check_monitor(const Record& record)
{
    if (lives(record.instance.monitor))
        return;
    tear_down(host_, store_, record, apply());
    throw Error("the container's LXC monitor died meanwhile: everything was undone");
}

} // namespace uplink
