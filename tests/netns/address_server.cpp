// SPDX-License-Identifier: GPL-2.0-or-later
#include "address_server.h"

#include <arpa/inet.h>
#include <cstdio>
#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace uplink
{

namespace
{

struct Kind {
    int family;
    int type;
};
constexpr std::array<Kind, 4> kinds = {
    {{AF_INET, SOCK_STREAM}, {AF_INET, SOCK_DGRAM}, {AF_INET6, SOCK_STREAM}, {AF_INET6, SOCK_DGRAM}}};

sockaddr* any(sockaddr_storage& address)
{
    return reinterpret_cast<sockaddr*>(&address);
}

Fd bound(const Kind& kind, std::uint16_t port)
{
    Fd fd(::socket(kind.family, kind.type | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_storage address = {};
    address.ss_family = static_cast<sa_family_t>(kind.family);
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(port); // where that of IPv6 is too
    if (kind.family == AF_INET6)
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const bool ready = ::bind(fd.get(), any(address), sizeof(sockaddr_in6)) == 0 &&
                       (kind.type == SOCK_DGRAM || ::listen(fd.get(), 64) == 0);
    return ready ? std::move(fd) : Fd();
}

std::string told(const sockaddr_storage& client)
{
    std::string text;
    if (client.ss_family == AF_INET) {
        std::array<char, INET_ADDRSTRLEN> words{};
        text = ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(client).sin_addr, words.data(),
                           words.size());
    } else {
        const auto& bytes = reinterpret_cast<const sockaddr_in6&>(client).sin6_addr.s6_addr;
        for (std::size_t i = 0; i < sizeof bytes; ++i) {
            std::array<char, 4> hex{};
            (void)std::snprintf(hex.data(), hex.size(), "%02x", bytes[i]);
            text += (i > 0 && i % 2 == 0 ? ":" : "") + std::string(hex.data());
        }
        text = "[" + text + "]";
    }
    text.resize(60, ' ');
    return text;
}

/// What the client sends is read to its end, or closing would reset the connection under the answer.
void answer_stream(int listener)
{
    sockaddr_storage client = {};
    socklen_t length = sizeof client;
    const Fd connection(::accept4(listener, any(client), &length, SOCK_CLOEXEC));
    const timeval patience = {2, 0};
    ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const std::string text = told(client);
    (void)!::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
    ::shutdown(connection.get(), SHUT_WR);
    std::array<char, 256> heard{};
    while (::recv(connection.get(), heard.data(), heard.size(), 0) > 0) {
    }
}

void answer_datagram(int socket)
{
    sockaddr_storage client = {};
    socklen_t length = sizeof client;
    std::array<char, 256> heard{};
    if (::recvfrom(socket, heard.data(), heard.size(), 0, any(client), &length) < 0)
        return;
    const std::string text = told(client);
    (void)!::sendto(socket, text.data(), text.size(), 0, any(client), length);
}

} // namespace

Server::Server(const std::string& place, std::uint16_t port) : end_(::eventfd(0, EFD_CLOEXEC))
{
    // A socket belongs to the namespace that its thread was in.
    std::thread([&] {
        const std::string option = "--net=";
        if (const auto at = place.find(option); at != std::string::npos) {
            const std::string path =
                place.substr(at + option.size(), place.find(' ', at) - at - option.size());
            const Fd there(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
            if (::setns(there.get(), CLONE_NEWNET) != 0)
                return;
        }
        for (std::size_t i = 0; i < kinds.size(); ++i)
            sockets_.at(i) = bound(kinds.at(i), port);
    }).join();
    for (const Fd& socket : sockets_)
        REQUIRE(socket);
    thread_ = std::thread([this] { serve(); });
}

Server::~Server()
{
    if (thread_.joinable()) {
        ::eventfd_write(end_.get(), 1);
        thread_.join();
    }
}

void Server::serve() const
{
    std::array<pollfd, kinds.size() + 1> ready{};
    for (std::size_t i = 0; i < kinds.size(); ++i)
        ready.at(i) = {sockets_.at(i).get(), POLLIN, 0};
    ready.back() = {end_.get(), POLLIN, 0};
    while (::poll(ready.data(), ready.size(), -1) > 0 && ready.back().revents == 0)
        for (std::size_t i = 0; i < kinds.size(); ++i)
            if (ready.at(i).revents != 0)
                kinds.at(i).type == SOCK_STREAM ? answer_stream(ready.at(i).fd)
                                                : answer_datagram(ready.at(i).fd);
}

} // namespace uplink
