// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "core/describe.h"
#include "core/iptables_words.h"
#include "core/nat_networks.h"
#include "core/nftables_rules.h"
#include "core/plan_rules.h"
#include "core/shared.h"
#include "host/host.h"
#include "host/process.h"
#include "host/record_store.h"
#include "instances.h"
#include "openings.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

namespace uplink
{

namespace
{

using OrderedJson = nlohmann::ordered_json;

/// A rule that a record speaks of, and how it stands.
struct RuleInForce {
    Rule rule;
    Engine engine = Engine::iptables;
    Standing standing;
};

/// All that status shows, read once.
struct Overview {
    std::vector<Record> records;
    std::map<std::string, Life> lives;                      ///< by record name
    std::map<std::string, std::vector<RuleInForce>> rules;  ///< by record name
    std::map<std::string, std::vector<std::string>> closed; ///< by record name: openings that are missing
    std::set<std::string> tags;                             ///< of rules in the kernel
    std::map<std::string, std::vector<std::string>> shared; ///< key to names of its holders
    std::map<std::string, std::string> switched_on;
    std::vector<UplinkJournal> uplinks;
    std::vector<std::string> displaced; ///< of the uplinks: those that are no ports any more
    Keys guards_lost;
    std::set<std::string> firewall;   ///< engines, each with the reason for its choice
    std::vector<std::string> damages; ///< a sentence for each record that cannot be read
    bool forwarding = false;          ///< net.ipv4.ip_forward
    bool ipv6_forwarding = false;
    bool needs_ipv6_forwarding = false;
};

bool is_shared_thing(const std::string& key)
{
    return removal_of(key).has_value();
}

std::vector<RuleInForce> rules_of(const Record& record, Host& host)
{
    std::vector<RuleInForce> rules;
    for (const Step& step : record.steps)
        if (const auto* set = std::get_if<RuleSet>(&step.resource)) {
            const auto standings = host.standing(*set->engine, set->rules);
            for (std::size_t i = 0; i < set->rules.size(); ++i)
                rules.push_back({set->rules[i], *set->engine, standings[i]});
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
std::vector<std::string> notices_now(Host& host, const RecordStore& store, const Record& record)
{
    if (record.spec.mode != Mode::nat)
        return record.notices;
    HostState state = host.state_for(record.spec);
    state.shared_keys = store.keys();
    host.read_gates(state, record.spec);
    std::vector<std::string> sentences = notices(record.spec, state);
    std::vector<bool> awaited = awaited_families(record.spec, state);
    std::erase_if(awaited, [&record](bool ipv6) { return is_published_by(record, ipv6); });
    for (std::string& sentence : notices_of_awaited(awaited))
        sentences.push_back(std::move(sentence));
    return sentences;
}

/// What is ours in others' firewalls and is missing there, in words.
std::vector<std::string> closed_to(Host& host, const RecordStore& store, const Record& record)
{
    std::vector<std::string> steps;
    for (const Step& step : closed_gates(host, store, record))
        steps.push_back(describe(step));
    return steps;
}

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
        overview.rules[name] = rules_of(*record, host);
        for (const RuleInForce& each : overview.rules[name])
            if (const auto* rule = std::get_if<MasqueradeRule>(&each.rule); rule != nullptr)
                overview.needs_ipv6_forwarding = overview.needs_ipv6_forwarding || rule->source.base.ipv6;
        if (overview.lives[name] == Life::alive && !record->rebooting) {
            record->notices = notices_now(host, store, *record);
            overview.closed[name] = closed_to(host, store, *record);
        }
        if (!record->firewall.empty())
            overview.firewall.insert(record->firewall);
        overview.records.push_back(std::move(*record));
    }
    overview.tags = host.tags();
    for (const std::string& key : store.keys())
        if (is_shared_thing(key))
            for (const std::string& holder : store.holders(key))
                overview.shared[key].push_back(containers.contains(holder) ? containers[holder] : holder);
    overview.uplinks = host.moved_uplinks();
    for (const UplinkJournal& journal : overview.uplinks)
        if (journal.complete && !host.is_in_place(journal.move))
            overview.displaced.push_back(journal.move.nic);
    for (const auto& [key, holders] : overview.shared) {
        const auto removal = removal_of(key);
        const auto* guard = removal ? std::get_if<DhcpGuard>(&removal->resource) : nullptr;
        if (guard != nullptr && !host.is_in_force(*guard))
            overview.guards_lost.insert(key);
    }
    overview.switched_on = store.switched_on();
    const HostState state = host.state_for({});
    overview.forwarding = state.forwarding;
    overview.ipv6_forwarding = state.ipv6_forwarding;
    std::sort(overview.records.begin(), overview.records.end(), [](const Record& left, const Record& right) {
        return left.spec.container < right.spec.container;
    });
    return overview;
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

/// The masquerade rules that serve a NIC: its own by address, or those that its bridge shares.
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

std::string port_for(const NicSpec& nic, const Record& record)
{
    for (const Step& step : record.steps)
        if (const auto* port = std::get_if<BridgePort>(&step.resource);
            port != nullptr && port->nic == nic.index)
            return port->port;
    return "";
}

bool is_in_force(const RuleInForce& each)
{
    return each.standing.there && each.standing.reached;
}

/// The rules of a record that are of one kind.
template<typename Kind>
std::vector<std::pair<Kind, RuleInForce>> rules_of_kind(const Record& record, const Overview& overview)
{
    std::vector<std::pair<Kind, RuleInForce>> rules;
    for (const RuleInForce& each : overview.rules.at(record_name(record)))
        if (const auto* rule = std::get_if<Kind>(&each.rule))
            rules.emplace_back(*rule, each);
    return rules;
}

std::string name_of(const PublishedPort& port)
{
    return text_of_place(port.address, port.ports) + "/" + to_string(port.protocol);
}

void add_faults_of_ports(std::vector<std::string>& faults, const Record& record, const Overview& overview)
{
    for (const auto& [port, each] : rules_of_kind<PublishedPort>(record, overview))
        if (!is_in_force(each))
            faults.push_back(
                record.spec.container.name + ": port " + name_of(port) +
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

/// What keeps living containers from getting out, as far as their own rules go; a sentence each.
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
                ": somebody's firewall is in the way, who was started or has reloaded it since (\"" +
                closed->second.front() + "\" is missing): run \"lxc-uplink reapply\"");
        if (life != Life::alive || record.rebooting || record.spec.mode != Mode::nat)
            continue;
        for (const NicSpec& nic : record.spec.nics) {
            const auto rules = rules_for(nic, record, overview);
            const auto bad = std::find_if_not(rules.begin(), rules.end(), is_in_force);
            if (bad != rules.end())
                faults.push_back(record.spec.container.name + ": the rule of lxc.net." +
                                 std::to_string(nic.index) +
                                 (bad->standing.there ? " is reached by no jump" : " is gone") +
                                 " from the nat table: run \"lxc-uplink reapply\"");
        }
        add_faults_of_ports(faults, record, overview);
    }
    for (const std::string& tag : overview.tags)
        if (const auto name = record_name_of_tag(tag); name && !overview.lives.contains(*name))
            faults.push_back("the rules tagged " + tag +
                             " have no record: they go when their container stops, or by \"lxc-uplink gc\"");
    for (const UplinkJournal& journal : overview.uplinks)
        if (was_cut_short(journal, viewpoint()))
            faults.push_back("the move of uplink " + journal.move.nic + " to bridge " + journal.move.bridge +
                             " was cut short: run \"lxc-uplink gc\"");
    for (const std::string& nic : overview.displaced)
        faults.push_back("uplink " + nic +
                         " is no longer a port of its bridge: somebody has taken it out; stop the containers "
                         "that hold it, and start them again");
    for (const auto& [key, holders] : overview.shared)
        if (overview.guards_lost.contains(key))
            faults.push_back(name_of_key(key) + " is no longer in force: run \"lxc-uplink reapply\"");
    for (const std::string& damage : overview.damages)
        faults.push_back(damage + ": run \"lxc-uplink gc\"");
    if (!overview.ipv6_forwarding && overview.needs_ipv6_forwarding)
        faults.emplace_back(
            "net.ipv6.conf.all.forwarding is off, so nothing gets out by IPv6: run \"sysctl -w "
            "net.ipv6.conf.all.forwarding=1\"");
    if (!overview.forwarding && !overview.tags.empty())
        faults.emplace_back(
            "net.ipv4.ip_forward is off, so nothing gets out: run \"sysctl -w net.ipv4.ip_forward=1\"");
    return faults;
}

/// Its static addresses, of both families.
std::vector<std::string> texts_of(const NicSpec& nic)
{
    std::vector<std::string> texts;
    for (const bool ipv6 : {false, true})
        for (const IpInterface& interface : static_addresses(nic, ipv6))
            texts.push_back(to_string(interface));
    return texts;
}

OrderedJson json_of(const NicSpec& nic, const Record& record, const Overview& overview)
{
    OrderedJson rules = OrderedJson::array();
    for (const RuleInForce& each : rules_for(nic, record, overview))
        rules.push_back({{"rule", each.engine == Engine::nftables ? nftables_words(each.rule)
                                                                  : iptables_words(each.rule)},
                         {"packets", each.standing.packets},
                         {"bytes", each.standing.bytes}});
    return {{"nic", nic.index},
            {"bridge", nic.bridge},
            {"port", port_for(nic, record)},
            {"addresses", texts_of(nic)},
            {"rules", rules}};
}

OrderedJson json_of(const MacvlanSpec& macvlan)
{
    OrderedJson addresses = OrderedJson::array();
    for (const Ipv4Interface& address : macvlan.addresses)
        addresses.push_back(to_string(address));
    return {
        {"nic", macvlan.index}, {"link", macvlan.link}, {"macvlan", macvlan.mode}, {"addresses", addresses}};
}

/// Addresses, routes and rules, as ip(8) words them on the bridge.
std::vector<std::string> things_moved(const UplinkJournal& journal)
{
    std::vector<std::string> things;
    for (const KernelObject& object : journal.move.was.objects) {
        std::string words = object.words;
        for (auto place = words.find('%'); place != std::string::npos;
             place = words.find('%', place + journal.move.bridge.size()))
            words.replace(place, 1, journal.move.bridge);
        if (object.kind == KernelObject::Kind::address)
            things.push_back("address " + words);
        if (object.kind == KernelObject::Kind::route && !object.comes_with_address)
            things.push_back("route " + words);
        if (object.kind == KernelObject::Kind::rule)
            things.push_back("rule " + words);
    }
    return things;
}

void print_json(const Overview& overview)
{
    OrderedJson containers = OrderedJson::array();
    for (const Record& record : overview.records) {
        OrderedJson nics = OrderedJson::array();
        for (const NicSpec& nic : record.spec.nics)
            nics.push_back(json_of(nic, record, overview));
        for (const MacvlanSpec& macvlan : record.spec.macvlans)
            nics.push_back(json_of(macvlan));
        OrderedJson ports = OrderedJson::array();
        for (const auto& [port, each] : rules_of_kind<PublishedPort>(record, overview))
            ports.push_back({{"port", name_of(port)},
                             {"to", text_of_place(port.to, port.to_ports)},
                             {"in_force", is_in_force(each)},
                             {"packets", each.standing.packets},
                             {"bytes", each.standing.bytes}});
        containers.push_back({{"name", record.spec.container.name},
                              {"lxcpath", record.spec.container.lxcpath},
                              {"state", word_for(overview.lives.at(record_name(record)))},
                              {"started", record.started},
                              {"mode", to_string(record.spec.mode)},
                              {"nics", nics},
                              {"published", ports},
                              {"notices", record.notices}});
    }
    OrderedJson shared = OrderedJson::array();
    for (const auto& [key, holders] : overview.shared)
        shared.push_back({{"thing", key}, {"holders", holders}});
    OrderedJson uplinks = OrderedJson::array();
    for (const UplinkJournal& journal : overview.uplinks)
        uplinks.push_back({{"nic", journal.move.nic},
                           {"bridge", journal.move.bridge},
                           {"bridge_type", to_string(journal.move.type)},
                           {"since", journal.since},
                           {"complete", journal.complete},
                           {"moved", things_moved(journal)}});
    const OrderedJson json = {{"containers", containers},
                              {"uplinks", uplinks},
                              {"shared", shared},
                              {"firewall", overview.firewall},
                              {"switched_on", overview.switched_on},
                              {"faults", faults_of(overview)}};
    std::cout << json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "-" : text;
}

std::string joined(const std::vector<Ipv4Interface>& addresses)
{
    std::vector<std::string> words;
    words.reserve(addresses.size());
    for (const Ipv4Interface& address : addresses)
        words.push_back(to_string(address));
    return words.empty() ? "dynamic" : joined(words);
}

std::string name_in(const Overview& overview, const Record& record)
{
    const Life life = overview.lives.at(record_name(record));
    return record.spec.container.name + (life == Life::alive ? "" : " (" + word_for(life) + ")");
}

std::vector<std::string> row_for(const MacvlanSpec& macvlan, const Record& record, const Overview& overview)
{
    return {name_in(overview, record),
            to_string(record.spec.mode),
            std::to_string(macvlan.index),
            "-",
            macvlan.link + " (macvlan " + macvlan.mode + ")",
            joined(macvlan.addresses),
            "-",
            "0"};
}

std::vector<std::string> row_for(const NicSpec& nic, const Record& record, const Overview& overview)
{
    const auto rules = rules_for(nic, record, overview);
    const auto addresses = texts_of(nic);
    std::uint64_t packets = 0;
    std::vector<std::string> sources;
    for (const RuleInForce& each : rules) {
        if (!each.standing.there)
            continue;
        packets += each.standing.packets;
        sources.push_back(to_string(std::get<MasqueradeRule>(each.rule).source));
    }
    return {name_in(overview, record),
            to_string(record.spec.mode),
            std::to_string(nic.index),
            nic.bridge,
            joined({port_for(nic, record)}),
            addresses.empty() ? "dynamic" : joined(addresses),
            sources.empty() ? (record.spec.mode == Mode::nat ? "none" : "-") : joined(sources),
            std::to_string(packets)};
}

void print_table(const Overview& overview)
{
    Table table = {{"CONTAINER", "MODE", "NIC", "BRIDGE", "PORT", "ADDRESS", "MASQUERADED", "FLOWS"}};
    for (const Record& record : overview.records) {
        for (const NicSpec& nic : record.spec.nics)
            table.push_back(row_for(nic, record, overview));
        for (const MacvlanSpec& macvlan : record.spec.macvlans)
            table.push_back(row_for(macvlan, record, overview));
        if (record.spec.nics.empty() && record.spec.macvlans.empty())
            table.push_back({record.spec.container.name, to_string(record.spec.mode)});
    }
    std::cout << (overview.records.empty() ? "No container is served.\n" : text_of(table));
    for (const Record& record : overview.records)
        for (const auto& [port, each] : rules_of_kind<PublishedPort>(record, overview))
            std::cout << record.spec.container.name << ": port " << name_of(port) << " leads to "
                      << text_of_place(port.to, port.to_ports) << ", " << each.standing.packets
                      << (each.standing.packets == 1 ? " flow\n" : " flows\n");
    for (const std::string& choice : overview.firewall)
        std::cout << "the rules are in " << choice << "\n";
    for (const UplinkJournal& journal : overview.uplinks)
        std::cout << "uplink " << journal.move.nic << " is a port of bridge " << journal.move.bridge
                  << " since " << journal.since << ", and with it " << joined(things_moved(journal)) << "\n";
    for (const auto& [key, holders] : overview.shared)
        std::cout << name_of_key(key) << " is held by " << joined(holders) << "\n";
    for (const auto& [name, by] : overview.switched_on)
        std::cout << name << " was off, turned on for " << by << " and is left on\n";
    for (const Record& record : overview.records)
        for (const std::string& notice : record.notices)
            std::cout << record.spec.container.name << ": " << notice << "\n";
    for (const std::string& fault : faults_of(overview))
        std::cout << fault << "\n";
}

} // namespace

int status_command(bool json)
{
    Host host(viewpoint());
    const RecordStore store(host.here());
    const Overview overview = look(host, store);
    json ? print_json(overview) : print_table(overview);
    return faults_of(overview).empty() ? status_fine : status_wrong;
}

} // namespace uplink
