// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/process.h"

#include "printers.h"
#include "values.h"
#include "world.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace uplink;

namespace
{

const std::string as_hook = "LXC_CGNS_AWARE=1 LXC_NAME=web1 ";

std::string line(const std::string& text)
{
    return text + "\n";
}

} // namespace

TEST_CASE_FIXTURE(World, "a process is known by its pid and its start")
{
    const Background child("echo ready; read _");
    const auto process = process_with(child.pid());
    REQUIRE(process);
    CHECK(process->pid == child.pid());
    CHECK(line(std::to_string(process->start_time)) ==
          shell("sed 's/.*) //' /proc/" + std::to_string(child.pid()) + "/stat | cut -d' ' -f20"));
    CHECK(lives(*process));
    CHECK(may_live(*process));
}

TEST_CASE_FIXTURE(World, "a process with brackets and spaces in its name is read as well")
{
    shell("cp /bin/sh '/run/a) Z 1 (b'");
    const Background child("exec '/run/a) Z 1 (b' -c 'echo ready; read _'");
    const auto process = process_with(child.pid());
    REQUIRE(process);
    CHECK(line(std::to_string(process->start_time)) ==
          shell("sed 's/.*) //' /proc/" + std::to_string(child.pid()) + "/stat | cut -d' ' -f20"));
    CHECK(name_with_pid(child.pid()) == "a) Z 1 (b (pid " + std::to_string(child.pid()) + ")");
}

TEST_CASE_FIXTURE(World, "a process that ended is dead, and so is one whose pid somebody else has now")
{
    Background child("echo ready; read _");
    const Process process = process_with(child.pid()).value();
    CHECK_FALSE(lives({process.pid, process.start_time + 1}));
    CHECK(may_live({process.pid, process.start_time + 1}));
    child.kill();
    CHECK(process_with(process.pid) == std::nullopt);
    CHECK_FALSE(lives(process));
    CHECK_FALSE(may_live(process));
    CHECK(name_with_pid(process.pid) == "a process (pid " + std::to_string(process.pid) + ")");
}

TEST_CASE_FIXTURE(World, "a zombie is not alive")
{
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    const Process process = process_with(child).value();
    CHECK(lives(process));
    ::kill(child, SIGKILL);
    siginfo_t info = {};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
    CHECK_FALSE(lives(process));
    CHECK(process_with(child) == std::nullopt);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE_FIXTURE(World, "a namespace is known by its inode, and so is this process's place")
{
    const std::string inode = "stat --dereference --format %i /proc/$PPID/ns/";
    CHECK(line(std::to_string(namespace_of("self", "net"))) == shell(inode + "net"));
    CHECK(line(std::to_string(namespace_of(std::to_string(::getpid()), "pid"))) == shell(inode + "pid"));
    const Viewpoint place = viewpoint();
    CHECK(line(place.boot_id) == shell("cat /proc/sys/kernel/random/boot_id"));
    CHECK(line(std::to_string(place.network_namespace)) == shell(inode + "net"));
    CHECK(line(std::to_string(place.pid_namespace)) == shell(inode + "pid"));
    CHECK(refusal_of([] { namespace_of("none", "net"); }) ==
          "cannot read /proc/none/ns/net: No such file or directory");
}

TEST_CASE_FIXTURE(World, "the monitor is the hook's parent, or that of however many wrappers around the hook")
{
    // The outer shell stands for the monitor: it sets the environment of hooks, it was not started with it.
    for (const std::string hook : {PRINT_MONITOR "; true", "sh -c '" PRINT_MONITOR "; true'; true",
                                   "sh -c 'sh -c \"" PRINT_MONITOR "; true\"; true'; true"}) {
        CAPTURE(hook);
        const std::string lines = shell("echo $$; export LXC_CGNS_AWARE=1 LXC_NAME=web1; " + hook);
        const auto first = lines.substr(0, lines.find('\n') + 1);
        CHECK(lines == first + first);
    }
}

TEST_CASE_FIXTURE(World, "a process that was given a variable of LXC's other than its mark is no wrapper")
{
    const std::string lines =
        shell("LXC_NAME=web1 NOT_LXC_CGNS_AWARE=1 sh -c 'echo $$; " PRINT_MONITOR "; true'");
    const auto first = lines.substr(0, lines.find('\n') + 1);
    CHECK(lines == first + first);
}

TEST_CASE_FIXTURE(World, "a hook whose monitor has gone is refused, behind a wrapper too")
{
    // The shell in between stands for the monitor, in a session of its own as LXC makes one: it ends as soon
    // as the hook has begun, and the hook waits for that.
    const std::string until_orphaned =
        "echo begun >/run/begun; tries=1000000;"
        "while kill -0 $PPID 2>/dev/null && [ $tries -gt 0 ]; do tries=$((tries-1)); done;";
    shell("mkfifo /run/begun; echo '" + until_orphaned +
          "exec " PRINT_MONITOR "' >/run/hook;"
          "echo '" +
          until_orphaned + PRINT_MONITOR "; true' >/run/wrapper");
    for (const std::string script : {"/run/hook", "/run/wrapper"}) {
        CAPTURE(script);
        CHECK(
            shell("export LXC_CGNS_AWARE=1; setsid --wait env -u LXC_CGNS_AWARE sh -c 'LXC_CGNS_AWARE=1 sh " +
                  script + " & read _ </run/begun'") == "the LXC monitor that ran this hook has gone\n");
    }
}
