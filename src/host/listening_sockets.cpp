// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/listening_sockets.h"

#include "core/error.h"
#include "host/process.h"
#include "host/sock_diag.h"

#include <algorithm>

namespace uplink
{

namespace
{

std::vector<BoundSocket> sockets_known(Protocol protocol, const PortRange& ports)
{
    try {
        return bound_sockets(protocol, ports);
    } catch (const Error&) {
        return {};
    }
}

} // namespace

std::optional<Listener> listener_at(Protocol protocol, const std::optional<IpAddress>& address,
                                    const PortRange& ports)
{
    const auto sockets = sockets_known(protocol, ports);
    const auto found = std::find_if(sockets.begin(), sockets.end(), [&](const BoundSocket& socket) {
        return takes_packets_for(socket, address, ports);
    });
    if (found == sockets.end())
        return std::nullopt;
    Listener listener{protocol, std::nullopt, found->port, 0, ""};
    if (!is_unspecified(found->address))
        listener.address = found->address;
    if (const auto pid = holder_of_socket(found->inode)) {
        listener.pid = *pid;
        listener.program = command_of(*pid);
    }
    return listener;
}

} // namespace uplink
