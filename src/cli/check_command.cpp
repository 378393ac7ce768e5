// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "core/error.h"
#include "core/restart.h"
#include "host/host.h"
#include "host/process.h"
#include "host/record_store.h"
#include "host/rulesets.h"
#include "host/vepa_check.h"
#include "unheld.h"
#include "ways.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

namespace uplink
{

namespace
{

using OrderedJson = nlohmann::ordered_json;

/// What was found at a container.
struct Checked {
    std::string container;
    std::vector<Finding> found;
    std::vector<std::string> open;
    bool served = true;     ///< its mode is another than none
    bool traceable = false; ///< by --trace something of what is open may be told
};

void add_once(std::vector<Finding>& found, const std::vector<Finding>& more)
{
    for (const Finding& finding : more)
        if (std::find(found.begin(), found.end(), finding) == found.end())
            found.push_back(finding);
}

Checked check(Host& host, RecordStore& store, const Record& record, const HostFirewall& firewall,
              Trying trying)
{
    Checked checked = {record.spec.container.name, {}, {}, record.spec.mode != Mode::none, false};
    if (!checked.served)
        return checked;
    for (const NicWay& way : ways_of(host, store, record, firewall, trying)) {
        add_once(checked.found, findings(way));
        checked.traceable = checked.traceable || may_be_traced(way);
        for (std::string& question : open_questions(way))
            checked.open.push_back(std::move(question));
    }
    return checked;
}

Checked check(const Unrecorded& unrecorded)
{
    const std::string& name = unrecorded.container.name;
    return {name,
            {{"the record of " + name + " is lost or damaged, so that nothing of it is put back or checked",
              "/run/lxc-uplink/containers has no " + unrecorded.record_name + ".json that can be read",
              command_to_restart(unrecorded.container)}},
            {}};
}

bool is_running(const Record& record, const Viewpoint& here)
{
    return record.init && !record.rebooting && life_of(record, here, lives) == Life::alive;
}

std::vector<Checked> check_all(Host& host, RecordStore& store, const std::string& container, Trying trying)
{
    std::vector<Checked> all;
    const HostFirewall firewall = read_host_firewall();
    for (const std::string& name : store.names()) {
        const auto record = store.read(name);
        if (record && is_running(*record, host.here()) &&
            (container.empty() || record->spec.container.name == container))
            all.push_back(check(host, store, *record, firewall, trying));
    }
    for (const Unrecorded& each : surely_unrecorded_instances(host, store))
        if (each.life == Life::alive && (container.empty() || each.container.name == container))
            all.push_back(check(each));
    if (all.empty() && !container.empty())
        throw Error("container " + container +
                    " is not running with these hooks: \"lxc-uplink status\" lists those that are");
    return all;
}

void print(const std::vector<Checked>& all)
{
    if (all.empty())
        std::cout << "No container is served.\n";
    for (const Checked& each : all) {
        for (const Finding& finding : each.found)
            std::cout << each.container << ": " << finding.what << "\n    seen:   " << finding.evidence
                      << "\n    repair: " << finding.repair << "\n";
        for (const std::string& question : each.open)
            std::cout << each.container << ": cannot tell " << question << "\n";
        if (!each.served)
            std::cout << each.container << ": nothing is done for it, since its mode is none\n";
        else if (each.found.empty() && each.open.empty())
            std::cout << each.container << ": nothing is wrong on its way out and in\n";
    }
}

void print_json(const std::vector<Checked>& all)
{
    OrderedJson json = OrderedJson::array();
    for (const Checked& each : all) {
        OrderedJson found = OrderedJson::array();
        for (const Finding& finding : each.found)
            found.push_back(
                {{"what", finding.what}, {"evidence", finding.evidence}, {"repair", finding.repair}});
        json.push_back({{"container", each.container}, {"findings", found}, {"cannot_tell", each.open}});
    }
    std::cout << json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
}

} // namespace

int check_command(const std::string& container, bool json, bool trace)
{
    Host host(viewpoint());
    RecordStore store(host.here());
    const auto all = check_all(host, store, container, trace ? Trying::by_trace : Trying::little);
    json ? print_json(all) : print(all);
    const auto has = [&all](const auto& which) { return std::any_of(all.begin(), all.end(), which); };
    const bool open = has([](const Checked& each) { return !each.open.empty(); });
    if (!trace && !json && has([](const Checked& each) { return each.traceable; }))
        std::cout << "\"lxc-uplink check --trace\" sends packets of containers to see.\n";
    if (has([](const Checked& each) { return !each.found.empty(); }))
        return status_wrong;
    return open ? status_cannot_tell : status_fine;
}

int check_vepa_command(const std::string& nic)
{
    try {
        if (switch_reflects(nic)) {
            std::cout << "the switch behind " << nic
                      << " reflects: macvlan containers in mode vepa reach each other through it\n";
            return status_fine;
        }
    } catch (const Error& error) {
        std::cout << "cannot tell whether the switch behind " << nic << " reflects: " << error.what() << "\n";
        return status_cannot_tell;
    }
    std::cout << "the switch behind " << nic
              << " does not reflect: macvlan containers in mode vepa cannot reach each other; turn on "
                 "reflective relay "
                 "(hairpin, VEPA) at its port, or say macvlan.mode = bridge\n";
    return status_wrong;
}

} // namespace uplink
