// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "cli/faults.h"
#include "cli/overview.h"
#include "cli/table.h"
#include "core/joined.h"
#include "core/plan_rules.h"
#include "core/shared.h"
#include "host/process.h"

#include <iostream>

namespace uplink
{

namespace
{

std::string or_dash(const std::string& text)
{
    return text.empty() ? "-" : text;
}

std::string addresses_of(const std::vector<Ipv4Interface>& addresses)
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
            addresses_of(macvlan.addresses),
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
            or_dash(port_for(nic, record)),
            addresses.empty() ? "dynamic" : joined(addresses),
            sources.empty() ? (record.spec.mode == Mode::nat ? "none" : "-") : joined(sources),
            std::to_string(packets)};
}

void print_uplink(const UplinkJournal& journal)
{
    const auto things = things_moved(journal);
    std::cout << "uplink " << journal.move.nic << " is a port of bridge " << journal.move.bridge << " since "
              << journal.since << (things.empty() ? "\n" : ", and with it:\n");
    for (const std::string& thing : things)
        std::cout << "    " << thing << "\n";
}

void print_table(const Overview& overview, const std::vector<std::string>& faults)
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
            std::cout << record.spec.container.name << ": port "
                      << text_of_port(port.address, port.ports, port.protocol) << " leads to "
                      << text_of_place(port.to, port.to_ports) << ", " << each.standing.packets
                      << (each.standing.packets == 1 ? " flow\n" : " flows\n");
    for (const std::string& choice : overview.firewall)
        std::cout << "the rules are in " << choice << "\n";
    for (const UplinkJournal& journal : overview.uplinks)
        print_uplink(journal);
    for (const auto& [key, holders] : overview.shared)
        std::cout << name_of_key(key) << " is held by " << joined(holders) << "\n";
    for (const auto& [name, by] : overview.switched_on)
        std::cout << name << " was off, turned on for " << by << " and is left on\n";
    for (const Record& record : overview.records)
        for (const std::string& notice : record.notices)
            std::cout << record.spec.container.name << ": " << notice << "\n";
    for (const std::string& fault : faults)
        std::cout << fault << "\n";
}

} // namespace

int status_command(bool json)
{
    Host host(viewpoint());
    const RecordStore store(host.here());
    const Overview overview = look(host, store);
    const std::vector<std::string> faults = faults_of(overview);
    json ? print_status_json(overview, faults) : print_table(overview, faults);
    return faults.empty() ? status_fine : status_wrong;
}

} // namespace uplink
