// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/detached.h"

#include "core/error.h"
#include "host/file.h"
#include "host/log.h"
#include "host/owned.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace uplink
{

namespace
{

[[noreturn]] void run_alone(const std::function<void()>& task)
{
    let_go_of_all_but({});
    try {
        task();
    } catch (const std::exception&) {
        ::_exit(1);
    }
    ::_exit(0);
}

} // namespace

void let_go_of_all_but(const std::set<int>& kept)
{
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(null.get(), standard);
    const int last = kept.empty() ? STDERR_FILENO : std::max(STDERR_FILENO, *kept.rbegin());
    for (int fd = STDERR_FILENO + 1; fd < last; ++fd)
        if (!kept.contains(fd))
            const Fd closed(fd);
    ::closefrom(last + 1); // which needs no close_range(): Linux before 5.9 has none
    reopen_log();
}

void run_detached(const std::function<void()>& task)
{
    const pid_t child = ::fork();
    if (child < 0)
        throw Error("cannot start a process: " + error_text(errno));
    if (child == 0) {
        ::setsid();
        const pid_t grandchild = ::fork();
        if (grandchild == 0)
            run_alone(task);
        ::_exit(grandchild < 0 ? errno : 0);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        throw Error("cannot start a process: " + error_text(WEXITSTATUS(status)));
}

} // namespace uplink
