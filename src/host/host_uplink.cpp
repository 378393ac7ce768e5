// SPDX-License-Identifier: GPL-2.0-or-later
// Class Host in mode direct: the uplink that is moved.
#include "host/host.h"

#include "core/error.h"
#include "host/capture.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/uplink.h"

#include <algorithm>

namespace uplink
{

void Host::lock_uplink(const ContainerSpec& spec, std::chrono::seconds patience)
{
    constexpr int most_tries = 5;
    for (int i = 0; i < most_tries; ++i) {
        const std::string nic = uplink_of(spec);
        if (nic.empty()) // refused later, by name
            return;
        Lock lock(journals_.lock_file(nic), patience + std::chrono::seconds(spec.confirm_timeout));
        if (uplink_of(spec) != nic) // whoever had the lock has moved the default route
            continue;
        uplink_locks_.emplace(nic, std::move(lock));
        return;
    }
    throw Error("the default route moves to and fro: name the NIC in option uplink");
}

void Host::undo_what_was_cut_short()
{
    for (const auto& [nic, lock] : uplink_locks_)
        if (const auto journal = readable_journal(nic); journal && !journal->complete)
            Uplink(here_, lock_.value()).bring_back(nic, lock);
}

std::vector<UplinkJournal> Host::moved_uplinks() const
{
    std::vector<UplinkJournal> journals;
    for (const std::string& nic : journals_.nics())
        if (auto journal = readable_journal(nic))
            journals.push_back(std::move(*journal));
    return journals;
}

std::optional<UplinkJournal> Host::readable_journal(const std::string& nic) const
{
    return journals_.damage_of(nic) ? std::nullopt : journals_.read(nic);
}

std::vector<std::string> Host::damaged_journals() const
{
    std::vector<std::string> damages;
    for (const std::string& nic : journals_.nics())
        if (const auto damage = journals_.damage_of(nic))
            damages.push_back(*damage);
    return damages;
}

std::vector<Link> Host::ports_of(const std::string& bridge)
{
    if (type_of_bridge(bridge) == BridgeType::linux_bridge) {
        const auto link = netlink_.link(bridge);
        return link ? netlink_.links("", link->ifindex) : std::vector<Link>{};
    }
    std::vector<Link> ports; // the database keeps those whose interface is gone
    for (const std::string& port : ovs_.ports(bridge))
        if (auto link = netlink_.link(port))
            ports.push_back(std::move(*link));
    return ports;
}

bool Host::has_bridge(const std::string& name, BridgeType type)
{
    if (netlink_.link(name))
        return true;
    try { // whose ovs-vswitchd takes its interfaces along when it is restarted
        return type == BridgeType::openvswitch && (!Ovs::is_there() || ovs_.is_bridge(name));
    } catch (const Error&) {
        return true;
    }
}

bool Host::has_port(const std::string& bridge, const std::string& nic)
{
    const auto ports = ports_of(bridge);
    return std::any_of(ports.begin(), ports.end(), [&nic](const Link& port) { return port.name == nic; });
}

bool Host::has_ports_besides(const std::string& bridge, const std::set<std::string>& nics)
{
    const auto ports = ports_of(bridge);
    return std::any_of(ports.begin(), ports.end(),
                       [&nics](const Link& port) { return !nics.contains(port.name); });
}

std::vector<UplinkMove> Host::unwritten_moves()
{
    std::vector<UplinkMove> moves;
    std::set<std::string> written; // a detour has the MAC address too
    for (const UplinkJournal& journal : moved_uplinks())
        written.insert(journal.move.bridge);
    for (const std::string& name : own_bridges()) {
        const auto bridge = written.contains(name) ? std::nullopt : netlink_.link(name);
        for (const Link& port : bridge ? ports_of(name) : std::vector<Link>{}) {
            if (port.mac != bridge->mac)
                continue;
            UplinkMove move;
            move.nic = port.name;
            move.bridge = name;
            move.type = type_of_bridge(name);
            moves.push_back(std::move(move));
        }
    }
    return moves;
}

void Host::write_anew(UplinkMove move)
{
    const Link bridge = netlink_.existing_link(move.bridge);
    const unsigned ifindex = netlink_.existing_link(move.nic).ifindex;
    move.was = capture(netlink_, InterfaceId{bridge.name, bridge.ifindex});
    journals_.write({std::move(move), ifindex, here_.boot_id, now(), true, true});
}

UplinkStanding Host::standing_of(const UplinkJournal& journal)
{
    const UplinkMove& move = journal.move;
    UplinkStanding standing;
    standing.is_port = is_in_place(move);
    const auto nic = netlink_.link(journal.nic_ifindex);
    const auto bridge = netlink_.link(move.bridge);
    if (!nic)
        return standing;
    const bool is_free = !standing.is_port && nic->master == 0 && !ovs_.bridge_of(move.nic) &&
                         is_bare(capture(netlink_, InterfaceId{nic->name, nic->ifindex}));
    standing.is_stranded = is_free && !has_bridge(move.bridge, move.type);
    if (!bridge)
        return standing;
    standing.can_join = is_free;
    const NicConfig now = capture(netlink_, InterfaceId{bridge->name, bridge->ifindex});
    standing.missing = missing_on_bridge(move, now);
    if (bridge->up)
        standing.cutting_off = cut_off_without(move, now, families_with_default_route(netlink_));
    return standing;
}

bool Host::is_in_place(const UplinkMove& move)
{
    if (move.type == BridgeType::openvswitch)
        return ovs_.bridge_of(move.nic) == move.bridge;
    const auto nic = netlink_.link(move.nic);
    const auto bridge = netlink_.link(move.bridge);
    return nic && bridge && nic->master == bridge->ifindex;
}

void Host::add(const UplinkMove& move)
{
    if (move.kept)
        return repair(move);
    Uplink uplink(here_, lock_.value());
    for (const std::string& sentence : uplink.move(move, now(), uplink_locks_.at(move.nic)))
        log_notice(sentence);
}

void Host::repair(const UplinkMove& move)
{
    const auto journal = journals_.read(move.nic);
    if (!journal || !journal->complete || journal->move.bridge != move.bridge)
        throw NothingChanged("it has been moved back meanwhile: start the container again");
    if (move.was.objects.empty() && is_in_place(journal->move))
        return; // nothing is to be put back, as at most starts: without a look at all else
    const UplinkStanding standing = standing_of(*journal);
    if (standing.can_join || !move.was.objects.empty())
        Uplink(here_, lock_.value()).repair(journal->move, move.was, standing.can_join);
}

void Host::remove(const UplinkMove& move)
{
    // Teardown of what a dead container left behind must not wait for a move that is under way.
    if (!uplink_locks_.contains(move.nic))
        uplink_locks_.emplace(move.nic, Lock(journals_.lock_file(move.nic), std::chrono::seconds(0)));
    if (!readable_journal(move.nic))
        for (UplinkMove& unwritten : unwritten_moves())
            if (unwritten.nic == move.nic)
                write_anew(std::move(unwritten));
    Uplink(here_, lock_.value()).bring_back(move.nic, uplink_locks_.at(move.nic));
}

} // namespace uplink
