// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/options.h"
#include "core/describe.h"
#include "core/error.h"
#include "core/hook_lines.h"
#include "core/plan.h"
#include "decision.h"
#include "host/host.h"
#include "host/lxc_config.h"
#include "host/process.h"
#include "host/record_store.h"
#include "run_hook.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace uplink
{

namespace
{

/// Of the installation that this program is of, wherever it has been installed.
std::string snippet()
{
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
    return (program.parent_path() / LXC_UPLINK_SNIPPETS_BESIDE_PROGRAM / "lxc-uplink.conf")
        .lexically_normal();
}

std::vector<std::string> hook_line_of(const ContainerConfig& config, const std::string& config_file)
{
    for (const std::string& line : config.pre_start_lines)
        if (auto words = our_words(line))
            return *words;
    throw Error(config_file +
                " does not run the hooks, so that a start would do nothing: add the line \"lxc.include = " +
                snippet() + "\"");
}

bool runs(const ContainerId& container, const RecordStore& store, const Viewpoint& here)
{
    const auto names = store.names();
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        const auto record = name.starts_with(hash_of(container)) ? store.read(name) : std::nullopt;
        return record && life_of(*record, here, lives) == Life::alive;
    });
}

void print(const char* moment, const Plan& plan)
{
    for (const Step& step : plan) {
        std::cout << moment << ": " << describe(step) << "\n";
        for (const std::string& command : shell_commands(step))
            std::cout << "    " << command << "\n";
    }
}

} // namespace

int plan_command(const std::string& name, const std::string& config_file)
{
    const LxcEnvironment environment = environment_of(name, config_file);
    const ContainerConfig config = read_lxc_config(config_file);
    const ContainerSpec spec =
        spec_for(environment, hook_line_of(config, config_file), {read_options, read_lxc_config});
    Host host(viewpoint());
    const RecordStore store(host.here());
    const Decision decision =
        decide(host, store, spec, "lxc-uplink:" + hash_of(spec.container) + ":INSTANCE:" + name);
    if (runs(spec.container, store, host.here()))
        std::cout << name << " runs: this is what its next start would do\n";
    if (spec.mode == Mode::none)
        std::cout << "mode is none: nothing is done for " << name << "\n";
    print("pre-start", decision.steps);
    print("start-host", plan_start_host(spec, decision.bridge_type));
    std::vector<std::string> notices = notices_of_hook_lines(config);
    notices.insert(notices.end(), decision.notices.begin(), decision.notices.end());
    for (const std::string& notice : notices)
        std::cout << "note: " << notice << "\n";
    return status_fine;
}

} // namespace uplink
