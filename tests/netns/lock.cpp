// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/lock.h"

#include "printers.h"
#include "values.h"
#include "world.h"

#include <future>
#include <unistd.h>

using namespace uplink;
using namespace std::chrono_literals;

namespace
{

const std::string hold = "exec flock --close /run/lock sh -c 'echo ready; read _'";

std::string refusal(const std::string& path, std::chrono::milliseconds patience)
{
    return refusal_of([&] { const Lock lock(path, patience); });
}

std::string refusal_naming(const std::string& holder)
{
    return "lock /run/lock was not free within 1 seconds: " + holder +
           " holds it; try again when that has ended";
}

} // namespace

TEST_CASE_FIXTURE(World, "a lock is had, keeps others out, and is given back at the end of its scope")
{
    {
        const Lock lock("/run/lock", 1s);
        CHECK(shell("flock --nonblock /run/lock echo free || echo busy") == "busy\n");
    }
    CHECK(shell("flock --nonblock /run/lock echo free || echo busy") == "free\n");
    CHECK(shell("stat -c %a /run/lock") == "600\n");
}

TEST_CASE_FIXTURE(World, "a lock that is released is free for others, and can be taken again when they end")
{
    const Lock lock("/run/lock", 1s);
    lock.take(0s);
    lock.release();
    {
        const Background other(hold);
        CHECK_THROWS_AS(lock.take(0s), Error);
    }
    lock.take(1s);
    CHECK(shell("flock --nonblock /run/lock echo free || echo busy") == "busy\n");
}

TEST_CASE_FIXTURE(World, "who has a copy of a lock's file takes it for all of them")
{
    const Lock lock("/run/lock", 1s);
    lock.release();
    const Fd copy(::dup(lock.fd())); // which, unlike the first, programs inherit
    shell("flock " + std::to_string(copy.get()));
    CHECK(shell("flock --nonblock /run/lock echo free || echo busy") == "busy\n");
    lock.take(0s);
}

TEST_CASE_FIXTURE(World, "who holds the lock is named when patience ends")
{
    const Background holder(hold);
    CHECK(refusal("/run/lock", 1s) == refusal_naming("flock (pid " + std::to_string(holder.pid()) + ")"));
}

TEST_CASE_FIXTURE(World, "the holder is named, not one who waits for the lock too")
{
    const Background holder(hold);
    const Background waiter("flock /run/lock true & echo ready; wait");
    const char* count_waiters = "grep -c -e '->' /proc/locks || true";
    for (int i = 0; i < 1000 && shell(count_waiters) == "0\n"; ++i)
        ;
    REQUIRE(shell(count_waiters) != "0\n");
    CHECK(refusal("/run/lock", 1s) == refusal_naming("flock (pid " + std::to_string(holder.pid()) + ")"));
}

TEST_CASE_FIXTURE(World,
                  "the holder is named, not one who holds a file of the same number in another file system")
{
    shell("mkdir /run/a /run/b; mount -t tmpfs a /run/a; mount -t tmpfs b /run/b; touch /run/a/lock "
          "/run/b/lock");
    REQUIRE(shell("stat -c %i /run/a/lock") == shell("stat -c %i /run/b/lock"));
    const Background other("exec flock --close /run/a/lock sh -c 'echo ready; read _'");
    const Background holder("exec flock --close /run/b/lock sh -c 'echo ready; read _'");
    for (const std::string lock : {"/run/a/lock", "/run/b/lock"}) {
        const pid_t pid = lock == "/run/a/lock" ? other.pid() : holder.pid();
        CHECK(refusal(lock, 1s) == "lock " + lock + " was not free within 1 seconds: flock (pid " +
                                       std::to_string(pid) + ") holds it; try again when that has ended");
    }
}

TEST_CASE_FIXTURE(World, "a lock whose holder is killed is free")
{
    Background holder(hold);
    CHECK(refusal("/run/lock", 0s) != "(no error)");
    holder.kill();
    CHECK(refusal("/run/lock", 5s) == "(no error)");
}

TEST_CASE_FIXTURE(World, "a lock that becomes free in time is had")
{
    Background holder(hold);
    auto outcome = std::async(std::launch::async, [] { return refusal("/run/lock", 10s); });
    CHECK(outcome.wait_for(100ms) == std::future_status::timeout);
    holder.kill();
    CHECK(outcome.get() == "(no error)");
}

TEST_CASE_FIXTURE(World, "a lock behind a symbolic link or without a folder is refused")
{
    shell("ln -s /run/target /run/link");
    CHECK(refusal("/run/link", 1s) == "cannot open lock /run/link: Too many levels of symbolic links");
    CHECK(refusal("/run/none/lock", 1s) == "cannot open lock /run/none/lock: No such file or directory");
    CHECK(shell("ls /run").find("target") == std::string::npos);
}

TEST_CASE_FIXTURE(World, "whether a lock is held can be asked without taking it or making its file")
{
    CHECK_FALSE(is_locked("/run/lock"));
    CHECK(shell("ls /run").find("lock") == std::string::npos);
    {
        const Lock lock("/run/lock", 1s);
        CHECK(is_locked("/run/lock"));
    }
    CHECK_FALSE(is_locked("/run/lock"));
}
