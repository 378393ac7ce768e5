// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_hook.h"

#include "core/error.h"
#include "core/execute.h"
#include "core/shared.h"
#include "decision.h"
#include "host/file.h"
#include "host/log.h"
#include "host/process.h"
#include "instances.h"
#include "late_ports.h"
#include "run.h"
#include "unheld.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <sys/stat.h>
#include <unistd.h>

namespace uplink
{

namespace
{

/// Decides, writes the record ahead, acts.
void set_up(Run& run, const ContainerSpec& spec)
{
    Decision decision = decide(run.host(), run.store(), spec, tag_of(spec.container, run.instance()));
    Record record = run.new_record(spec);
    record.firewall = decision.firewall;
    record.steps = std::move(decision.steps);
    record.notices = std::move(decision.notices);
    record.keys = decision.shared;
    record.keys.merge(decision.claims);
    const Keys held =
        keys_of(held_by_others(run.store(), decision.shared, run.record_name(), run.host().here()));
    try {
        run.store().write(record);
        execute_or_roll_back(record.steps, held, run.apply());
    } catch (const LeftBehind&) {
        throw; // with its record, by which gc and the next hook try again
    } catch (const Error&) {
        run.store().forget(run.record_name(), record.keys);
        throw;
    }
    for (const std::string& name : switches_turned_on(record.steps))
        run.note_switched_on(name, record);
    for (const std::string& sentence : record.notices)
        run.note(sentence);
    run.check_monitor(record);
}

void pre_start(Run run, const std::vector<std::string>& hook_line, const Readers& readers)
{
    const auto earlier = run.store().read(run.record_name());
    // LXC reboots a container within its monitor, with the configuration in memory: edits on disk do not
    // count yet.
    const bool rebooted = earlier && (earlier->rebooting || earlier->init);
    const ContainerSpec spec = rebooted ? earlier->spec : spec_for(run.environment(), hook_line, readers);
    if (earlier && !rebooted && !(earlier->spec == spec))
        throw Error("the configuration runs this hook twice with different options: keep one of the lines");
    run.lock_for(spec);
    run.sweep();
    if (spec.mode == Mode::direct)
        run.put_back_lost_guards();
    if (!earlier || rebooted)
        set_up(run, spec);
}

/// Mode nat knows no bridges but those of Linux.
BridgeType type_of_bridges(Run& run, const ContainerSpec& spec)
{
    return spec.has_uplink() ? run.host().type_of_bridge(spec.nics.front().bridge) : BridgeType::linux_bridge;
}

void start_host(Run run)
{
    run.lock();
    auto record = run.store().read(run.record_name());
    if (!record)
        throw Error("there is no record of this start: the configuration also needs a line "
                    "lxc.hook.pre-start that runs "
                    "lxc-uplink-pre-start");
    const auto pid = run.environment().init_pid;
    record->init = pid ? process_with(*pid) : std::nullopt;
    if (!record->init)
        throw Error("LXC_PID names no living process: this program is for lxc.hook.start-host alone");
    Plan ports = plan_start_host(record->spec, type_of_bridges(run, record->spec));
    if (!ports.empty())
        run.host().name_ports(ports, *pid, record->spec.veth_count);
    for (const Step& port : ports)
        if (std::find(record->steps.begin(), record->steps.end(), port) == record->steps.end())
            record->steps.push_back(port);
    run.store().write(*record);
    execute_or_roll_back(ports, {}, run.apply());
    run.check_monitor(*record);
    publish_when_addressed(run.host(), *record);
}

/// The uplink by the name that it had when the container started: `auto` may mean another one by now.
ContainerSpec as_moved(const Record& record)
{
    ContainerSpec spec = record.spec;
    for (const Step& step : record.steps)
        if (const auto* move = std::get_if<UplinkMove>(&step.resource))
            spec.uplink = move->nic;
    return spec;
}

/// What a container had whose record is lost is known by nothing else than that nobody holds it. It may be
/// another's, too, so that it is no failure of this one's.
void remove_unheld_things(Run& run)
{
    try {
        for (UplinkMove& move : run.host().unwritten_moves())
            run.host().write_anew(std::move(move));
        for (const std::string& failure :
             execute_best_effort(unheld_things(run.host(), run.store()), run.apply()))
            run.note(failure);
    } catch (const Error& error) {
        run.note(error.what());
    }
}

void post_stop(Run run)
{
    auto record = run.record_of_stopped();
    record ? run.lock_for(as_moved(*record)) : run.lock();
    run.sweep();
    record = run.record_of_stopped();
    std::vector<std::string> failures;
    if (record && run.environment().rebooting && lives(record->instance.monitor)) {
        // What is shared, and the addresses, stay with this monitor: the container comes back in a moment.
        failures = execute_best_effort(plan_post_stop(record->steps, record->keys), run.apply());
        record->rebooting = true;
        run.store().write(*record);
    } else if (record) {
        failures = tear_down(run.host(), run.store(), *record, run.apply());
    } else {
        failures = tear_down_lost(run.host(), run.store(), run.record_name(), run.apply());
        remove_unheld_things(run);
    }
    if (record && record->spec.mode == Mode::direct)
        run.put_back_lost_guards();
    std::string text;
    for (const std::string& failure : failures)
        text += failure + "; ";
    if (!failures.empty())
        throw Error(text + "run \"lxc-uplink gc\" once that is mended");
}

void check_root()
{
    if (::geteuid() != 0)
        throw Error("only root can change the host's network: start the container as root, with lxc.idmap "
                    "lines if it "
                    "is to be unprivileged, or take the lxc-uplink lines out of its configuration");
}

int report(const std::string& line)
{
    // First, since LXC may have closed the other end of stderr by then.
    log_error(line);
    // In one piece: LXC logs each piece that it reads as a line of its own.
    std::cerr << "lxc-uplink: " + line + "\n";
    return 1;
}

} // namespace

ContainerSpec spec_for(const LxcEnvironment& environment, const std::vector<std::string>& hook_line,
                       const Readers& readers)
{
    struct stat config = {};
    if (::stat(environment.config_file.c_str(), &config) != 0)
        throw Error("cannot read " + environment.config_file + ": " + error_text(errno));
    std::vector<OptionFile> files;
    if (environment.option_file)
        if (auto file = read_option_file(*environment.option_file, config.st_uid))
            files.push_back(std::move(*file));
    if (auto file = read_option_file(host_option_file, 0)) {
        file->of_host = true;
        files.push_back(std::move(*file));
    }
    const Options options = readers.options(hook_line, files);
    return make_spec(environment.container, options, readers.config(environment.config_file));
}

int run_hook(Hook hook, std::vector<std::string> arguments, const Readers& readers)
{
    open_log("");
    (void)std::signal(SIGPIPE, SIG_IGN); // a monitor that died must not keep its hook from undoing things
    const std::string name = container_name();
    const std::string prefix = (name.empty() ? "" : name + ": ") + to_string(hook) + ": ";
    try {
        const LxcEnvironment environment = read_lxc_environment(hook, arguments);
        open_log(environment.log_level);
        check_root();
        if (hook == Hook::start_host)
            readers.options(arguments, {});
        switch (hook) {
        case Hook::pre_start:
            pre_start(Run(hook, environment), arguments, readers);
            break;
        case Hook::start_host:
            start_host(Run(hook, environment));
            break;
        case Hook::post_stop:
            post_stop(Run(hook, environment));
            break;
        }
        return 0;
    } catch (const std::exception& error) {
        return report(prefix + error.what());
    }
}

} // namespace uplink
