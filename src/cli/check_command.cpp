// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/commands.h"
#include "core/error.h"
#include "host/vepa_check.h"

#include <iostream>

namespace uplink
{

int check_vepa_command(const std::string& nic)
{
    try {
        if (switch_reflects(nic)) {
            std::cout << "the switch behind " << nic
                      << " reflects: macvlan containers in mode vepa reach each other through it\n";
            return status_fine;
        }
    } catch (const Error& error) {
        std::cout << "cannot tell whether the switch behind " << nic << " reflects: " << error.what() << "\n";
        return status_cannot_tell;
    }
    std::cout << "the switch behind " << nic
              << " does not reflect: macvlan containers in mode vepa cannot reach each other; turn on "
                 "reflective relay "
                 "(hairpin, VEPA) at its port, or say macvlan.mode = bridge\n";
    return status_wrong;
}

} // namespace uplink
