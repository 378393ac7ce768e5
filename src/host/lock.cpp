// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/lock.h"

#include "core/address.h"
#include "core/error.h"
#include "host/await.h"
#include "host/file.h"
#include "host/process.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace uplink
{

namespace
{

constexpr std::chrono::milliseconds longest_pause(16);

struct LockLine {
    pid_t pid = 0;
    std::string device; ///< "00:19", hexadecimal
    std::uint64_t inode = 0;
};

/// Reads "1: FLOCK  ADVISORY  WRITE 812 00:19:1041 0 EOF" (proc(5)); nothing for other kinds and for those
/// who wait.
std::optional<LockLine> parse_lock_line(const std::string& line)
{
    std::istringstream words(line);
    std::string number;
    std::string type;
    std::string skipped;
    LockLine lock;
    std::string file;
    words >> number >> type >> skipped >> skipped >> lock.pid >> file;
    const auto colon = file.rfind(':');
    const auto inode = colon == std::string::npos ? std::nullopt : parse_number(file.substr(colon + 1));
    if (type != "FLOCK" || lock.pid <= 0 || !inode)
        return std::nullopt;
    lock.device = file.substr(0, colon);
    lock.inode = *inode;
    return lock;
}

std::string device_of(const struct stat& status)
{
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%02x:%02x", major(status.st_dev), minor(status.st_dev));
    return text.data();
}

/// Some file systems (btrfs, overlayfs) show another device there than to stat(2): then the inode has to do.
std::string holder_of(int fd)
{
    struct stat status = {};
    ::fstat(fd, &status);
    std::string holder = "a process of another pid namespace";
    std::istringstream lines(read_file("/proc/locks").value_or(""));
    for (std::string line; std::getline(lines, line);) {
        const auto lock = parse_lock_line(line);
        if (!lock || lock->inode != status.st_ino)
            continue;
        holder = name_with_pid(lock->pid);
        if (lock->device == device_of(status))
            break;
    }
    return holder;
}

} // namespace

Lock::Lock(const std::string& path, std::chrono::milliseconds patience)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600))
{
    if (!fd_)
        throw NothingChanged("cannot open lock " + path + ": " + error_text(errno));
    take(patience);
}

void Lock::release() const
{
    ::flock(fd_.get(), LOCK_UN);
}

void Lock::take(std::chrono::milliseconds patience) const
{
    // flock() has no timeout, and an alarm signal is the whole process's.
    const auto is_ours = [this] {
        const bool locked = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
        if (!locked && errno != EWOULDBLOCK && errno != EINTR)
            throw NothingChanged("cannot lock " + path_ + ": " + error_text(errno));
        return locked;
    };
    if (!await(patience, is_ours, longest_pause))
        throw NothingChanged(
            "lock " + path_ + " was not free within " +
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(patience).count()) +
            " seconds: " + holder_of(fd_.get()) + " holds it; try again when that has ended");
}

bool is_locked(const std::string& path)
{
    const Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    return fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
}

} // namespace uplink
