// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "core/direct_refusals.h"
#include "core/error.h"
#include "core/persistent.h"
#include "host/capture.h"
#include "host/host.h"
#include "host/process.h"
#include "host/uplink_state.h"

#include <algorithm>
#include <iostream>

namespace uplink
{

namespace
{

/// br0, or the next that nobody has.
std::string free_bridge_name(Netlink& netlink)
{
    unsigned number = 0;
    while (netlink.link("br" + std::to_string(number)))
        ++number;
    return "br" + std::to_string(number);
}

PersistentBridge look(Netlink& netlink, const Link& nic)
{
    const Host host(viewpoint());
    const auto moved = host.moved_uplinks();
    const auto journal = std::find_if(moved.begin(), moved.end(),
                                      [&nic](const UplinkJournal& one) { return one.move.nic == nic.name; });
    if (journal != moved.end())
        return persistent_bridge(journal->move.was, nic.name, journal->move.bridge, nic.mac, nic.mtu);
    if (const auto master = nic.master != 0 ? netlink.link(nic.master) : std::nullopt)
        throw Error(nic.name + " belongs to " + master->name + " already: say bridge = " + master->name +
                    " if that is a bridge");
    return persistent_bridge(capture(netlink, {nic.name, nic.ifindex}), nic.name, free_bridge_name(netlink),
                             nic.mac, nic.mtu);
}

} // namespace

int persistent_command(const std::string& nic)
{
    Netlink netlink;
    const NicState state = read_nic_state(netlink, nic);
    if (state.ifindex == 0)
        throw Error("there is no NIC " + nic + ": \"ip link\" lists those that are there");
    check_uplink_type(state);
    const PersistentBridge bridge = look(netlink, state);
    std::cout << netplan_of(bridge) << "\n"
              << networkd_of(bridge) << "\n"
              << ifupdown_of(bridge)
              << "\n# lxc-uplink, when that is in force: in uplink.conf of the container, or in "
              << "/etc/lxc/uplink.conf\nmode = direct\nuplink = " << nic << "\nbridge = " << bridge.name
              << "\n";
    return status_fine;
}

} // namespace uplink
