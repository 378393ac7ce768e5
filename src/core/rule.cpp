// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/rule.h"

namespace uplink
{

std::string to_string(Engine engine)
{
    switch (engine) {
    case Engine::iptables:
        return "iptables";
    case Engine::nftables:
        return "nftables";
    case Engine::iptables_nft:
        return "iptables-nft";
    case Engine::firewalld:
        return "firewalld";
    }
    return "";
}

std::optional<Engine> parse_engine(std::string_view word)
{
    for (const Engine engine : {Engine::iptables, Engine::nftables, Engine::iptables_nft, Engine::firewalld})
        if (word == to_string(engine))
            return engine;
    return std::nullopt;
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

std::optional<Protocol> parse_protocol(std::string_view word)
{
    for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp})
        if (word == to_string(protocol))
            return protocol;
    return std::nullopt;
}

std::string to_string(const PortRange& ports)
{
    const std::string first = std::to_string(ports.first);
    return ports.first == ports.last ? first : first + "-" + std::to_string(ports.last);
}

std::optional<PortRange> parse_ports(std::string_view text)
{
    constexpr std::uint64_t highest = 65535;
    const auto dash = text.find('-');
    const auto first = parse_number(text.substr(0, dash), highest);
    const auto last = dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1), highest);
    if (!first || !last || *first == 0 || *last < *first)
        return std::nullopt;
    return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

const std::string& tag_of(const Rule& rule)
{
    return std::visit([](const auto& any) -> const std::string& { return any.tag; }, rule);
}

std::string to_string(Gatekeeper gatekeeper)
{
    switch (gatekeeper) {
    case Gatekeeper::docker:
        return "docker";
    case Gatekeeper::ufw:
        return "ufw";
    case Gatekeeper::firewalld:
        return "firewalld";
    }
    return "";
}

std::optional<Gatekeeper> parse_gatekeeper(std::string_view word)
{
    for (const Gatekeeper gatekeeper : {Gatekeeper::docker, Gatekeeper::ufw, Gatekeeper::firewalld})
        if (word == to_string(gatekeeper))
            return gatekeeper;
    return std::nullopt;
}

std::vector<PublishedPort> published_ports(const std::vector<Rule>& rules)
{
    std::vector<PublishedPort> ports;
    for (const Rule& rule : rules)
        if (const auto* port = std::get_if<PublishedPort>(&rule))
            ports.push_back(*port);
    return ports;
}

bool is_opening(const Rule& rule)
{
    return std::holds_alternative<ForwardOpening>(rule) || std::holds_alternative<ServiceOpening>(rule);
}

std::string text_of_place(const std::optional<IpAddress>& address, const PortRange& ports)
{
    if (!address)
        return to_string(ports);
    const std::string text = to_string(*address);
    return (address->ipv6 ? "[" + text + "]" : text) + ":" + to_string(ports);
}

std::string text_of_port(const std::optional<IpAddress>& address, const PortRange& ports, Protocol protocol)
{
    return text_of_place(address, ports) + "/" + to_string(protocol);
}

} // namespace uplink
