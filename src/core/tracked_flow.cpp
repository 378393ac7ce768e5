// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/tracked_flow.h"

namespace uplink
{

namespace
{

bool is_in(const PortRange& range, std::uint16_t port)
{
    return port >= range.first && port <= range.last;
}

} // namespace

bool came_by(const TrackedFlow& flow, const PublishedPort& published, const std::set<IpAddress>& own)
{
    if (flow.protocol != published.protocol || !is_in(published.ports, flow.port))
        return false;
    if (published.address)
        return flow.destination == *published.address;
    const bool was_translated = flow.destination != flow.answerer && flow.answerer == published.to &&
                                is_in(published.to_ports, flow.answering_port);
    return was_translated || own.contains(flow.destination) || is_loopback(flow.destination);
}

} // namespace uplink
