// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/detour.h"

#include "core/error.h"
#include "host/await.h"
#include "host/file.h"
#include "host/nftables.h"

#include <chrono>

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

/// One that sends frames round, and one that keeps them from going back to where they came from.
std::string table_of(const Link& nic, const char* family)
{
    return std::string(family) + " lxc-uplink-" + std::to_string(nic.ifindex);
}

/// To add a table first makes deleting one that is not there no error.
std::string words_to_delete(const std::string& table)
{
    return "add table " + table + "\ndelete table " + table + "\n";
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
    const auto is_open = [&] {
        return netlink.existing_link(entry).carries && netlink.existing_link(exit).forwards;
    };
    if (!await(3s, is_open))
        throw Error("the way round the bridge did not open within 3 seconds");
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
    const std::string round = table_of(nic, "netdev");
    const std::string back = table_of(nic, "bridge");
    // The bridge takes the NIC for another port than the one that a broadcast came in by, and would send it
    // back: the LAN's switches would then look for its sender here.
    Nftables().run(words_to_delete(back) + "add table " + back + "\nadd chain " + back +
                   " forward { type filter hook forward priority -300; }\nadd rule " + back +
                   " forward iifname \"" + exit + "\" oifname \"" + nic.name + "\" drop\n" +
                   words_to_delete(round) + "add table " + round + "\nadd chain " + round +
                   " ingress { type filter hook ingress device \"" + nic.name +
                   "\" priority 0; }\nadd rule " + round + " ingress fwd to \"" + entry + "\"\n");
}

void close_detour(Netlink& netlink, const Link& nic)
{
    // It waits for all packets under way, which are still to be kept from going back.
    Nftables().run(words_to_delete(table_of(nic, "netdev")));
    if (const auto entry = netlink.link(name_of(nic, "a")))
        netlink.delete_link(entry->ifindex);
    Nftables().run(words_to_delete(table_of(nic, "bridge")));
}

} // namespace uplink
