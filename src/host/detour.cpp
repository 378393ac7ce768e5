// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/detour.h"

#include "core/error.h"
#include "host/file.h"
#include "host/nftables.h"

#include <chrono>
#include <thread>

namespace uplink
{

namespace
{

using namespace std::chrono_literals;

/// Names with the NIC's ifindex, which is always short enough.
std::string name_of(const Link& nic, const char* end)
{
    return "lxcup" + std::to_string(nic.ifindex) + end;
}

std::string table_of(const Link& nic)
{
    return "netdev lxc-uplink-" + std::to_string(nic.ifindex);
}

/// Its own words would go out to the LAN.
void silence(const std::string& interface)
{
    const std::string setting = "/proc/sys/net/ipv6/conf/" + interface + "/disable_ipv6";
    if (read_file(setting))
        write_sysctl(setting, "1");
}

void await_open(Netlink& netlink, const std::string& entry, const std::string& exit)
{
    const auto deadline = std::chrono::steady_clock::now() + 3s;
    while (!netlink.existing_link(entry).carries || !netlink.existing_link(exit).forwards) {
        if (std::chrono::steady_clock::now() >= deadline)
            throw Error("the way round the bridge did not open within 3 seconds");
        std::this_thread::sleep_for(50us);
    }
}

} // namespace

void open_detour(Netlink& netlink, const Link& nic, const Link& bridge)
{
    const std::string entry = name_of(nic, "a");
    const std::string exit = name_of(nic, "b");
    if (!netlink.link(entry))
        // A bridge may take its MAC address and MTU from its ports: this one has the NIC's.
        netlink.make_veth(entry, exit, nic.mac, nic.mtu);
    silence(entry);
    silence(exit);
    const Link port = netlink.existing_link(exit);
    netlink.set_bridge(port.ifindex, bridge.ifindex);
    netlink.set_never_spoken_to(port.ifindex);
    netlink.set_up(port.ifindex);
    netlink.set_up(netlink.existing_link(entry).ifindex);
    await_open(netlink, entry, exit);
    const std::string table = table_of(nic);
    Nftables().run("add table " + table + "\ndelete table " + table + "\nadd table " + table +
                   "\nadd chain " + table + " ingress { type filter hook ingress device \"" + nic.name +
                   "\" priority 0; }\nadd rule " + table + " ingress fwd to \"" + entry + "\"\n");
}

void close_detour(Netlink& netlink, const Link& nic)
{
    const auto entry = netlink.link(name_of(nic, "a"));
    if (!entry)
        return;
    // To add it first makes deleting one that is not there no error. It waits for all packets under way.
    Nftables().run("add table " + table_of(nic) + "\ndelete table " + table_of(nic) + "\n");
    netlink.delete_link(entry->ifindex);
}

} // namespace uplink
