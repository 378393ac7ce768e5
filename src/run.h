// SPDX-License-Identifier: GPL-2.0-or-later
// One run of a hook: whom it is for, the lock it holds, and the host and the records that it works on.
#pragma once

#include "core/execute.h"
#include "host/host.h"
#include "host/lock.h"
#include "host/lxc_environment.h"
#include "host/record_store.h"

#include <optional>
#include <string>

namespace uplink
{

class Run
{
  public:
    /// Throws Error when the monitor that ran this hook has gone.
    Run(Hook hook, LxcEnvironment environment);

    [[nodiscard]] const LxcEnvironment& environment() const { return environment_; }
    [[nodiscard]] const Instance& instance() const { return instance_; }
    [[nodiscard]] std::string record_name() const
    {
        return uplink::record_name(environment_.container, instance_);
    }
    Host& host() { return host_; }
    RecordStore& store() { return store_; }

    /// Waits for our lock, under which a run looks at the host, decides and acts. Throws Error when it cannot
    /// be had.
    void lock() { host_.lock(lock_patience); }

    /// In mode direct also for that of the uplink of `spec`, whose move is undone where it was cut short.
    void lock_for(const ContainerSpec& spec);

    /// Says something in syslog, with the container and the hook.
    void note(const std::string& sentence) const;

    /// Applies a step to the host and notes it.
    [[nodiscard]] Apply apply();

    /// Notes for status that a switch of the kernel was turned on for this container.
    void note_switched_on(const std::string& name, const Record& record);

    /// A record of this instance, with nothing done yet.
    [[nodiscard]] Record new_record(const ContainerSpec& spec) const;

    /// The record of the instance that has stopped: by its monitor, or by its init, whose pid LXC still tells
    /// then.
    [[nodiscard]] std::optional<Record> record_of_stopped() const;

    /// Takes down what dead instances left behind. A failure is noted and none of this container's.
    void sweep();

    /// Adds the guards again that living containers have lost. A failure is noted and none of this
    /// container's.
    void put_back_lost_guards();

    /// Throws Error when the monitor has died meanwhile, since no post-stop will follow then; undoes `record`
    /// before.
    void check_monitor(const Record& record);

  private:
    Hook hook_;
    LxcEnvironment environment_;
    Viewpoint here_;
    Instance instance_;
    Host host_;
    RecordStore store_;
};

} // namespace uplink
