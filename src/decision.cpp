// SPDX-License-Identifier: GPL-2.0-or-later
#include "decision.h"

#include "core/claims.h"
#include "core/plan_direct.h"
#include "core/plan_macvlan.h"
#include "core/plan_rules.h"
#include "core/shared.h"
#include "instances.h"

namespace uplink
{

namespace
{

/// What is on beside a guard of ours, and held by nobody, was turned on by us: the record is lost.
void claim_lost_localnet(Host& host, HostState& state)
{
    for (const auto& [bridge, link] : state.links) {
        const std::string key = key_of(RouteLocalnet{bridge});
        if (link.route_localnet && !state.shared_keys.contains(key) && host.guards_loopback(bridge))
            state.shared_keys.insert(key);
    }
}

} // namespace

Decision decide(Host& host, const RecordStore& store, const ContainerSpec& spec, const std::string& tag)
{
    HostState state = host.state_for(spec);
    state.shared_keys = store.keys();
    claim_lost_localnet(host, state);
    const auto held_by_containers = [&](const Keys& keys) {
        return held_by_others(store, keys, hash_of(spec.container), host.here());
    };
    check_rivals(spec, state, held_by_containers(rival_keys(spec, state)));
    Decision decision;
    if (spec.mode == Mode::nat) {
        const EngineChoice choice =
            Host::engine_for(spec, held_by_containers({key_of(Engine::iptables), key_of(Engine::nftables)}));
        state.engine = choice.engine;
        decision.firewall = to_string(choice);
    }
    host.read_gates(state, spec);
    decision.steps = plan_pre_start(spec, state, tag);
    decision.shared = shared_keys(decision.steps);
    decision.claims = claim_keys(spec, state.engine);
    Keys wanted = decision.shared;
    wanted.insert(decision.claims.begin(), decision.claims.end());
    check_claims(spec, held_by_containers(contested_keys(wanted, state.shared_keys)));
    decision.notices = notices(spec, state, awaited_families(spec, state));
    decision.bridge_type = type_of_bridge(spec, state);
    return decision;
}

} // namespace uplink
