// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/uplink.h"

#include "core/error.h"
#include "core/openflow_guard.h"
#include "host/announce.h"
#include "host/await.h"
#include "host/capture.h"
#include "host/detour.h"
#include "host/file.h"
#include "host/gateway.h"
#include "host/guardian.h"
#include "host/log.h"

#include <algorithm>
#include <cerrno>

namespace uplink
{

namespace
{

using namespace std::chrono_literals;

constexpr const char* owner_tag = "lxc-uplink:uplink";

/// A gateway that lives answers within milliseconds; this long is waited for one that may be asleep.
constexpr auto patience_before = 1s;

NicConfig capture(Netlink& netlink, const Link& link)
{
    return capture(netlink, InterfaceId{link.name, link.ifindex});
}

bool is_proof(const KernelObject& object)
{
    return object.kind == KernelObject::Kind::address || object.kind == KernelObject::Kind::route ||
           object.kind == KernelObject::Kind::rule;
}

/// Throws Error naming what `config` should have and has not.
void check_that_has(const NicConfig& config, const NicConfig& wanted, const std::string& interface)
{
    for (const KernelObject& object : wanted.objects) {
        const bool there = std::any_of(config.objects.begin(), config.objects.end(), [&](const auto& other) {
            return other.kind == object.kind && other.identity == object.identity;
        });
        if (is_proof(object) && !there)
            throw Error(words_on(interface, object) + " is not on " + interface + " after the move");
    }
}

/// Its author has given it up where he died while the gateway was asked. Who holds it for long must not keep
/// the host cut off.
void wait_for(const Lock& lock)
{
    try {
        lock.take(lock_patience);
    } catch (const Error& error) {
        log_error(error.what());
    }
}

std::string list_of(const std::vector<std::string>& gateways)
{
    std::string text;
    for (const std::string& gateway : gateways)
        text += (text.empty() ? "" : ", ") + text_of_address(gateway);
    return text;
}

} // namespace

std::vector<std::string> Uplink::move(const UplinkMove& move, const std::string& since, const Lock& of_nic)
{
    const Link nic = netlink_.existing_link(move.nic);
    UplinkJournal journal{move, nic.ifindex, here_.boot_id, since, false, false};
    const auto gateways = default_gateways(move.was);
    const auto answered = answering(netlink_, nic.ifindex, gateways, patience_before);

    Guardian guardian([this, &move] { undo_as_guardian(move.nic); }, {of_nic.fd(), our_lock_.fd()});
    journals_.write(journal);
    for (const MoveStep& step : plan_move(move))
        make_true(step, move.was);
    check_that_has(capture(netlink_, netlink_.existing_link(move.bridge)), move.was, move.bridge);
    journal.moved = true;
    journals_.write(journal);
    prove(move, answered);
    journal.complete = true;
    journals_.write(journal);
    guardian.done();

    if (gateways.empty())
        return {move.nic +
                " has no default gateway that could prove the move: addresses and routes were read "
                "back alone"};
    if (answered.empty())
        return {"the gateway " + list_of(gateways) +
                " did not answer before the move either: addresses and "
                "routes were read back alone"};
    return {};
}

void Uplink::prove(const UplinkMove& move, const std::vector<std::string>& gateways)
{
    const Link bridge = netlink_.existing_link(move.bridge);
    our_lock_.release(); // what others do meanwhile is seen by the way back, should it come to that
    const auto answered =
        answering(netlink_, bridge.ifindex, gateways, std::chrono::seconds(move.confirm_timeout));
    our_lock_.take(lock_patience);
    for (const std::string& gateway : gateways)
        if (std::find(answered.begin(), answered.end(), gateway) == answered.end())
            throw Error("the gateway " + text_of_address(gateway) + ", which answered on " + move.nic +
                        " before, did not answer on " + move.bridge + " within " +
                        std::to_string(move.confirm_timeout) + " seconds, so all was moved back to " +
                        move.nic + ": see whether the switch lets only one MAC address or a known one pass");
}

/// The host is cut off already, or lives without what is missing: nothing is to be broken, and what was begun
/// the next one ends.
void Uplink::repair(const UplinkMove& move, const NicConfig& missing, bool joins)
{
    const NicConfig on_nic = joins ? capture(netlink_, netlink_.existing_link(move.nic)) : NicConfig{};
    if (joins)
        join({move.nic, move.bridge, move.type});
    netlink_.set_up(netlink_.existing_link(move.bridge).ifindex);
    for (const MoveStep& step : plan_repair(move, missing, on_nic))
        make_true(step, missing);
}

void Uplink::bring_back(const std::string& nic, const Lock& of_nic)
{
    auto journal = journals_.read(nic);
    if (!journal) {
        journals_.remove(nic);
        return;
    }
    Guardian guardian([this, &nic] { undo_as_guardian(nic); }, {of_nic.fd(), our_lock_.fd()});
    undo(*journal);
    guardian.done();
}

void Uplink::undo(const UplinkJournal& journal)
{
    const UplinkMove& move = journal.move;
    const auto nic = netlink_.link(journal.nic_ifindex);
    if (!nic) { // unplugged: nothing can be brought back to it, and the bridge serves on
        journals_.remove(move.nic);
        return;
    }
    const auto bridge = netlink_.link(move.bridge);
    NicConfig now = bridge ? capture(netlink_, *bridge) : NicConfig{};
    // A bridge that somebody deleted took everything with it.
    const bool moved = journal.moved && bridge && !now.objects.empty();
    // One that was down for a moment, all that leads out: it goes back as if it were there still.
    if (moved)
        for (KernelObject& object : cut_off_without(move, now, families_with_default_route(netlink_)))
            now.objects.push_back(std::move(object));
    const auto steps = plan_return(move, now, moved);
    UplinkJournal returning = journal;
    returning.moved = false;
    returning.complete = false;
    returning.move.was = moved ? to_return(move, now, moved) : move.was;
    journals_.write(returning);
    const bool is_port = bridge && nic->master == bridge->ifindex;
    for (const MoveStep& step : steps)
        // What has left the bridge already, or never joined, gets its packets straight.
        if (is_port || !std::holds_alternative<OpenDetour>(step))
            make_true(step, returning.move.was);
    check_that_has(capture(netlink_, *nic), returning.move.was, move.nic);
    journals_.remove(move.nic);
    for (const KernelObject& route : left_behind(move, now))
        log_notice("route " + words_on(move.bridge, route) + " was added to " + move.bridge +
                   " after the move and is left behind there: it is of a type that cannot be carried to " +
                   move.nic);
}

void Uplink::undo_as_guardian(const std::string& nic) const
{
    try {
        wait_for(our_lock_);
        Uplink self(here_, our_lock_);
        if (const auto journal = self.journals_.read(nic)) {
            self.undo(*journal);
            log_error("moving " + nic + " was cut short: it is as it was before");
        }
    } catch (const std::exception& error) {
        log_error("moving " + nic + " was cut short and cannot be undone: " + error.what() +
                  "; run \"lxc-uplink gc\" once that is mended");
    }
}

void Uplink::make_true(const MoveStep& step, const NicConfig& moving)
{
    std::visit(
        overloaded{
            [](const Set& set) { apply(set); },
            [this](const Put& put) { apply(netlink_, put); },
            [this](const Settle& settle) { apply(netlink_, settle); },
            [this](const Take& take) { apply(netlink_, take); },
            [this](const Join& join_step) { join(join_step); },
            [this](const Leave& leave_step) { leave(leave_step); },
            [this](const OpenDetour& open) {
                // Without the bridge nothing is to be carried any more.
                if (const auto bridge = netlink_.link(open.bridge))
                    open_detour(netlink_, netlink_.existing_link(open.nic), *bridge);
            },
            [this](const CloseDetour& close) { close_detour(netlink_, netlink_.existing_link(close.nic)); },
            [this, &moving](const Announce& announce_step) {
                announce(netlink_.existing_link(announce_step.interface), moving);
            },
        },
        step);
}

void Uplink::join(const Join& step)
{
    const Link nic = netlink_.existing_link(step.nic);
    const Link bridge = netlink_.existing_link(step.bridge);
    if (step.type == BridgeType::openvswitch)
        ovs_.add_port(step.bridge, step.nic, {owner_tag, here_.boot_id}, uplink_port_number);
    else if (nic.master != bridge.ifindex && nic.master != 0)
        throw Error(step.nic + " has become a port of another bridge");
    else
        join_linux_bridge(nic, bridge);
    netlink_.set_up(bridge.ifindex);
    await_running(step.nic, step.bridge, step.type == BridgeType::openvswitch);
}

void Uplink::join_linux_bridge(const Link& nic, const Link& bridge)
{
    // A macvlan that has gone holds its NIC for some three seconds more where it had asked for a neighbour
    // that never answered (measured on Linux 6.1 and later).
    const auto has_joined = [&] {
        try {
            netlink_.set_bridge(nic.ifindex, bridge.ifindex);
        } catch (const Error& error) {
            if (error.what() != error_text(EBUSY))
                throw;
            return false;
        }
        return true;
    };
    if (!await(5s, has_joined, 50ms))
        throw Error(error_text(EBUSY));
}

void Uplink::await_running(const std::string& nic, const std::string& bridge, bool of_ovs)
{
    // The kernel does this in a work item of its own, some 0.1 to 1 ms after the first port's carrier.
    const auto is_running = [&] {
        return netlink_.existing_link(bridge).carries && (of_ovs || netlink_.existing_link(nic).forwards);
    };
    if (!await(3s, is_running))
        throw Error("bridge " + bridge + " did not begin to carry packets within 3 seconds");
}

void Uplink::leave(const Leave& step)
{
    const auto nic = netlink_.link(step.nic);
    const auto bridge = netlink_.link(step.bridge);
    if (step.type == BridgeType::openvswitch)
        ovs_.remove_port(step.bridge, step.nic);
    else if (nic && bridge && nic->master == bridge->ifindex)
        netlink_.set_bridge(nic->ifindex, 0);
}

} // namespace uplink
