// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/try_from_inside.h"

#include "core/error.h"
#include "host/await.h"
#include "host/conntrack.h"
#include "host/file.h"
#include "host/inside_namespace.h"
#include "host/sock_diag.h"
#include "host/socket_address.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>

namespace uplink
{

namespace
{

using namespace std::chrono_literals;

/// A socket of UDP in the container's network that speaks to one address; none where it cannot.
Fd datagrams_to(pid_t init, const IpAddress& address, std::uint16_t port)
{
    const InsideNamespace scope(init);
    Fd socket(::socket(address.ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket)
        throw Error("cannot make a socket: " + error_text(errno));
    if (::connect(socket.get(), SocketAddress(address, port).get(), size_for(address)) != 0)
        return {};
    return socket;
}

/// Asks for the name servers (type NS) of the root (an empty name); see RFC 1035, section 4.
constexpr std::array<unsigned char, 17> question = {0x4c, 0x55, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};

bool answer_comes(const Fd& socket, std::chrono::milliseconds longest_wait)
{
    pollfd waiting = {socket.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(longest_wait.count())) <= 0)
        return false;
    std::array<char, 512> answer{};
    return ::recv(socket.get(), answer.data(), answer.size(), 0) > 0;
}

} // namespace

std::vector<IpAddress> name_servers_of(pid_t init)
{
    std::vector<IpAddress> servers;
    constexpr std::size_t longest = 65536; // the container's own, who may write there what he likes
    std::istringstream lines(
        read_file_below("/proc/" + std::to_string(init) + "/root", "/etc/resolv.conf", longest).value_or(""));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key;
        std::string value;
        words >> key >> value;
        const auto address = parse_ip_address(value);
        if (key == "nameserver" && address && !is_loopback(*address))
            servers.push_back(*address);
    }
    return servers;
}

bool answers_questions(pid_t init, const IpAddress& server)
{
    constexpr std::uint16_t domain = 53;
    const Fd socket = datagrams_to(init, server, domain);
    for (int i = 0; socket && i < 2; ++i)
        if (::send(socket.get(), question.data(), question.size(), 0) > 0 && answer_comes(socket, 1000ms))
            return true;
    return false;
}

std::optional<IpAddress> source_outside(pid_t init, const IpAddress& source, const IpAddress& destination)
{
    constexpr std::uint16_t discard = 9;
    const Fd socket = datagrams_to(init, destination, discard);
    if (!socket || ::send(socket.get(), "", 0, 0) < 0)
        return std::nullopt;
    std::optional<IpAddress> outside;
    (void)await(300ms, [&] {
        outside = source_behind(source, port_of(socket), destination, discard);
        return outside.has_value();
    });
    return outside;
}

bool is_served_inside(pid_t init, Protocol protocol, const IpAddress& address, const PortRange& ports)
{
    const InsideNamespace scope(init);
    const auto sockets = bound_sockets(protocol, ports);
    return std::any_of(sockets.begin(), sockets.end(),
                       [&](const BoundSocket& socket) { return takes_packets_for(socket, address, ports); });
}

} // namespace uplink
