// SPDX-License-Identifier: GPL-2.0-or-later
// Says which process it takes for the monitor that runs it as a hook.
#include "host/process.h"

#include <exception>
#include <iostream>

int main()
{
    try {
        std::cout << uplink::monitor_of_hook().pid << "\n";
        return 0;
    } catch (const std::exception& error) {
        std::cout << error.what() << "\n";
        return 1;
    }
}
