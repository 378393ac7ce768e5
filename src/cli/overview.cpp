// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/overview.h"

#include "core/coexist.h"
#include "core/describe.h"
#include "core/error.h"
#include "core/nat_networks.h"
#include "core/plan_rules.h"
#include "core/shared.h"
#include "core/transfer.h"
#include "host/process.h"
#include "openings.h"

#include <algorithm>
#include <functional>

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
        if (!nat && gates.empty())
            continue;
        const HostState state = state_now(host, store, record.spec, gates);
        if (nat)
            record.notices = notices_now(record, state);
        overview.closed[name] = closed_to(record, state, overview.rules[name]);
    }
}

void add_faults_of_ports(std::vector<std::string>& faults, const Record& record, const Overview& overview)
{
    for (const auto& [port, each] : rules_of_kind<PublishedPort>(record, overview))
        if (!is_in_force(each))
            faults.push_back(
                record.spec.container.name + ": port " +
                text_of_port(port.address, port.ports, port.protocol) +
                " is no longer published, since somebody has removed its rule: run \"lxc-uplink reapply\"");
    for (const auto& [guard, each] : rules_of_kind<LoopbackGuard>(record, overview))
        if (!is_in_force(each))
            faults.push_back(record.spec.container.name +
                             ": nothing guards the loopback address against bridge " + guard.bridge +
                             ", since somebody has removed the rule: run \"lxc-uplink reapply\"");
    for (const auto& [inbound, each] : rules_of_kind<InboundRule>(record, overview))
        if (!is_in_force(each) && !inbound.open)
            faults.push_back(record.spec.container.name + ": nothing guards " +
                             to_string(inbound.destination) +
                             " against what comes in unasked, since somebody has removed the rule: run "
                             "\"lxc-uplink reapply\"");
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

/// As ip(8) words them on the bridge.
std::vector<std::string> words_for(const std::vector<KernelObject>& objects, const std::string& bridge)
{
    std::vector<std::string> words;
    words.reserve(objects.size());
    for (const KernelObject& object : objects)
        words.push_back(noun_for(object.kind) + words_on(bridge, object));
    return words;
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

void add_faults_of_uplinks(std::vector<std::string>& faults, const Overview& overview)
{
    for (const UplinkJournal& journal : overview.uplinks) {
        const auto found = overview.standings.find(journal.move.nic);
        if (found == overview.standings.end())
            continue;
        const UplinkStanding& standing = found->second;
        if (!standing.is_port)
            faults.push_back("uplink " + journal.move.nic +
                             " is no longer a port of its bridge: somebody has taken it out; " +
                             (standing.can_join ? "run \"lxc-uplink reapply\""
                                                : "stop the containers that hold it, and start them again"));
        std::string list;
        for (const std::string& words : words_for(standing.missing, journal.move.bridge))
            list += (list.empty() ? "" : ", ") + words;
        if (!list.empty())
            faults.push_back("bridge " + journal.move.bridge + " has lost what was moved there from " +
                             journal.move.nic + " (" + list + "): run \"lxc-uplink reapply\"");
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
    overview.tags = host.tags();
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
    for (const auto& [key, holders] : overview.shared) {
        const auto removal = removal_of(key);
        const auto* guard = removal ? std::get_if<DhcpGuard>(&removal->resource) : nullptr;
        if (guard != nullptr)
            look_if_it_answers(overview, [&, lost = key] {
                if (!host.is_in_force(*guard))
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

std::vector<std::string> faults_of(const Overview& overview)
{
    std::vector<std::string> faults;
    for (const Record& record : overview.records) {
        const Life life = overview.lives.at(record_name(record));
        if (life == Life::dead)
            faults.push_back(record.spec.container.name +
                             " has ended, and what it had is still there: run \"lxc-uplink gc\"");
        const auto closed = overview.closed.find(record_name(record));
        if (closed != overview.closed.end() && !closed->second.empty())
            faults.push_back(
                record.spec.container.name +
                ": a firewall that was started or reloaded since has not been opened for it (\"" +
                closed->second.front() + "\" is missing): run \"lxc-uplink reapply\"");
        if (life != Life::alive || record.rebooting)
            continue;
        for (const std::string& step : overview.undone.at(record_name(record)))
            faults.push_back(record.spec.container.name + ": somebody has undone: " + step +
                             ": run \"lxc-uplink reapply\"");
        if (record.spec.mode != Mode::nat)
            continue;
        for (const NicSpec& nic : record.spec.nics) {
            const auto rules = rules_for(nic, record, overview);
            const auto bad = std::find_if_not(rules.begin(), rules.end(), is_in_force);
            if (bad != rules.end())
                faults.push_back(record.spec.container.name + ": the rule of lxc.net." +
                                 std::to_string(nic.index) +
                                 (bad->standing.there ? " is there, but no packet gets to it" : " is gone") +
                                 ": run \"lxc-uplink reapply\"");
        }
        add_faults_of_ports(faults, record, overview);
    }
    for (const std::string& tag : overview.tags)
        if (const auto name = record_name_of_tag(tag); name && !overview.lives.contains(*name))
            faults.push_back(
                "the rules tagged " + tag +
                " have no record, which somebody has removed: they go when their container stops, or by "
                "\"lxc-uplink gc\" where it has stopped");
    for (const UplinkJournal& journal : overview.uplinks)
        if (was_cut_short(journal, viewpoint()))
            faults.push_back("the move of uplink " + journal.move.nic + " to bridge " + journal.move.bridge +
                             " was cut short: run \"lxc-uplink gc\"");
    add_faults_of_uplinks(faults, overview);
    for (const auto& [key, holders] : overview.shared)
        if (overview.guards_lost.contains(key))
            faults.push_back(name_of_key(key) + " is no longer in force: run \"lxc-uplink reapply\"");
    for (const std::string& bridge : overview.mute_bridges)
        faults.push_back(
            "bridge " + bridge +
            " switches no more, since somebody has deleted its flow for that: run \"lxc-uplink reapply\"");
    for (const std::string& reason : overview.unanswered)
        faults.push_back("not all could be looked at: " + reason);
    for (const std::string& damage : overview.damages)
        faults.push_back(damage + ": run \"lxc-uplink gc\"");
    if (!overview.ipv6_forwarding && overview.needs_ipv6_forwarding)
        faults.emplace_back(
            "net.ipv6.conf.all.forwarding is off, so nothing gets out by IPv6: run \"lxc-uplink reapply\"");
    if (!overview.forwarding && overview.needs_forwarding)
        faults.emplace_back("net.ipv4.ip_forward is off, so nothing gets out: run \"lxc-uplink reapply\"");
    return faults;
}

std::string word_for(Life life)
{
    switch (life) {
    case Life::alive:
        return "alive";
    case Life::dead:
        return "dead";
    case Life::unknown:
        return "unknown";
    }
    return "";
}

std::string port_for(const NicSpec& nic, const Record& record)
{
    for (const Step& step : record.steps)
        if (const auto* port = std::get_if<BridgePort>(&step.resource);
            port != nullptr && port->nic == nic.index)
            return port->port;
    return "";
}

std::vector<std::string> texts_of(const NicSpec& nic)
{
    std::vector<std::string> texts;
    for (const bool ipv6 : {false, true})
        for (const IpInterface& interface : static_addresses(nic, ipv6))
            texts.push_back(to_string(interface));
    return texts;
}

std::vector<std::string> things_moved(const UplinkJournal& journal)
{
    std::vector<KernelObject> things = journal.move.was.objects;
    std::erase_if(things, [](const KernelObject& object) {
        return object.comes_with_address || object.kind == KernelObject::Kind::neighbour ||
               object.kind == KernelObject::Kind::nexthop;
    });
    return words_for(things, journal.move.bridge);
}

} // namespace uplink
