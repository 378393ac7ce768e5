// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/dhcp_guard.h"

#include "core/error.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace uplink
{

namespace
{

// "icmpv6 type" would make nft compare the Ethernet type, which in a frame with a VLAN tag is another one.
// Clients listen at 68 and 546 whatever port a server speaks from.
constexpr std::array<const char*, rules_in_guard> server_messages = {"meta l4proto udp th sport { 67, 547 }",
                                                                     "meta l4proto udp th dport { 68, 546 }",
                                                                     "meta l4proto ipv6-icmp @th,0,8 134"};

[[noreturn]] void refuse_name(const std::string& name)
{
    throw NothingChanged("nft takes no interface of the name " + name +
                         ": rename it, or set dhcp-guard = no");
}

std::string nft_word(const std::string& name)
{
    if (name.empty() || name.find_first_of("\"*\\") != std::string::npos)
        refuse_name(name);
    return '"' + name + '"';
}

} // namespace

std::string guard_comment(const std::string& bridge, const std::string& nic)
{
    return "lxc-uplink:guard:" + nic + ":" + bridge;
}

std::vector<std::string> guard_commands(const std::string& bridge, const std::string& nic)
{
    const std::string chain = std::string(guard_table) + " " + answers_out;
    // The hook that forwarded frames and the bridge's own pass alike.
    std::vector<std::string> commands = {
        "add table " + std::string(guard_table),
        "add chain " + chain + " { type filter hook postrouting priority filter; policy accept; }"};
    const std::string port = nft_word(nic);
    for (const char* message : server_messages)
        commands.push_back("add rule " + chain + " oifname " + port + " " + message +
                           " counter drop comment " + nft_word(guard_comment(bridge, nic)));
    return commands;
}

std::string macvlan_guard_chain(const std::string& nic)
{
    const auto allowed = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    };
    if (!std::all_of(nic.begin(), nic.end(), allowed))
        refuse_name(nic);
    return std::string(macvlan_guard_table) + " " + answers_out + "-" + nic;
}

std::vector<std::string> macvlan_guard_commands(const std::string& nic, const std::string& mac)
{
    const std::string chain = macvlan_guard_chain(nic);
    std::vector<std::string> commands = {"add table " + std::string(macvlan_guard_table),
                                         "add chain " + chain + " { type filter hook egress device " +
                                             nft_word(nic) + " priority filter; policy accept; }"};
    for (const char* message : server_messages)
        commands.push_back("add rule " + chain + " ether saddr != " + mac + " " + message +
                           " counter drop comment " + nft_word(guard_comment("", nic)));
    return commands;
}

} // namespace uplink
