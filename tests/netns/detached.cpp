// SPDX-License-Identifier: GPL-2.0-or-later
// A process that goes on without its author.
#include "host/detached.h"

#include "host/owned.h"
#include "host_on_lan.h"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

using namespace uplink;

namespace
{

/// What a detached process finds about itself, once it has said so.
std::string said_by_detached(const std::string& question)
{
    run_detached([&] { (void)std::system((question + " >/run/part; mv /run/part /run/said").c_str()); });
    wait_until("[ -e /run/said ]");
    return shell("cat /run/said");
}

} // namespace

TEST_CASE_FIXTURE(World, "a detached process is in a session of its own and no child of ours")
{
    const std::string found = said_by_detached("ps -o sid=,ppid= -p $PPID | xargs");
    std::istringstream words(found);
    pid_t session = 0;
    pid_t parent = 0;
    words >> session >> parent;
    CHECK(session > 0);
    CHECK(session != ::getsid(0));
    CHECK(parent != ::getpid());
}

TEST_CASE_FIXTURE(World, "a detached process has nothing open of what its author had")
{
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0); // one that outlives an exec
    const Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    CHECK(said_by_detached("for fd in /proc/$PPID/fd/*; do readlink $fd; done | sort | uniq -c | xargs") ==
          "3 /dev/null\n");
    write_end = Fd();
    char byte = 0;
    CHECK(::read(read_end.get(), &byte, 1) == 0); // nobody else holds it
}

TEST_CASE_FIXTURE(World, "what a detached process throws ends it alone")
{
    run_detached([] {
        std::ofstream("/run/part") << ::getpid();
        std::rename("/run/part", "/run/begun");
        throw std::runtime_error("lost");
    });
    std::ofstream("/run/here", std::ios::app) << ::getpid() << "\n"; // so would the detached one
    wait_until("[ -e /run/begun ] && ! grep -qs 'State:.[^ZX]' /proc/$(cat /run/begun)/status");
    CHECK(shell("cat /run/here") == std::to_string(::getpid()) + "\n");
}
