// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/overview.h"
#include "core/iptables_words.h"
#include "core/nftables_rules.h"
#include "core/plan_rules.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace uplink
{

namespace
{

using OrderedJson = nlohmann::ordered_json;

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

} // namespace

void print_status_json(const Overview& overview, const std::vector<std::string>& faults)
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
            ports.push_back({{"port", text_of_port(port.address, port.ports, port.protocol)},
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
                              {"faults", faults}};
    std::cout << json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
}

} // namespace uplink
