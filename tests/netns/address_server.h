// SPDX-License-Identifier: GPL-2.0-or-later
// A server that tells clients by which address it sees them. A thread of the test's own: socat, which forks
// for each client, was seen to serve no more after the first one on a busy machine.
#pragma once

#include "host/owned.h"

#include <array>
#include <cstdint>
#include <string>
#include <thread>

namespace uplink
{

/// Answers every client at a port of TCP and of UDP in both families, with 60 bytes: the client's address,
/// IPv6 in full and in brackets, and spaces.
class Server
{
  public:
    /// `place` is the command in front of others that run in the network namespace; empty: this one.
    Server(const std::string& place, std::uint16_t port);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

  private:
    void serve() const;

    std::array<Fd, 4> sockets_;
    Fd end_;
    std::thread thread_;
};

} // namespace uplink
