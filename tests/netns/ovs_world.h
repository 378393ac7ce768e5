// SPDX-License-Identifier: GPL-2.0-or-later
// A world with Open vSwitch's own daemons in it, and a bridge of the userspace datapath.
#pragma once

#include "host/ovs.h"
#include "world.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <set>
#include <sstream>
#include <unistd.h>

namespace uplink
{

using Ports = std::set<std::string>;

/// Bridge br0, which nobody marked; veths eth0 (lan0 on its far side) and c0 (c1), both in no bridge yet.
class WorldWithOvs : public World
{
  public:
    WorldWithOvs()
    {
        if (::access("/usr/sbin/ovs-vswitchd", X_OK) != 0)
            skip("ovs-vswitchd is not installed");
        for (const char* folder : {"OVS_RUNDIR", "OVS_DBDIR", "OVS_LOGDIR", "OVS_SYSCONFDIR"})
            ::setenv(folder, "/run/ovs", 1);
        shell("mkdir /run/ovs; ip link set lo up\n"
              "ovsdb-tool create /run/ovs/conf.db /usr/share/openvswitch/vswitch.ovsschema");
        for (const std::string pair : {"eth0 type veth peer name lan0", "c0 type veth peer name c1"})
            shell("ip link add " + pair);
        shell("for link in eth0 lan0 c0 c1; do ip link set $link up; done");
        start();
        shell("ovs-vsctl --timeout=10 add-br br0 -- set Bridge br0 datapath_type=netdev");
    }

    /// With userspace-tso-enable the datapath fills in the checksums that veths leave out.
    void start()
    {
        db.emplace("ready() { for i in $(seq 1000); do ovs-vsctl --no-wait init -- set Open_vSwitch . "
                   "other_config:userspace-tso-enable=true 2>/run/log && echo ready && "
                   "return; sleep 0.01; done; }\n"
                   "ready & exec ovsdb-server --pidfile --remote=punix:/run/ovs/db.sock /run/ovs/conf.db "
                   "2>/run/ovs/db.err");
        vswitchd.emplace(
            "(ovs-vsctl --timeout=10 set Open_vSwitch . external_ids:started-by=$$ && echo ready) & "
            "exec ovs-vswitchd --pidfile unix:/run/ovs/db.sock 2>/run/ovs/vswitchd.err");
    }

    /// Both daemons die at once and come back on the same database, as after a reboot.
    void restart()
    {
        vswitchd->kill();
        db->kill();
        start();
    }

    /// The ports by which ovs-vswitchd lets such a frame leave br0.
    static Ports reached_from(const std::string& frame)
    {
        const std::string trace = shell("ovs-appctl --timeout=10 ofproto/trace --names br0 '" + frame + "'");
        const std::string key = "Datapath actions: ";
        const auto start = trace.find(key);
        REQUIRE(start != std::string::npos);
        std::istringstream actions(
            trace.substr(start + key.size(), trace.find('\n', start) - start - key.size()));
        Ports ports;
        for (std::string port; std::getline(actions, port, ',');)
            ports.insert(port);
        return ports;
    }

    static std::vector<OvsOwned> sorted(std::vector<OvsOwned> things)
    {
        std::sort(things.begin(), things.end(),
                  [](const OvsOwned& a, const OvsOwned& b) { return a.bridge < b.bridge; });
        return things;
    }

    std::optional<Background> db;
    std::optional<Background> vswitchd;
    Ovs ovs{std::chrono::seconds(10)};
    Ovs impatient{std::chrono::seconds(1)}; ///< for daemons that will never answer
};

} // namespace uplink
