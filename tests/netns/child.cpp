// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/child.h"

#include "world.h"

#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>

using namespace uplink;
using namespace std::chrono_literals;

namespace
{

Ended run_shell(const std::string& commands, const std::string& input = "")
{
    return run_program({"sh", "-c", commands}, 10s, input);
}

} // namespace

TEST_CASE("a program's status, output and errors come back apart")
{
    const Ended ended = run_shell("echo good; echo bad >&2; exit 3");
    CHECK(ended.status == 3);
    CHECK(ended.output == "good\n");
    CHECK(ended.errors == "bad\n");
    CHECK(run_shell("kill -TERM $$").status == 128 + SIGTERM);
}

TEST_CASE("a program may say more than a pipe holds, at once on both")
{
    const Ended ended = run_shell("head -c 300000 /dev/zero & head -c 300000 /dev/zero >&2; wait");
    CHECK(ended.output.size() == 300000);
    CHECK(ended.errors.size() == 300000);
}

TEST_CASE("a program reads what it is given, else nothing")
{
    CHECK(run_shell("cat", "some\nlines\n").output == "some\nlines\n");
    CHECK(run_shell("cat; readlink /proc/self/fd/0").output == "/dev/null\n");
    CHECK_THROWS_WITH_AS(run_shell("cat", std::string(65537, 'x')), "cannot hand over 65537 bytes of input",
                         Error);
}

TEST_CASE("of the environment a program gets only LXC's and Open vSwitch's, and a PATH")
{
    ::setenv("LXC_NAME", "web1", 1);
    ::setenv("OVS_RUNDIR", "/run/ovs", 1);
    ::setenv("LD_PRELOAD_LIKE", "bad", 1);
    const Ended ended = run_program({"env"}, 10s);
    CHECK(ended.output.find("LXC_NAME=web1\n") != std::string::npos);
    CHECK(ended.output.find("OVS_RUNDIR=/run/ovs\n") != std::string::npos);
    CHECK(ended.output.find("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n") != std::string::npos);
    CHECK(ended.output.find("LD_PRELOAD_LIKE") == std::string::npos);
    CHECK(ended.output.find("HOME") == std::string::npos);
}

TEST_CASE("a program starts with no signal blocked or ignored")
{
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGALRM);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    const auto on_pipe = ::signal(SIGPIPE, SIG_IGN);
    const std::string blocked_there = run_program({"grep", "SigBlk", "/proc/self/status"}, 10s).output;
    const std::string ignored_there = run_program({"grep", "SigIgn", "/proc/self/status"}, 10s).output;
    ::signal(SIGPIPE, on_pipe);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    CHECK(blocked_there == "SigBlk:\t0000000000000000\n");
    // Signals 32 and 33 are the C library's own.
    CHECK((std::stoull(ignored_there.substr(ignored_there.find('\t')), nullptr, 16) & 0x7fffffff) == 0);
}

TEST_CASE_FIXTURE(World, "a program that does not end in its time is killed")
{
    const auto start = std::chrono::steady_clock::now();
    CHECK_THROWS_WITH_AS(run_program({"sh", "-c", "echo $$ >/run/pid; exec sleep 1000"}, 2s),
                         "sh did not end within 2 seconds and was killed", Overdue);
    CHECK(std::chrono::steady_clock::now() - start < 60s);
    const pid_t pid = std::stoi(shell("cat /run/pid"));
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a program has ended though what it started holds its output open")
{
    const Ended ended = run_shell("sleep 100 & echo $!");
    ::kill(std::stoi(ended.output), SIGKILL);
    CHECK(ended.status == 0);
}

TEST_CASE("a program that is not installed is said to be so")
{
    CHECK_THROWS_WITH_AS(run_program({"no-such-program"}, 1s), "no-such-program is not installed", Error);
    CHECK_FALSE(program_path("no-such-program").has_value());
    CHECK(program_path("sh") == "/usr/bin/sh");
}
