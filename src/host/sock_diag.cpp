// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/sock_diag.h"

#include "core/error.h"
#include "core/protocol_number.h"
#include "host/file.h"
#include "host/kernel_questions.h"
#include "host/netlink_attributes.h"

#include <arpa/inet.h>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>

namespace uplink
{

namespace
{

Error cannot_list(Protocol protocol, int error)
{
    // Without the module the kernel knows no such question (ENOENT).
    const std::string name = to_string(protocol);
    return Error("cannot list the host's " + name + " sockets: " + error_text(error) +
                 (error == ENOENT ? ": run \"modprobe " + name + "_diag\"" : ""));
}

/// `port` 0 stands for all.
std::string request_for(int family, Protocol protocol, std::uint16_t port)
{
    inet_diag_req_v2 question = {};
    question.sdiag_family = static_cast<std::uint8_t>(family);
    question.sdiag_protocol = protocol_number(protocol);
    question.idiag_states = 1U << (protocol == Protocol::udp ? TCP_CLOSE : TCP_LISTEN);
    question.id.idiag_sport = htons(port);
    return netlink_request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, bytes_of(question));
}

BoundSocket socket_of(const nlmsghdr* answer)
{
    const auto message = header_of<inet_diag_msg>(answer);
    BoundSocket socket;
    socket.inode = message.idiag_inode;
    socket.ifindex = message.id.idiag_if;
    socket.port = ntohs(message.id.idiag_sport);
    socket.address.ipv6 = message.idiag_family == AF_INET6;
    std::memcpy(socket.address.bytes.data(), &message.id.idiag_src, full_length(socket.address) / CHAR_BIT);
    socket.ipv6_only = Attributes(attributes_of<inet_diag_msg>(answer)).number(INET_DIAG_SKV6ONLY) != 0;
    return socket;
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

std::vector<BoundSocket> bound_sockets(Protocol protocol, const PortRange& ports)
{
    std::vector<BoundSocket> sockets;
    KernelQuestions kernel(NETLINK_SOCK_DIAG);
    const std::uint16_t only_port = ports.first == ports.last ? ports.first : 0;
    for (const int family : {AF_INET, AF_INET6}) {
        const int error = kernel.ask(request_for(family, protocol, only_port), [&](const nlmsghdr* answer) {
            const auto socket = socket_of(answer);
            if (takes_packets_for(socket, std::nullopt, ports))
                sockets.push_back(socket);
            return true;
        });
        // The module of a protocol that nobody has loaded is not loaded for the question
        // (sock_diag's load_module in the kernel's net/core/sock_diag.c).
        if (error == ENOENT && protocol == Protocol::sctp)
            return {};
        if (error != 0)
            throw cannot_list(protocol, error);
    }
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
