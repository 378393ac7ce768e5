// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/bridge_remedy.h"

#include "core/nat_networks.h"
#include "core/shell_word.h"

namespace uplink
{

std::string address_for_bridge(const NicSpec& nic)
{
    if (nic.addresses.empty() || !nic.gateway)
        return "ADDRESS/LENGTH";
    return to_string(Ipv4Interface{*nic.gateway, nic.addresses.front().prefix_length});
}

std::string command_to_make_bridge(const std::string& bridge, const std::string& address,
                                   const std::string& mac)
{
    const std::string reapply = " && lxc-uplink reapply";
    if (bridge == "lxcbr0")
        return "systemctl restart lxc-net" + reapply;
    const std::string name = shell_word(bridge);
    return "ip link add name " + name + (mac.empty() ? "" : " address " + mac) +
           " type bridge && ip address add " + address + " dev " + name + " && ip link set dev " + name +
           " up" + reapply;
}

std::optional<std::string> trouble_of_bridge(const NicSpec& nic, const HostState& state)
{
    const Link* link = find_link(state, nic.bridge);
    if (link == nullptr)
        return "bridge " + nic.bridge + " is gone: run \"" +
               command_to_make_bridge(nic.bridge, address_for_bridge(nic)) + "\"";
    if (!link->up)
        return "bridge " + nic.bridge + " is down: run \"ip link set dev " + shell_word(nic.bridge) + " up\"";
    return std::nullopt;
}

} // namespace uplink
