// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/child.h"

#include "host/file.h"
#include "host/owned.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace uplink
{

namespace
{

using Clock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 4> folders = {"/usr/sbin", "/usr/bin", "/sbin", "/bin"};

struct Pipe {
    Pipe()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw Error("cannot make a pipe: " + error_text(errno));
        from = Fd(ends[0]);
        into = Fd(ends[1]);
    }
    Fd from;
    Fd into;
};

struct SpawnSettings {
    SpawnSettings()
    {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
        // Both outlive an exec, and LXC may have set them: an ignored SIGPIPE or a blocked SIGALRM would take
        // the program's own deadline from it.
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes, &signals);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings()
    {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
};

std::vector<std::string> plain_environment()
{
    std::vector<std::string> variables = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        if (text.substr(0, 4) == "LXC_" || text.substr(0, 4) == "OVS_")
            variables.emplace_back(text);
    }
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (std::string& text : strings)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// A pipe that holds all of `input` and has no writer any more.
Fd filled(const std::string& input)
{
    constexpr std::size_t pipe_holds = 65536; // pipe(7)
    Pipe pipe;
    if (input.size() > pipe_holds ||
        ::write(pipe.into.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
        throw Error("cannot hand over " + std::to_string(input.size()) + " bytes of input");
    return std::move(pipe.from);
}

/// A running program, killed and reaped at the end of the scope unless it has ended before.
class Child
{
  public:
    Child(std::vector<std::string> words, const Fd& input, const Fd& output, const Fd& errors)
    {
        const auto path = program_path(words.at(0));
        if (!path)
            throw Error(words.at(0) + " is not installed");
        SpawnSettings settings;
        if (input)
            ::posix_spawn_file_actions_adddup2(&settings.files, input.get(), STDIN_FILENO);
        else
            ::posix_spawn_file_actions_addopen(&settings.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&settings.files, output.get(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&settings.files, errors.get(), STDERR_FILENO);
        auto environment = plain_environment();
        const int error = ::posix_spawn(&pid_, path->c_str(), &settings.files, &settings.attributes,
                                        pointers(words).data(), pointers(environment).data());
        if (error != 0)
            throw Error("cannot run " + *path + ": " + error_text(error));
    }
    ~Child()
    {
        if (pid_ == 0)
            return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Readable once the program has ended.
    [[nodiscard]] Fd handle() const
    {
        Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
        if (!handle)
            throw Error("cannot watch a program: " + error_text(errno));
        return handle;
    }

    int reap()
    {
        int status = 0;
        if (::waitpid(std::exchange(pid_, 0), &status, 0) < 0)
            throw Error("cannot learn how it ended: " + error_text(errno));
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

  private:
    pid_t pid_ = 0;
};

/// Reads what is in a pipe now. False at its end.
bool drain(const Fd& pipe, std::string& text)
{
    // Only our end: the program's own writes are to wait for us.
    ::fcntl(pipe.get(), F_SETFL, O_NONBLOCK);
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(pipe.get(), buffer.data(), buffer.size());
        if (count > 0)
            text.append(buffer.data(), static_cast<std::size_t>(count));
        else if (count == 0 || errno != EINTR)
            return count < 0 && errno == EAGAIN;
    }
}

int milliseconds_until(Clock::time_point deadline)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

std::string seconds(std::chrono::milliseconds time)
{
    if (time.count() % 1000 != 0)
        return std::to_string(time.count()) + " milliseconds";
    return std::to_string(time.count() / 1000) + (time.count() == 1000 ? " second" : " seconds");
}

} // namespace

std::optional<std::string> program_path(const std::string& name)
{
    for (const std::string_view folder : folders) {
        std::string path = std::string(folder) + "/" + name;
        if (::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return std::nullopt;
}

Ended run_program(const std::vector<std::string>& words, std::chrono::milliseconds deadline,
                  const std::string& input)
{
    const auto end = Clock::now() + deadline;
    Pipe output;
    Pipe errors;
    Child child(words, input.empty() ? Fd() : filled(input), output.into, errors.into);
    const Fd handle = child.handle();
    output.into = Fd();
    errors.into = Fd();

    Ended ended;
    // What the program has started may keep the pipes open: its own end counts.
    std::array<pollfd, 3> waiting = {pollfd{handle.get(), POLLIN, 0}, pollfd{output.from.get(), POLLIN, 0},
                                     pollfd{errors.from.get(), POLLIN, 0}};
    while (waiting[0].revents == 0) {
        const int count = ::poll(waiting.data(), waiting.size(), milliseconds_until(end));
        if (count == 0)
            throw Overdue(words.at(0) + " did not end within " + seconds(deadline) + " and was killed");
        if (count < 0 && errno != EINTR)
            throw Error("cannot wait for " + words.at(0) + ": " + error_text(errno));
        if (!drain(output.from, ended.output))
            waiting[1].fd = -1;
        if (!drain(errors.from, ended.errors))
            waiting[2].fd = -1;
    }
    drain(output.from, ended.output);
    drain(errors.from, ended.errors);
    ended.status = child.reap();
    return ended;
}

std::string output_of(const std::vector<std::string>& words, std::chrono::milliseconds deadline,
                      const std::string& input)
{
    const Ended ended = run_program(words, deadline, input);
    if (ended.status != 0)
        throw Error(words.front() + " says: " + ended.errors.substr(0, ended.errors.find('\n')));
    return ended.output;
}

} // namespace uplink
