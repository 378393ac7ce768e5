// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/options.h"
#include "core/claims.h"
#include "core/describe.h"
#include "core/error.h"
#include "core/plan_macvlan.h"
#include "core/plan_rules.h"
#include "core/pre_start_line.h"
#include "core/shared.h"
#include "host/host.h"
#include "host/lxc_config.h"
#include "host/process.h"
#include "host/record_store.h"
#include "instances.h"
#include "run_hook.h"

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

std::vector<std::string> hook_line_of(const std::string& config_file)
{
    for (const std::string& line : read_lxc_config(config_file).pre_start_lines)
        if (auto words = our_words(line))
            return *words;
    throw Error(config_file +
                " does not run the hooks, so that a start would do nothing: add the line \"lxc.include = " +
                snippet() + "\"");
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
    const ContainerSpec spec =
        spec_for(environment, hook_line_of(config_file), {read_options, read_lxc_config});
    Host host(viewpoint());
    const RecordStore store(host.here());
    HostState state = host.state_for(spec);
    state.shared_keys = store.keys();
    const std::string tag = "lxc-uplink:" + hash_of(spec.container) + ":INSTANCE:" + name;
    const auto held_by_containers = [&](const Keys& keys) {
        return held_by_others(store, keys, hash_of(spec.container), host.here());
    };
    check_rivals(spec, state, held_by_containers(rival_keys(spec, state)));
    const EngineChoice choice =
        Host::engine_for(spec, held_by_containers({key_of(Engine::iptables), key_of(Engine::nftables)}));
    state.engine = choice.engine;
    host.read_gates(state, spec);
    const Plan plan = plan_pre_start(spec, state, tag);
    Keys wanted = shared_keys(plan);
    wanted.merge(claim_keys(spec, state.engine));
    check_claims(spec, held_by_containers(contested_keys(wanted, state.shared_keys)));

    if (spec.mode == Mode::none)
        std::cout << "mode is none: nothing is done for " << name << "\n";
    print("pre-start", plan);
    const bool openvswitch =
        state.direct &&
        (state.direct->found.bridge.openvswitch ||
         (state.direct->found.bridge.ifindex == 0 && spec.bridge_type == BridgeType::openvswitch));
    print("start-host",
          plan_start_host(spec, openvswitch ? BridgeType::openvswitch : BridgeType::linux_bridge));
    for (const std::string& notice : notices(spec, state, awaited_families(spec, state)))
        std::cout << "note: " << notice << "\n";
    return status_fine;
}

} // namespace uplink
