// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/lock.h"

#include "core/address.h"
#include "core/error.h"
#include "host/file.h"
#include "host/process.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <thread>

namespace uplink
{

namespace
{

using namespace std::chrono_literals;

/// Finds the holder in /proc/locks: "1: FLOCK  ADVISORY  WRITE 812 00:19:1041 0 EOF" (proc(5)).
std::string holder_of(int fd)
{
    struct stat status = {};
    if (::fstat(fd, &status) != 0)
        return "another process";
    std::istringstream lines(read_file("/proc/locks").value_or(""));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string number;
        std::string type;
        std::string advisory;
        std::string access;
        pid_t pid = 0;
        std::string file;
        words >> number >> type >> advisory >> access >> pid >> file;
        const auto inode = parse_number(file.substr(file.rfind(':') + 1));
        const bool waits = type == "->";
        if (!waits && type == "FLOCK" && pid > 0 && inode && *inode == status.st_ino)
            return name_with_pid(pid);
    }
    return "a process of another pid namespace";
}

} // namespace

Lock::Lock(const std::string& path, std::chrono::milliseconds patience)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600))
{
    if (!fd_)
        throw Error("cannot open lock " + path + ": " + error_text(errno));
    const auto deadline = std::chrono::steady_clock::now() + patience;
    // flock() has no timeout, and an alarm signal is the whole process's: so ask again, soon at first.
    for (auto pause = 1ms; ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0; pause = std::min(pause * 2, 16ms)) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            throw Error("cannot lock " + path + ": " + error_text(errno));
        if (std::chrono::steady_clock::now() >= deadline)
            throw Error("lock " + path + " was not free within " +
                        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(patience).count()) +
                        " seconds: " + holder_of(fd_.get()) + " holds it; try again when that has ended");
        std::this_thread::sleep_for(pause);
    }
}

} // namespace uplink
