// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/rule.h"

namespace uplink
{

std::string to_string(Engine engine)
{
    return engine == Engine::iptables ? "iptables" : "nftables";
}

std::string to_string(Protocol protocol)
{
    switch (protocol) {
    case Protocol::tcp:
        return "tcp";
    case Protocol::udp:
        return "udp";
    case Protocol::sctp:
        return "sctp";
    }
    return "";
}

std::string to_string(const PortRange& ports)
{
    const std::string first = std::to_string(ports.first);
    return ports.first == ports.last ? first : first + "-" + std::to_string(ports.last);
}

const std::string& tag_of(const Rule& rule)
{
    return std::visit([](const auto& any) -> const std::string& { return any.tag; }, rule);
}

std::string text_of_place(const std::optional<IpAddress>& address, const PortRange& ports)
{
    if (!address)
        return to_string(ports);
    const std::string text = to_string(*address);
    return (address->ipv6 ? "[" + text + "]" : text) + ":" + to_string(ports);
}

} // namespace uplink
