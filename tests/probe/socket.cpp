// SPDX-License-Identifier: GPL-2.0-or-later
#include "socket.h"

#include "core/error.h"

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <poll.h>

namespace probe
{

void throw_errno(const std::string& call)
{
    throw uplink::Error(call + ": " + std::strerror(errno));
}

Endpoint endpoint(const char* address, const char* port)
{
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(address, port, &hints, &found); error != 0)
        throw uplink::Error(std::string(address) + " port " + port + ": " + gai_strerror(error));

    const uplink::Owned<addrinfo, freeaddrinfo> owner(found);
    Endpoint result{{}, found->ai_addrlen};
    std::memcpy(&result.address, found->ai_addr, found->ai_addrlen);
    return result;
}

uplink::Fd open_socket(const Endpoint& family, int type)
{
    uplink::Fd result(socket(family.get()->sa_family, type | SOCK_CLOEXEC, 0));
    if (!result)
        throw_errno("socket");
    return result;
}

uplink::Fd bound_socket(const Endpoint& own, int type)
{
    uplink::Fd result = open_socket(own, type);
    switch_on(result, SOL_SOCKET, SO_REUSEADDR);
    if (bind(result.get(), own.get(), own.length) != 0)
        throw_errno("bind");
    return result;
}

void switch_on(const uplink::Fd& socket, int level, int option)
{
    const int on = 1;
    if (setsockopt(socket.get(), level, option, &on, sizeof on) != 0)
        throw_errno("setsockopt");
}

void make_room(const uplink::Fd& socket)
{
    const int size = 2 * 1024 * 1024;
    if (setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        throw_errno("setsockopt SO_RCVBUFFORCE");
}

bool readable(const uplink::Fd& socket, int milliseconds)
{
    pollfd what{socket.get(), POLLIN, 0};
    return poll(&what, 1, milliseconds) > 0;
}

} // namespace probe
