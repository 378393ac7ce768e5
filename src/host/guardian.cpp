// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/guardian.h"

#include "core/error.h"
#include "host/detached.h"
#include "host/file.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>

namespace uplink
{

namespace
{

bool hears_that_all_is_done(int pipe)
{
    char word = 0;
    ssize_t got = 0;
    do
        got = ::read(pipe, &word, 1);
    while (got < 0 && errno == EINTR);
    return got == 1;
}

[[noreturn]] void guard(int pipe, std::set<int> kept, const std::function<void()>& undo)
{
    ::setsid();
    for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGPIPE})
        (void)std::signal(signal, SIG_IGN); // sent to the author and all around it
    kept.insert(pipe);
    let_go_of_all_but(kept);
    if (!hears_that_all_is_done(pipe))
        undo();
    ::_exit(0);
}

} // namespace

Guardian::Guardian(const std::function<void()>& undo, const std::set<int>& kept)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw NothingChanged("cannot make a pipe: " + error_text(errno));
    const Fd read_end(ends[0]);
    pipe_ = Fd(ends[1]);
    child_ = ::fork();
    if (child_ < 0)
        throw NothingChanged("cannot start a process: " + error_text(errno));
    if (child_ == 0) {
        pipe_ = Fd();
        guard(read_end.get(), kept, undo);
    }
}

Guardian::~Guardian()
{
    pipe_ = Fd();
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void Guardian::done()
{
    const char word = '.';
    while (::write(pipe_.get(), &word, 1) < 0 && errno == EINTR) {
    }
}

} // namespace uplink
