// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/log.h"

#include <syslog.h>

namespace uplink
{

void open_log(const std::string& level)
{
    const bool detailed = level == "TRACE" || level == "DEBUG";
    ::openlog("lxc-uplink", LOG_PID, LOG_DAEMON);
    ::setlogmask(LOG_UPTO(detailed ? LOG_DEBUG : LOG_INFO));
}

void reopen_log()
{
    ::closelog();
    ::openlog("lxc-uplink", LOG_PID, LOG_DAEMON);
}

void log_error(const std::string& line)
{
    ::syslog(LOG_ERR, "%s", line.c_str());
}
void log_notice(const std::string& line)
{
    ::syslog(LOG_NOTICE, "%s", line.c_str());
}
void log_detail(const std::string& line)
{
    ::syslog(LOG_DEBUG, "%s", line.c_str());
}

} // namespace uplink
