// SPDX-License-Identifier: GPL-2.0-or-later
// The DHCP guard of a Linux bridge, or of the macvlans on a NIC, in the words of nft(8): which frames may not
// pass the uplink, so that two servers never answer one client.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace uplink
{

/// Family and name of the tables that hold nothing but guards: those of ports, and those of macvlans.
inline constexpr const char* guard_table = "bridge lxc-uplink";
inline constexpr const char* macvlan_guard_table = "netdev lxc-uplink";

/// The chain of the table: what servers on the host's side answer to the LAN.
inline constexpr const char* answers_out = "answers-out";

/// Each rule carries it: `lxc-uplink:guard:NIC:BRIDGE`, without a bridge for macvlans. No name of an
/// interface holds a colon (dev_valid_name() in the kernel's net/core/dev.c).
std::string guard_comment(const std::string& bridge, const std::string& nic);

/// How many rules make a guard.
inline constexpr std::size_t rules_in_guard = 3;

/// The commands that make the table, the chain and the rules for the port `nic`; to be run as one
/// transaction. They match by name and so are in force before the NIC is a port. Frames with one VLAN tag are
/// guarded like those without, since their tag lies outside the headers that nftables looks at; those with
/// two are not. A DHCP relay among the containers speaks from a server's port and is held too. Throws Error
/// for a name that nft cannot quote.
std::vector<std::string> guard_commands(const std::string& bridge, const std::string& nic);

/// The same for the macvlans on `nic`: what their servers answer to the LAN. Macvlans in mode bridge hear
/// each other without it. The frames of the host itself, which have the NIC's own address `mac`, pass. Needs
/// Linux 5.16, whose egress hook sees what a macvlan sends.
std::vector<std::string> macvlan_guard_commands(const std::string& nic, const std::string& mac);

/// Family, table and name of the chain that these commands make, since such a chain belongs to one NIC.
/// Throws Error for a name that nft cannot take.
std::string macvlan_guard_chain(const std::string& nic);

} // namespace uplink
