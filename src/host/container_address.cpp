// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/container_address.h"

#include "core/error.h"
#include "host/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace uplink
{

namespace
{

using Clock = std::chrono::steady_clock;

/// Readable once the process has ended.
Fd end_of(pid_t pid)
{
    Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!handle)
        throw Error("cannot watch process " + std::to_string(pid) + ": " + error_text(errno));
    return handle;
}

/// Waits until one of the two is readable and takes what there is to read from the first. False when the
/// second was, or the time is over.
bool wait_for_change(const Fd& changes, const Fd& end, Clock::time_point deadline)
{
    std::array<pollfd, 2> waiting = {pollfd{changes.get(), POLLIN, 0}, pollfd{end.get(), POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int count = ::poll(waiting.data(), waiting.size(), left > 0 ? static_cast<int>(left) : 0);
    if (count < 0 && errno != EINTR)
        throw Error("cannot wait for an address: " + error_text(errno));
    if (count == 0 || (count > 0 && waiting[1].revents != 0))
        return false;
    // What was lost because it came too fast (ENOBUFS) does not matter: the addresses are read anew.
    std::array<char, 4096> buffer{};
    while (::recv(changes.get(), buffer.data(), buffer.size(), 0) > 0 || errno == ENOBUFS) {
    }
    return true;
}

} // namespace

std::vector<VethPair> veths_of_container(Netlink& host, pid_t pid)
{
    std::vector<VethPair> pairs;
    for (Link& container_end : Netlink::inside(pid).links("veth"))
        if (auto link = host.link(container_end.peer);
            link && link->peer == container_end.ifindex && link->peer_namespace == host.namespace_id(pid))
            pairs.push_back({std::move(*link), std::move(container_end)});
    std::sort(pairs.begin(), pairs.end(), [](const VethPair& left, const VethPair& right) {
        return left.host_end.ifindex < right.host_end.ifindex;
    });
    return pairs;
}

std::optional<IpAddress> container_address(pid_t pid, unsigned position, bool ipv6)
{
    Netlink host;
    const auto pairs = veths_of_container(host, pid);
    if (position >= pairs.size())
        return std::nullopt;
    const unsigned ifindex = pairs.at(position).container_end.ifindex;
    return reachable_address(Netlink::inside(pid).addresses(ipv6 ? AF_INET6 : AF_INET, ifindex), ipv6);
}

std::optional<IpAddress> wait_for_address(pid_t pid, unsigned position, bool ipv6,
                                          std::chrono::seconds patience)
{
    const auto deadline = Clock::now() + patience;
    const Fd end = end_of(pid);
    const Fd changes = Netlink::changes_inside(pid);
    for (;;) {
        if (auto address = container_address(pid, position, ipv6))
            return address;
        if (!wait_for_change(changes, end, deadline))
            return std::nullopt;
    }
}

} // namespace uplink
