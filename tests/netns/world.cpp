// SPDX-License-Identifier: GPL-2.0-or-later
#include "world.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <doctest/doctest.h>
#include <iostream>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace uplink
{

namespace
{

constexpr int patience_ms = 10000;

void must(bool done, const std::string& what)
{
    if (!done)
        throw std::runtime_error("cannot " + what + ": " + std::strerror(errno));
}

int run(const std::string& commands, std::string& output)
{
    std::cout.flush();
    FILE* pipe = ::popen(("exec 2>&1; set -e\n" + commands).c_str(), "r");
    must(pipe != nullptr, "run a shell");
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        output.append(buffer.data(), count);
    const int status = ::pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void mount_fresh(const char* type, const char* folder)
{
    must(::mount(type, folder, type, 0, nullptr) == 0, std::string("mount ") + folder);
}

} // namespace

World::World()
{
    must(::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "make namespaces");
    must(::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make mounts private");
    mount_fresh("tmpfs", "/run");
    mount_fresh("sysfs", "/sys"); // shows the links of the namespace that mounted it
    shell("sysctl -qw net.ipv6.conf.default.addr_gen_mode=1");
}

World::~World()
{
    // The namespace itself stays until the next one: this process must never act in the machine's own.
    ::umount2("/sys", MNT_DETACH);
    ::umount2("/run", MNT_DETACH);
}

WorldWithNat::WorldWithNat()
{
    std::string output;
    if (run("unshare -n iptables-legacy -t nat -S", output) != 0)
        skip("iptables-legacy finds no nat table in this kernel: " + output);
}

std::optional<std::string> why_no_world()
{
    if (::geteuid() != 0)
        return "only root can make network namespaces";
    // For good, so that no case can reach the machine's own network, not even one without a world.
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0)
        return std::string("this machine does not let us make namespaces: ") + std::strerror(errno);
    std::string output;
    for (const char* tool : {"ip", "bridge", "sysctl", "iptables-legacy-save", "flock", "unshare"})
        if (run(std::string("command -v ") + tool, output) != 0)
            return std::string(tool) + " is not installed";
    return std::nullopt;
}

void skip(const std::string& reason)
{
    constexpr int skip_return_code = 77;
    std::cout << "skipped: " << reason << std::endl;
    std::exit(skip_return_code);
}

std::string shell(const std::string& commands)
{
    std::string output;
    const int status = run(commands, output);
    INFO("commands: ", commands);
    INFO("output: ", output);
    REQUIRE(status == 0);
    return output;
}

nlohmann::json ip(const std::string& arguments)
{
    return nlohmann::json::parse(shell("ip -details -json " + arguments));
}

nlohmann::json ip_link(const std::string& name)
{
    return ip("address show dev " + name).at(0);
}

unsigned ifindex_of(const std::string& name)
{
    return ip_link(name).at("ifindex");
}

std::string nat_table(const std::string& option)
{
    // Without the counters of chains: the kernel itself sends a packet now and then.
    return shell("iptables-legacy-save -t nat " + option +
                 " | grep -v '^#' | sed 's/^\\(:.*\\) \\[.*\\]$/\\1/'");
}

const std::string empty_nat_table = "*nat\n"
                                    ":PREROUTING ACCEPT\n"
                                    ":INPUT ACCEPT\n"
                                    ":OUTPUT ACCEPT\n"
                                    ":POSTROUTING ACCEPT\n"
                                    "COMMIT\n";

Background::Background(const std::string& command)
{
    std::array<int, 2> to_child{};
    std::array<int, 2> from_child{};
    must(::pipe2(to_child.data(), O_CLOEXEC) == 0 && ::pipe2(from_child.data(), O_CLOEXEC) == 0,
         "make pipes");
    pid_ = ::fork();
    must(pid_ >= 0, "fork");
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(to_child[0], STDIN_FILENO);
        ::dup2(from_child[1], STDOUT_FILENO);
        ::execl("/bin/sh", "sh", "-ec", command.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    input_ = to_child[1];
    output_ = from_child[0];
    pollfd ready = {output_, POLLIN, 0};
    char first = 0;
    INFO("waiting for: ", command);
    REQUIRE(::poll(&ready, 1, patience_ms) == 1);
    REQUIRE(::read(output_, &first, 1) == 1);
}

Background::~Background()
{
    ::close(input_);
    ::close(output_);
    kill();
}

void Background::kill()
{
    if (pid_ == 0)
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void Background::wait()
{
    int status = -1;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    CHECK(status == 0);
}

} // namespace uplink
