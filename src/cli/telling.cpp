// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/telling.h"

#include "cli/commands.h"
#include "core/describe.h"
#include "host/log.h"

#include <iostream>

namespace uplink
{

Apply telling(Host& host, const std::string& command, bool dry_run)
{
    return [&host, command, dry_run](const Step& step) {
        if (!dry_run)
            host.apply(step);
        std::cout << describe_with_container(step, dry_run ? "would " : "") << "\n";
        if (!dry_run)
            log_notice(command + ": " + describe_with_container(step));
    };
}

int report(const std::string& command, const std::vector<std::string>& failures)
{
    for (const std::string& failure : failures) {
        log_error(command + ": " + failure);
        std::cerr << "lxc-uplink: " + command + ": " + failure + "\n";
    }
    return failures.empty() ? status_fine : status_wrong;
}

} // namespace uplink
