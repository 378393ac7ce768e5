// SPDX-License-Identifier: GPL-2.0-or-later
// Adds a rule and says how that went, for cases in which system calls are made to fail.
#include "core/error.h"
#include "host/iptables_firewall.h"
#include "values.h"

#include <iostream>

int main()
{
    using namespace uplink;
    try {
        IptablesFirewall().add(
            {MasqueradeRule{network("10.0.3.10/32"), network("10.0.3.0/24"), "", web1_tag}});
        std::cout << "done\n";
    } catch (const NothingChanged& error) {
        std::cout << "nothing changed: " << error.what() << "\n";
    } catch (const Error& error) {
        std::cout << "perhaps changed: " << error.what() << "\n";
    }
}
