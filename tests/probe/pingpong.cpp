// SPDX-License-Identifier: GPL-2.0-or-later
#include "pace.h"
#include "probe.h"

#include "core/error.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace probe
{

namespace
{

using Milliseconds = std::chrono::duration<double, std::milli>;

// The kernel's shortest retransmission timeout (TCP_RTO_MIN). With one request under way whatever is lost, of
// it or of its answer, is sent again after that time at the soonest, whether by the timeout itself or by the
// loss probe (RFC 8985) before it.
constexpr Milliseconds shortest_timeout{200};

uplink::Fd connect_to(const Endpoint& server)
{
    uplink::Fd connection = open_socket(server, SOCK_STREAM);
    switch_on(connection, IPPROTO_TCP, TCP_NODELAY);
    if (connect(connection.get(), server.get(), server.length) != 0)
        throw_errno("connect");
    return connection;
}

// False when there was no whole answer: within five seconds, or within one of SIGTERM.
bool round_trip(const uplink::Fd& connection)
{
    std::array<char, message_size> message{};
    if (::send(connection.get(), message.data(), message.size(), MSG_NOSIGNAL) != message_size)
        return false;
    for (ssize_t got = 0; got < message_size;) {
        const bool answered =
            readable(connection, told_to_stop() ? 1000 : 5000) || readable(connection, 1000);
        const ssize_t size = answered ? recv(connection.get(), message.data(), message.size(), 0) : 0;
        if (size <= 0)
            return false;
        got += size;
    }
    return true;
}

unsigned retransmits(const uplink::Fd& connection)
{
    tcp_info info{};
    socklen_t length = sizeof info;
    if (getsockopt(connection.get(), IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        throw_errno("TCP_INFO");
    return info.tcpi_total_retrans;
}

} // namespace

void pingpong(const Endpoint& server, int rate)
{
    const uplink::Fd connection = connect_to(server);
    catch_sigterm();
    bool answered = round_trip(connection);
    if (!answered)
        throw uplink::Error("nobody answers");
    std::cerr << "answered\n";

    long round_trips = 0;
    long timeouts = 0;
    Milliseconds longest{};
    for (Pace pace(rate); answered && !told_to_stop(); pace.wait_for_tick()) {
        const auto start = Clock::now();
        answered = round_trip(connection);
        const Milliseconds took = Clock::now() - start;
        longest = std::max(longest, took);
        timeouts += took >= shortest_timeout ? 1 : 0;
        round_trips += answered ? 1 : 0;
    }
    std::cout << "{\"round_trips\": " << round_trips << ", \"unanswered\": " << (answered ? 0 : 1)
              << ", \"longest_ms\": " << longest.count() << ", \"timeouts\": " << timeouts
              << ", \"retransmits\": " << retransmits(connection) << "}\n";
}

} // namespace probe
