// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/faults.h"

#include "core/joined.h"
#include "core/restart.h"
#include "core/shared.h"
#include "core/transfer.h"
#include "host/process.h"
#include "instances.h"

#include <algorithm>

namespace uplink
{

namespace
{

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

void add_faults_of_masquerading(std::vector<std::string>& faults, const Record& record,
                                const Overview& overview)
{
    for (const NicSpec& nic : record.spec.nics) {
        const auto rules = rules_for(nic, record, overview);
        const auto bad = std::find_if_not(rules.begin(), rules.end(), is_in_force);
        if (bad != rules.end())
            faults.push_back(record.spec.container.name + ": the rule of lxc.net." +
                             std::to_string(nic.index) +
                             (bad->standing.there ? " is there, but no packet gets to it" : " is gone") +
                             ": run \"lxc-uplink reapply\"");
    }
}

void add_faults_of_container(std::vector<std::string>& faults, const Record& record, const Overview& overview)
{
    const Life life = overview.lives.at(record_name(record));
    if (life == Life::dead)
        faults.push_back(record.spec.container.name +
                         " has ended, and what it had is still there: run \"lxc-uplink gc\"");
    if (life != Life::alive || record.rebooting)
        return;
    const auto closed = overview.closed.find(record_name(record));
    if (closed != overview.closed.end() && !closed->second.empty())
        faults.push_back(record.spec.container.name +
                         ": a firewall that was started or reloaded since has not been opened for it (\"" +
                         closed->second.front() + "\" is missing): run \"lxc-uplink reapply\"");
    for (const std::string& step : overview.undone.at(record_name(record)))
        faults.push_back(record.spec.container.name + ": somebody has undone: " + step +
                         ": run \"lxc-uplink reapply\"");
    if (record.spec.mode == Mode::nat) {
        add_faults_of_masquerading(faults, record, overview);
        add_faults_of_ports(faults, record, overview);
    }
}

void add_faults_of_uplinks(std::vector<std::string>& faults, const Overview& overview)
{
    const Viewpoint here = viewpoint();
    for (const UplinkJournal& journal : overview.uplinks)
        if (was_cut_short(journal, here))
            faults.push_back("the move of uplink " + journal.move.nic + " to bridge " + journal.move.bridge +
                             " was cut short: run \"lxc-uplink gc\"");
    for (const UplinkJournal& journal : overview.uplinks) {
        const auto found = overview.standings.find(journal.move.nic);
        if (found == overview.standings.end())
            continue;
        const UplinkStanding& standing = found->second;
        if (standing.is_stranded) {
            faults.push_back(
                "bridge " + journal.move.bridge + ", to which uplink " + journal.move.nic +
                " was moved with all that the host had there, is gone: run \"lxc-uplink gc\", and "
                "start its containers again");
            continue;
        }
        if (!standing.is_port)
            faults.push_back("uplink " + journal.move.nic +
                             " is no longer a port of its bridge: somebody has taken it out; " +
                             (standing.can_join ? "run \"lxc-uplink reapply\""
                                                : "stop the containers that hold it, and start them again"));
        if (!standing.missing.empty())
            faults.push_back("bridge " + journal.move.bridge + " has lost what was moved there from " +
                             journal.move.nic + " (" +
                             joined(words_on_bridge(standing.missing, journal.move.bridge)) +
                             "): run \"lxc-uplink reapply\"");
    }
}

std::string fault_of(const Unrecorded& unrecorded)
{
    const std::string& name = unrecorded.container.name;
    switch (unrecorded.life) {
    case Life::alive:
        return name + " runs, and its record is lost or damaged, so that nothing of it is put back: run \"" +
               command_to_restart(unrecorded.container) + "\"";
    case Life::dead:
        return name + " has ended, its record is lost, and what it had is still there: run \"lxc-uplink gc\"";
    case Life::unknown:
        break;
    }
    return name +
           " has no record, and whether it lives cannot be told from here: what it has goes when it stops";
}

void add_faults_of_the_host(std::vector<std::string>& faults, const Overview& overview)
{
    for (const Unrecorded& each : overview.unrecorded)
        faults.push_back(fault_of(each));
    faults.insert(faults.end(), overview.bridges_amiss.begin(), overview.bridges_amiss.end());
    if (!overview.unheld.empty())
        faults.push_back("no container holds any more what is still there (to be done: " +
                         joined(overview.unheld) + "): run \"lxc-uplink gc\"");
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
}

} // namespace

std::vector<std::string> faults_of(const Overview& overview)
{
    std::vector<std::string> faults;
    for (const Record& record : overview.records)
        add_faults_of_container(faults, record, overview);
    add_faults_of_the_host(faults, overview);
    return faults;
}

} // namespace uplink
