// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses and sockets of both families, none of them bound to a device.
#pragma once

#include "host/owned.h"

#include <string>
#include <sys/socket.h>

namespace probe
{

struct Endpoint {
    sockaddr_storage address;
    socklen_t length;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

/// Throws uplink::Error unless both are numbers: nothing here may wait for a name server.
Endpoint endpoint(const char* address, const char* port);

/// The reason in errno after `call` has failed, as an exception.
[[noreturn]] void throw_errno(const std::string& call);

/// `type` is SOCK_STREAM or SOCK_DGRAM, with flags. Throws uplink::Error.
uplink::Fd open_socket(const Endpoint& family, int type);
uplink::Fd bound_socket(const Endpoint& own, int type);

void switch_on(const uplink::Fd& socket, int level, int option);

/// A datagram that waits in the buffer while its reader waits for a processor is not lost: room for two
/// seconds of them.
void make_room(const uplink::Fd& socket);

/// Whether there is something to read, within so many milliseconds; a signal ends the wait.
bool readable(const uplink::Fd& socket, int milliseconds);

} // namespace probe
