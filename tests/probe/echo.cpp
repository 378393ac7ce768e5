// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <vector>

namespace probe
{

namespace
{

std::array<char, 2048> buffer;

// A reply that cannot be sent is one that its client misses: that is what is counted, over there.
void answer_datagram(const uplink::Fd& socket)
{
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    auto* peer = reinterpret_cast<sockaddr*>(&address);
    const ssize_t size = recvfrom(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT, peer, &length);
    if (size >= 0)
        sendto(socket.get(), buffer.data(), size, MSG_DONTWAIT, peer, length);
}

void accept_connection(const uplink::Fd& listener, std::vector<uplink::Fd>& connections)
{
    uplink::Fd connection(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection)
        return;
    switch_on(connection, IPPROTO_TCP, TCP_NODELAY);
    connections.push_back(std::move(connection));
}

// False when the connection has ended.
bool answer_request(const uplink::Fd& connection)
{
    const ssize_t size = recv(connection.get(), buffer.data(), buffer.size(), 0);
    return size > 0 && ::send(connection.get(), buffer.data(), size, MSG_NOSIGNAL) == size;
}

} // namespace

void echo(const Endpoint& own)
{
    const uplink::Fd datagrams = bound_socket(own, SOCK_DGRAM);
    make_room(datagrams);
    const uplink::Fd listener = bound_socket(own, SOCK_STREAM | SOCK_NONBLOCK);
    if (listen(listener.get(), 16) != 0)
        throw_errno("listen");

    std::vector<uplink::Fd> connections;
    for (;;) {
        std::vector<pollfd> ready{{datagrams.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}};
        for (const uplink::Fd& connection : connections)
            ready.push_back({connection.get(), POLLIN, 0});
        if (poll(ready.data(), ready.size(), -1) < 0)
            throw_errno("poll");

        for (std::size_t i = connections.size(); i > 0; --i)
            if (ready[i + 1].revents != 0 && !answer_request(connections[i - 1]))
                connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i - 1));
        if (ready[0].revents != 0)
            answer_datagram(datagrams);
        if (ready[1].revents != 0)
            accept_connection(listener, connections);
    }
}

} // namespace probe
