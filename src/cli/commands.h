// SPDX-License-Identifier: GPL-2.0-or-later
// The commands of lxc-uplink(8). Each prints to standard output, returns an exit status and throws Error.
#pragma once

#include <string>

namespace uplink
{

/// Exit statuses of lxc-uplink.
inline constexpr int status_fine = 0;
inline constexpr int status_wrong = 1;
inline constexpr int status_bad_usage = 2;
inline constexpr int status_cannot_tell = 2;

/// Prints what starting a container would do; changes nothing.
int plan_command(const std::string& name, const std::string& config_file);

/// Prints configuration of the host that makes for good what moving this NIC does while containers run;
/// changes nothing.
int persistent_command(const std::string& nic);

/// Prints what is there for living containers, as a table or as JSON.
int status_command(bool json);

/// Removes what dead containers left behind; with `dry_run` only says what it would remove.
int gc_command(bool dry_run);

/// Puts back the rules, guards and switches of the kernel that living containers have lost.
int reapply_command();

/// Removes what lxc-uplink put into Open vSwitch's database, and noted, before this boot.
int gc_boot_command();

/// Prints what keeps a container, or with an empty name any of them, from getting out or from being reached,
/// each with the command that repairs it. Changes nothing, but for tables of its own while it traces a
/// packet.
int check_command(const std::string& container, bool json, bool trace);

/// Prints whether the switch behind a NIC sends frames back from where they came; status_wrong when it does
/// not.
int check_vepa_command(const std::string& nic);

} // namespace uplink
