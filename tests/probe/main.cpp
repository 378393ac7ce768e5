// SPDX-License-Identifier: GPL-2.0-or-later
// probe echo ADDRESS PORT | probe send ADDRESS PORT [RATE] | probe pingpong ADDRESS PORT [RATE]
#include "probe.h"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

namespace
{

int run(int argc, char** argv)
{
    const std::string_view what = argc >= 4 ? argv[1] : "";
    const int rate = argc >= 5 ? static_cast<int>(std::strtol(argv[4], nullptr, 10)) : 1000;
    if (what == "echo" && argc == 4)
        probe::echo(probe::endpoint(argv[2], argv[3]));
    else if (what == "send" && rate > 0)
        probe::send(probe::endpoint(argv[2], argv[3]), rate);
    else if (what == "pingpong" && rate > 0)
        probe::pingpong(probe::endpoint(argv[2], argv[3]), rate);
    else {
        std::cerr << "usage: probe echo|send|pingpong ADDRESS PORT [RATE]\n";
        return 2;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "probe: " << error.what() << "\n";
        return 1;
    }
}
