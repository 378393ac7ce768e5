// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/overview.h"

#include "core/bridge_remedy.h"
#include "core/coexist.h"
#include "core/describe.h"
#include "core/error.h"
#include "core/nat_networks.h"
#include "core/plan_rules.h"
#include "core/restart.h"
#include "core/shared.h"
#include "host/process.h"
#include "instances.h"
#include "openings.h"

#include <algorithm>
#include <functional>
#include <thread>

namespace uplink
{

namespace
{

bool is_shared_thing(const std::string& key)
{
    return removal_of(key).has_value();
}

std::map<std::string, std::vector<RuleInForce>> rules_of(const std::vector<Record>& records, Host& host)
{
    Plan all;
    for (const Record& record : records)
        all.insert(all.end(), record.steps.begin(), record.steps.end());
    const std::vector<Standing> standings = host.standing(all);
    std::size_t next = 0;
    std::map<std::string, std::vector<RuleInForce>> rules;
    for (const Record& record : records) {
        std::vector<RuleInForce>& of_record = rules[record_name(record)];
        for (const Step& step : record.steps)
            if (const auto* set = std::get_if<RuleSet>(&step.resource))
                for (const Rule& rule : set->rules)
                    of_record.push_back({rule, *set->engine, standings.at(next++)});
    }
    return rules;
}

bool is_published_by(const Record& record, bool ipv6)
{
    const auto ports = published_ports(record.steps);
    return std::any_of(ports.begin(), ports.end(),
                       [ipv6](const PublishedPort& port) { return port.to.ipv6 == ipv6; });
}

/// What was noted at the start may be otherwise now; of a moved uplink it cannot be looked at again.
std::vector<std::string> notices_now(const Record& record, const HostState& state)
{
    std::vector<bool> awaited = awaited_families(record.spec, state);
    std::erase_if(awaited, [&record](bool ipv6) { return is_published_by(record, ipv6); });
    return notices(record.spec, state, awaited);
}

/// What is ours in others' firewalls and is missing there, in words.
std::vector<std::string> closed_to(const Record& record, const HostState& state,
                                   const std::vector<RuleInForce>& rules)
{
    std::vector<std::string> steps;
    for (const RuleInForce& each : rules)
        if (is_opening(each.rule) && !is_in_force(each) && has_its_gate(each.rule, each.engine, state.gates))
            steps.push_back(describe({Action::add, RuleSet{{each.rule}, each.engine}}));
    for (const Step& step : new_openings(record, state))
        steps.push_back(describe(step));
    return steps;
}

/// Those that we make are among what is undone.
void look_at_bridges(Overview& overview, Record& record, const HostState& state)
{
    for (const NicSpec& nic : record.spec.nics) {
        const auto trouble =
            makes_bridge(record.steps, nic.bridge) ? std::nullopt : trouble_of_bridge(nic, state);
        if (!trouble)
            continue;
        overview.bridges_amiss.insert(*trouble);
        std::erase(record.notices, *trouble);
    }
}

BridgeType type_of_bridges(const Record& record)
{
    for (const Step& step : record.steps)
        if (const auto* port = std::get_if<BridgePort>(&step.resource))
            return port->type;
    return BridgeType::linux_bridge;
}

/// What was moved to it comes back by gc; the container's port does not.
void look_at_direct_bridges(Overview& overview, const Record& record, Host& host)
{
    for (const NicSpec& nic : record.spec.nics)
        if (!host.has_bridge(nic.bridge, type_of_bridges(record)))
            overview.bridges_amiss.insert("bridge " + nic.bridge + " of " + record.spec.container.name +
                                          " is gone: run \"" + command_to_restart(record.spec.container) +
                                          "\"");
}

/// Rules and forwarding are told of by themselves.
std::vector<std::string> undone_of(const Record& record, Host& host)
{
    Plan plan = record.steps;
    std::erase_if(plan, [](const Step& step) {
        return std::holds_alternative<RuleSet>(step.resource) ||
               std::holds_alternative<Ipv4Forwarding>(step.resource) ||
               std::holds_alternative<Ipv6Forwarding>(step.resource);
    });
    std::vector<std::string> words;
    for (const Step& step : host.lost(plan))
        words.push_back(describe(step));
    return words;
}

void look_at_the_living(Overview& overview, Host& host, const RecordStore& store)
{
    const std::vector<Gate> gates = host.gates();
    for (Record& record : overview.records) {
        const std::string name = record_name(record);
        const bool nat = record.spec.mode == Mode::nat;
        if (overview.lives[name] != Life::alive || record.rebooting)
            continue;
        overview.undone[name] = undone_of(record, host);
        if (!nat)
            look_at_direct_bridges(overview, record, host);
        if (!nat && gates.empty())
            continue;
        const HostState state = state_now(host, store, record.spec, gates);
        if (nat) {
            record.notices = notices_now(record, state);
            look_at_bridges(overview, record, state);
        }
        overview.closed[name] = closed_to(record, state, overview.rules[name]);
    }
}

/// Each engine once, with the reason of the container that was there first: those after it came to its rules.
std::set<std::string> engines_of(std::vector<Record> records)
{
    std::sort(records.begin(), records.end(),
              [](const Record& left, const Record& right) { return left.started < right.started; });
    std::map<std::string, std::string> choices;
    for (const Record& record : records)
        if (!record.firewall.empty())
            choices.emplace(record.firewall.substr(0, record.firewall.find(',')), record.firewall);
    std::set<std::string> sentences;
    for (const auto& [engine, choice] : choices)
        sentences.insert(choice);
    return sentences;
}

/// Moves that were cut short, and uplinks that are stranded, have faults of their own.
std::vector<std::string> words_of_unheld(const Overview& overview, Host& host, const RecordStore& store)
{
    std::set<std::string> told;
    for (const UplinkJournal& journal : overview.uplinks)
        if (was_cut_short(journal, host.here()))
            told.insert(journal.move.nic);
    for (const auto& [nic, standing] : overview.standings)
        if (standing.is_stranded)
            told.insert(nic);
    std::vector<std::string> words;
    for (const Step& step : unheld_things(host, store)) {
        const auto* move = std::get_if<UplinkMove>(&step.resource);
        if (move == nullptr || !told.contains(move->nic))
            words.push_back(describe(step));
    }
    return words;
}

/// Those of living containers that hold by their records what no file says that they hold.
std::set<std::string> containers_without_holds(const RecordStore& store, const Viewpoint& here)
{
    std::set<std::string> names;
    for (const std::string& name : store.names()) {
        const auto record = store.read(name);
        if (!record || record->network_namespace != here.network_namespace ||
            life_of(*record, here, lives) != Life::alive)
            continue;
        if (std::any_of(record->keys.begin(), record->keys.end(), [&](const std::string& key) {
                const auto holders = store.holders(key);
                return std::find(holders.begin(), holders.end(), name) == holders.end();
            }))
            names.insert(record->spec.container.name);
    }
    return names;
}

/// Who stops has no more files a moment before he has no more record.
void look_at_holds(Overview& overview, const RecordStore& store, const Viewpoint& here)
{
    const auto names = containers_without_holds(store, here);
    if (names.empty())
        return;
    std::this_thread::sleep_for(longest_write);
    const auto again = containers_without_holds(store, here);
    for (const std::string& name : names)
        if (again.contains(name))
            overview.damages.push_back("the files in /run/lxc-uplink/shared that say what " + name +
                                       " holds are gone");
}

/// A bridge of ours that nobody holds, but for its uplink.
void look_at_ports(Overview& overview, Host& host, const RecordStore& store)
{
    std::set<std::string> uplinks;
    for (const UplinkJournal& journal : overview.uplinks)
        uplinks.insert(journal.move.nic);
    for (const UplinkMove& move : host.unwritten_moves())
        uplinks.insert(move.nic);
    for (const std::string& bridge : host.own_bridges())
        if (store.holders(key_of(Bridge{bridge, "", {}, {}, true})).empty() &&
            host.has_ports_besides(bridge, uplinks))
            overview.bridges_amiss.insert("bridge " + bridge +
                                          ", which lxc-uplink has made, has ports, and no container on "
                                          "record holds it: start those on it anew");
}

/// What cannot be looked at is a fault of its own, and hides nothing else.
void look_if_it_answers(Overview& overview, const std::function<void()>& look)
{
    try {
        look();
    } catch (const Error& error) {
        overview.unanswered.insert(error.what());
    }
}

} // namespace

Overview look(Host& host, const RecordStore& store)
{
    Overview overview;
    std::map<std::string, std::string> containers;
    for (const std::string& name : store.names()) {
        auto record = store.read(name);
        if (!record) {
            if (const auto damage = store.damage_of(name))
                overview.damages.push_back(*damage);
            continue;
        }
        containers[name] = record->spec.container.name;
        overview.lives[name] = life_of(*record, host.here(), lives);
        for (const Step& switched : switches_needed_by(record->steps)) {
            const auto& resource = switched.resource;
            overview.needs_forwarding |= std::holds_alternative<Ipv4Forwarding>(resource);
            overview.needs_ipv6_forwarding |= std::holds_alternative<Ipv6Forwarding>(resource);
        }
        overview.records.push_back(std::move(*record));
    }
    overview.rules = rules_of(overview.records, host);
    look_at_the_living(overview, host, store);
    overview.firewall = engines_of(overview.records);
    overview.unrecorded = surely_unrecorded_instances(host, store);
    for (const Unrecorded& each : overview.unrecorded)
        containers[each.record_name] = each.container.name;
    for (const std::string& key : store.keys())
        if (is_shared_thing(key))
            for (const std::string& holder : store.holders(key))
                overview.shared[key].push_back(containers.contains(holder) ? containers[holder] : holder);
    overview.uplinks = host.moved_uplinks();
    for (const std::string& damage : host.damaged_journals())
        overview.damages.push_back(damage);
    look_if_it_answers(overview, [&] {
        for (const UplinkMove& move : host.unwritten_moves())
            overview.damages.push_back("uplink " + move.nic + " is a port of bridge " + move.bridge +
                                       " without a journal that can be read");
    });
    for (const UplinkJournal& journal : overview.uplinks)
        if (journal.complete)
            look_if_it_answers(
                overview, [&] { overview.standings.emplace(journal.move.nic, host.standing_of(journal)); });
    look_at_holds(overview, store, host.here());
    look_if_it_answers(overview, [&] { look_at_ports(overview, host, store); });
    look_if_it_answers(overview, [&] { overview.unheld = words_of_unheld(overview, host, store); });
    for (const auto& [key, holders] : overview.shared) {
        const auto removal = removal_of(key);
        const auto* guard = removal ? std::get_if<DhcpGuard>(&removal->resource) : nullptr;
        if (guard != nullptr)
            look_if_it_answers(overview, [&, lost = key] {
                if (is_lost(host, *guard))
                    overview.guards_lost.insert(lost);
            });
    }
    look_if_it_answers(overview, [&] {
        for (const Bridge& bridge : host.bridges_without_flows())
            overview.mute_bridges.push_back(bridge.name);
    });
    overview.switched_on = store.switched_on();
    const HostState state = host.state_for({});
    overview.forwarding = state.forwarding;
    overview.ipv6_forwarding = state.ipv6_forwarding;
    std::sort(overview.records.begin(), overview.records.end(), [](const Record& left, const Record& right) {
        return left.spec.container < right.spec.container;
    });
    return overview;
}

std::vector<RuleInForce> rules_for(const NicSpec& nic, const Record& record, const Overview& overview)
{
    std::vector<RuleInForce> rules;
    for (const RuleInForce& each : overview.rules.at(record_name(record))) {
        const auto* rule = std::get_if<MasqueradeRule>(&each.rule);
        if (rule == nullptr)
            continue;
        const bool shared = rule->tag == shared_tag(nic.bridge);
        const auto addresses = static_addresses(nic, rule->source.base.ipv6);
        const bool own =
            std::any_of(addresses.begin(), addresses.end(), [rule](const IpInterface& interface) {
                return rule->source == host_of(interface.address);
            });
        if (shared ? addresses.empty() : own)
            rules.push_back(each);
    }
    return rules;
}

} // namespace uplink
