// SPDX-License-Identifier: GPL-2.0-or-later
// Syslog with identity lxc-uplink: LXC shows what a hook prints only at its DEBUG level.
#pragma once

#include <string>

namespace uplink
{

/// Opens the log. `level` is LXC's own word (LXC_LOG_LEVEL); TRACE and DEBUG let everything through.
void open_log(const std::string& level);

/// Opens it again in a process that has closed all files, whose number the log would else go on writing to.
void reopen_log();

void log_error(const std::string& line);
void log_notice(const std::string& line);
void log_detail(const std::string& line);

} // namespace uplink
