// SPDX-License-Identifier: GPL-2.0-or-later
// The DHCP guards of Linux bridges and of macvlans, in tables of our own in nftables' families bridge and
// netdev.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace uplink
{

/// A guard as the kernel has it, with the frames that it has held so far.
struct GuardInForce {
    std::string bridge; ///< empty for that of the macvlans on the NIC
    std::string nic;
    std::uint64_t held = 0;
    std::size_t rules = 0; ///< that drop: rules_in_guard unless somebody has deleted or changed one

    bool operator==(const GuardInForce&) const = default;
};

/// Keeps DHCP and DHCPv6 servers and senders of router advertisements on the host's side of the port `nic`
/// from the LAN; see core/dhcp_guard.h for the rules. Takes the place of an earlier guard of this NIC at one
/// stroke. The NIC need not be a port yet. Throws Error.
void add_dhcp_guard(const std::string& bridge, const std::string& nic);

/// Removes it where it is there, and with the last one the table. Takes 10-25 ms, since nf_tables waits for
/// all packets under way. Throws Error.
void remove_dhcp_guard(const std::string& nic);

/// The same for the macvlans on `nic`, whose own address is `mac`; see core/dhcp_guard.h. Throws Error.
void add_macvlan_guard(const std::string& nic, const std::string& mac);
void remove_macvlan_guard(const std::string& nic);

/// Sorted by NIC. Throws Error.
std::vector<GuardInForce> dhcp_guards();

} // namespace uplink
