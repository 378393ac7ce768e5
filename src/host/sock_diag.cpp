// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/sock_diag.h"

#include "core/error.h"
#include "host/file.h"
#include "host/owned.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace uplink
{

namespace
{

Error cannot_list(int error)
{
    // Without the module the kernel knows no such question (ENOENT).
    return Error("cannot list the host's UDP sockets: " + error_text(error) +
                 (error == ENOENT ? ": run \"modprobe udp_diag\"" : ""));
}

struct Request {
    nlmsghdr header = {};
    inet_diag_req_v2 question = {};
};

Request request_for(int family, std::uint16_t port)
{
    Request request;
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.question.sdiag_family = static_cast<std::uint8_t>(family);
    request.question.sdiag_protocol = IPPROTO_UDP;
    request.question.idiag_states = UINT32_MAX;
    request.question.id.idiag_sport = htons(port);
    return request;
}

UdpSocket socket_of(const inet_diag_msg& message)
{
    const auto& words = message.id.idiag_src; // IPv4 has the first of the four alone
    UdpSocket socket;
    socket.inode = message.idiag_inode;
    socket.ifindex = message.id.idiag_if;
    socket.any_address = std::all_of(std::begin(words), std::end(words), [](auto word) { return word == 0; });
    if (message.idiag_family == AF_INET)
        socket.address = Ipv4Address{ntohl(words[0])};
    return socket;
}

/// Adds what one datagram of the answer holds; false when it is the last.
bool read_answer(nlmsghdr* header, std::size_t size, std::vector<UdpSocket>& sockets)
{
    for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
        if (header->nlmsg_type == NLMSG_DONE)
            return false;
        if (header->nlmsg_type == NLMSG_ERROR)
            throw cannot_list(-reinterpret_cast<nlmsgerr*>(header + 1)->error);
        sockets.push_back(socket_of(*reinterpret_cast<inet_diag_msg*>(header + 1)));
    }
    return true;
}

void add_sockets(const Fd& netlink, int family, std::uint16_t port, std::vector<UdpSocket>& sockets)
{
    const Request request = request_for(family, port);
    if (::send(netlink.get(), &request, sizeof request, 0) < 0)
        throw cannot_list(errno);
    constexpr std::size_t most_of_a_dump = 32768; // NLMSG_GOODSIZE is no more than that
    alignas(nlmsghdr) std::array<std::byte, most_of_a_dump> buffer{};
    for (bool more = true; more;) {
        const ssize_t size = ::recv(netlink.get(), buffer.data(), buffer.size(), 0);
        if (size < 0 && errno != EINTR)
            throw cannot_list(errno);
        if (size >= 0)
            more = read_answer(reinterpret_cast<nlmsghdr*>(buffer.data()), static_cast<std::size_t>(size),
                               sockets);
    }
}

bool holds(const std::filesystem::path& process, const std::string& socket)
{
    std::error_code error; // it may end while it is looked at
    for (std::filesystem::directory_iterator file(process / "fd", error), end; !error && file != end;
         file.increment(error)) {
        std::error_code closed;
        if (std::filesystem::read_symlink(file->path(), closed) == socket)
            return true;
    }
    return false;
}

} // namespace

std::vector<UdpSocket> udp_sockets_on(std::uint16_t port)
{
    const Fd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink)
        throw cannot_list(errno);
    std::vector<UdpSocket> sockets;
    for (const int family : {AF_INET, AF_INET6})
        add_sockets(netlink, family, port, sockets);
    return sockets;
}

std::optional<pid_t> holder_of_socket(std::uint32_t inode)
{
    const std::string socket = "socket:[" + std::to_string(inode) + "]";
    for (const std::string& name : names_in("/proc")) {
        const auto pid = parse_number(name, INT32_MAX);
        if (pid && holds("/proc/" + name, socket))
            return static_cast<pid_t>(*pid);
    }
    return std::nullopt;
}

} // namespace uplink
