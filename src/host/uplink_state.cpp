// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/uplink_state.h"

#include "core/direct_refusals.h"
#include "core/error.h"
#include "host/file.h"
#include "host/network_managers.h"
#include "host/sock_diag.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>

namespace uplink
{

namespace
{

bool exists(const std::string& path)
{
    std::error_code error;
    return std::filesystem::exists(path, error);
}

/// A number that the kernel gives in a file; 0 when the file is missing.
unsigned number_in(const std::string& path)
{
    const std::string text = read_file(path).value_or("");
    return static_cast<unsigned>(parse_number(text.substr(0, text.find('\n')), UINT32_MAX).value_or(0));
}

/// The folder of a link in sysfs, which shows the network namespace of whoever mounted it.
std::string folder_of(const Link& link, const std::string& sysfs_root)
{
    std::string folder = sysfs_root + "/class/net/" + link.name;
    if (number_in(folder + "/ifindex") != link.ifindex)
        throw Error(sysfs_root + " does not show interface " + link.name +
                    " of this network namespace: mount a sysfs of this namespace there");
    return folder;
}

/// One of the upper links in sysfs is the NIC's master. Those in other network namespaces are not there
/// (netdev_adjacent_sysfs_add() in Linux, net/core/dev.c).
std::vector<UpperLink> children_of(const Link& nic, const std::string& folder, Netlink& netlink)
{
    const std::string prefix = "upper_";
    std::vector<UpperLink> children;
    for (const std::string& name : names_in(folder)) {
        const auto upper = name.starts_with(prefix) ? netlink.link(name.substr(prefix.size())) : std::nullopt;
        if (upper && upper->ifindex != nic.master)
            children.push_back({upper->name, upper->kind});
    }
    return children;
}

/// Which bridge lxc-net runs once it is started. It sources both files; what they leave out is LXC's default
/// (LXC 5.0: config/init/common/lxc-net.in).
std::string bridge_of_lxc_net()
{
    std::string bridge = "lxcbr0";
    bool used = true;
    for (const char* file : {"/etc/default/lxc", "/etc/default/lxc-net"}) {
        std::istringstream lines(read_file(file).value_or(""));
        for (std::string line; std::getline(lines, line);) {
            line.erase(std::remove(line.begin(), line.end(), '"'), line.end());
            if (line.starts_with("LXC_BRIDGE="))
                bridge = line.substr(line.find('=') + 1);
            if (line.starts_with("USE_LXC_BRIDGE="))
                used = line == "USE_LXC_BRIDGE=true";
        }
    }
    return used ? bridge : "";
}

/// A server bound to the bridge, or to any interface where the bridge has an address to serve from.
bool serves(const BoundSocket& socket, const Link& bridge)
{
    if (socket.ifindex != 0)
        return socket.ifindex == bridge.ifindex;
    return std::any_of(bridge.addresses.begin(), bridge.addresses.end(), [&](const Ipv4Interface& of_bridge) {
        return is_unspecified(socket.address) || socket.address == IpAddress(of_bridge.address);
    });
}

std::optional<Program> dhcp_server_on(const Link& bridge)
{
    constexpr std::array<std::uint16_t, 2> server_ports = {67, 547}; // RFC 2131, RFC 8415
    for (const std::uint16_t port : server_ports)
        for (const BoundSocket& socket : bound_sockets(Protocol::udp, {port, port}))
            if (serves(socket, bridge)) {
                const auto pid = holder_of_socket(socket.inode);
                return pid ? program_of(std::to_string(*pid)) : Program{"a process", ""};
            }
    return std::nullopt;
}

BridgeState bridge_state(Netlink& netlink, const std::string& name, const std::string& sysfs_root,
                         const std::string& run_root)
{
    BridgeState bridge;
    bridge.name = name;
    bridge.of_lxc_net = name == bridge_of_lxc_net();
    const auto link = netlink.link(name);
    if (!link)
        return bridge;
    static_cast<Link&>(bridge) = *link;
    bridge.addresses = netlink.ipv4_addresses(bridge.ifindex);
    const std::string folder = folder_of(bridge, sysfs_root) + "/bridge";
    bridge.spanning_tree = number_in(folder + "/stp_state") != 0;
    bridge.vlan_filtering = number_in(folder + "/vlan_filtering") != 0;
    for (const Link& port : netlink.links("", bridge.ifindex))
        if (leads_out(port))
            bridge.uplinks.push_back(port.name);
    bridge.dhcp_server = dhcp_server_on(bridge);
    bridge.networkd_state = networkd_state(bridge.ifindex, run_root);
    return bridge;
}

} // namespace

NicState read_nic_state(Netlink& netlink, const std::string& name, const std::string& sysfs_root,
                        const std::string& run_root)
{
    NicState nic;
    nic.name = name;
    const auto link = name.empty() ? std::nullopt : netlink.link(name);
    if (!link)
        return nic;
    static_cast<Link&>(nic) = *link;
    const std::string folder = folder_of(nic, sysfs_root);
    nic.link_type = number_in(folder + "/type");
    nic.wifi = exists(folder + "/phy80211") || exists(folder + "/wireless");
    nic.carrier = nic.up && number_in(folder + "/carrier") == 1; // of one that is down it cannot be read
    if (const auto master = link->master == 0 ? std::nullopt : netlink.link(link->master))
        nic.master = UpperLink{master->name, master->kind};
    nic.children = children_of(*link, folder, netlink);
    nic.managers = managers_of(nic, sysfs_root, run_root);
    return nic;
}

UplinkState read_uplink_state(Netlink& netlink, const std::string& nic, const std::string& bridge,
                              const std::string& sysfs_root, const std::string& run_root)
{
    return {read_nic_state(netlink, nic, sysfs_root, run_root),
            bridge_state(netlink, bridge, sysfs_root, run_root)};
}

} // namespace uplink
