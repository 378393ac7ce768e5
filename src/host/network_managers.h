// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that look after a NIC: systemd-networkd, NetworkManager and DHCP clients, by what they leave
// in /run and by their processes.
#pragma once

#include "core/uplink_state.h"

#include <string>
#include <vector>

namespace uplink
{

/// The program that a process runs, with its pid; without a name when the process has ended.
Program program_of(const std::string& pid);

/// ADMIN_STATE in systemd-networkd's state file of a link: "configured", "unmanaged" (networkctl(1)); empty
/// where there is none.
std::string networkd_state(unsigned ifindex, const std::string& run_root = "/run");

/// Those that give the NIC its addresses: networkd with its network file, NetworkManager with the
/// connection's UUID, DHCP clients of this network namespace with their pid. The namespace's links are looked
/// up in `sysfs_root`.
std::vector<Program> managers_of(const Link& nic, const std::string& sysfs_root = "/sys",
                                 const std::string& run_root = "/run");

} // namespace uplink
