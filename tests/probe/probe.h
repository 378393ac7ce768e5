// SPDX-License-Identifier: GPL-2.0-or-later
// The three programs in one: an echo server, and two clients of it that print as JSON what became of their
// packets.
#pragma once

#include "socket.h"

namespace probe
{

inline constexpr int message_size = 64;

/// Sends back every UDP datagram and all that comes by TCP, until a signal ends the process.
[[noreturn]] void echo(const Endpoint& own);

/// Sends numbered datagrams, `rate` a second, from SIGTERM on waits up to one second for late replies, and
/// says what was lost. Each is routed anew, by a socket that is bound to nothing, as the first packet of a
/// new flow would be.
void send(const Endpoint& server, int rate);

/// Sends a request over one TCP connection, the next when it is answered but at most `rate` a second, until
/// SIGTERM, and says how long the answers took.
void pingpong(const Endpoint& server, int rate);

} // namespace probe
