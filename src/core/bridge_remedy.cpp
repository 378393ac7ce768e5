// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/bridge_remedy.h"

#include "core/nat_networks.h"
#include "core/shell_word.h"

namespace uplink
{

Ipv4Interface address_for_bridge(const NicSpec& nic)
{
    constexpr unsigned longest_prefix = 30; // with two addresses for hosts
    if (nic.addresses.empty() || nic.addresses.front().prefix_length > longest_prefix)
        return {{0x0a000301}, 24};
    const auto& [own, length] = nic.addresses.front();
    const Ipv4Network network = network_of(own, length);
    if (nic.gateway && *nic.gateway != own && contains(network, *nic.gateway))
        return {*nic.gateway, length};
    const Ipv4Address first{network.base.value + 1};
    return {first == own ? Ipv4Address{first.value + 1} : first, length};
}

std::string command_to_make_bridge(const NicSpec& nic, const std::string& mac)
{
    const std::string reapply = " && lxc-uplink reapply";
    if (nic.bridge == "lxcbr0")
        return "systemctl restart lxc-net" + reapply;
    const std::string name = shell_word(nic.bridge);
    return "ip link add name " + name + (mac.empty() ? "" : " address " + mac) +
           " type bridge && ip address add " + to_string(address_for_bridge(nic)) + " dev " + name +
           " && ip link set dev " + name + " up" + reapply;
}

std::optional<std::string> trouble_of_bridge(const NicSpec& nic, const HostState& state)
{
    const Link* link = find_link(state, nic.bridge);
    if (link == nullptr)
        return "bridge " + nic.bridge + " is gone: run \"" + command_to_make_bridge(nic) + "\"";
    if (!link->up)
        return "bridge " + nic.bridge + " is down: run \"ip link set dev " + shell_word(nic.bridge) + " up\"";
    return std::nullopt;
}

} // namespace uplink
