// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/hook_main.h"

#include "cli/options.h"

#include <algorithm>
#include <iostream>

namespace uplink
{

namespace
{

bool asks_for(const std::vector<std::string>& arguments, const char* option)
{
    return std::find(arguments.begin(), arguments.end(), option) != arguments.end();
}

} // namespace

int hook_main(Hook hook, int argc, char** argv, ConfigReader read_config)
{
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    if (asks_for(arguments, "--version")) {
        std::cout << "lxc-uplink-" << to_string(hook) << " " LXC_UPLINK_VERSION "\n";
        return 0;
    }
    if (asks_for(arguments, "--help")) {
        std::cout
            << "LXC runs this program, from the line\n\n    lxc.hook." << to_string(hook) << " = " << argv[0]
            << " [OPTION...]\n\nin a container's configuration. The options of the pre-start line count.\n\n"
            << options_help() << "\nSee lxc-uplink(8).\n";
        return 0;
    }
    return run_hook(hook, arguments, {read_options, read_config});
}

} // namespace uplink
