// SPDX-License-Identifier: GPL-2.0-or-later
// Packets that most tests of firewalls speak of, judgements in short, and rulesets that the real daemons made
// (samples/capture.sh).
#pragma once

#include "core/judge.h"
#include "printers.h"
#include "values.h"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>
#include <string>

namespace uplink
{

inline std::ostream& operator<<(std::ostream& out, const Judgement& judgement)
{
    switch (judgement.fate) {
    case Fate::passes:
        return out << "it passes";
    case Fate::dropped:
        return out << "dropped by " << judgement.dropped_by;
    case Fate::cannot_tell:
        break;
    }
    return out << "cannot be told, since of " << judgement.unjudged;
}

inline std::ostream& operator<<(std::ostream& out, const PacketTest& test)
{
    const auto way = [](bool second, const char* one, const char* other) { return second ? other : one; };
    std::visit(
        overloaded{
            [&](const InterfaceIs& is) {
                out << way(is.out, "in ", "out ") << is.name << (is.prefix ? "*" : "");
            },
            [&](const PortOfBridgeIs& is) {
                out << way(is.out, "in by port ", "out by port ") << is.name << (is.prefix ? "*" : "");
            },
            [&](const AddressIn& is) {
                out << way(is.destination, "from ", "to ") << is.first << " to " << is.last;
            },
            [&](const AddressKindIs& is) {
                out << way(is.destination, "from", "to") << " an address of kind "
                    << static_cast<int>(is.kind) << (is.of_interface ? " of the interface" : "");
            },
            [&](const FamilyIs& is) { out << way(is.ipv6, "IPv4", "IPv6"); },
            [&](const ProtocolIs& is) { out << "protocol " << +is.number; },
            [&](const PortIn& is) { out << way(is.destination, "from port ", "to port ") << is.ports; },
            [&](const IcmpTypeIs& is) { out << "ICMP type " << +is.number; },
            [&](const TcpFlagsAre& is) { out << "of TCP flags " << +is.mask << " set " << +is.value; },
            [&](const StateIs& is) { out << "state " << static_cast<int>(is.state); },
            [&](const MarkIs& is) { out << "mark " << is.value << " of " << is.mask; },
            [&](const IsRedirected&) { out << "redirected"; }, [&](const IsBridged&) { out << "bridged"; },
            [&](const IsUsual& is) { out << way(is.usual, "unusual", "usual"); },
            [&](const NotToBeTold& is) { out << "who knows: " << is.text; }},
        test);
    return out;
}

} // namespace uplink

namespace doctest
{

template<>
struct StringMaker<uplink::PacketTest> {
    static String convert(const uplink::PacketTest& value) { return uplink::printed(value); }
};

} // namespace doctest

namespace uplink
{

inline std::ostream& operator<<(std::ostream& out, const PacketCondition& condition)
{
    out << (condition.negated ? "none of" : "one of");
    for (const auto& tests : condition.any_of) {
        out << " (";
        for (const PacketTest& test : tests)
            out << (&test == &tests.front() ? "" : " and ") << doctest::toString(test);
        out << ")";
    }
    return out;
}

inline std::ostream& operator<<(std::ostream& out, const FirewallRule& rule)
{
    return out << "\n  " << rule.conditions << ": verdict " << static_cast<int>(rule.verdict) << " "
               << rule.target << " by " << rule.text;
}

inline const Judgement it_passes = {Fate::passes, std::nullopt, {}, {}};

inline Judgement dropped_by(const FirewallPlace& place)
{
    return {Fate::dropped, place, {}, {}};
}

/// On rules, of which `places` are the doubtful ones and `dropping` those that would drop it.
inline Judgement depends_on(const std::vector<FirewallPlace>& places,
                            const std::vector<FirewallPlace>& dropping)
{
    return {Fate::cannot_tell, std::nullopt, places, dropping};
}

/// On rules that drop it where they match.
inline Judgement depends_on(const std::vector<FirewallPlace>& places)
{
    return depends_on(places, places);
}

constexpr std::uint8_t icmp = 1;
constexpr std::uint8_t tcp = 6;
constexpr std::uint8_t udp = 17;

/// The first of a flow from a container of `bridge` to a web server outside.
inline FirewallPacket outward(const std::string& bridge)
{
    FirewallPacket packet;
    packet.in = bridge;
    packet.out = "eth0";
    packet.source = ip_address("10.0.3.10");
    packet.destination = ip_address("198.51.100.80");
    packet.protocol = tcp;
    packet.destination_port = 443;
    return packet;
}

/// The answer to it.
inline FirewallPacket inward(const std::string& bridge)
{
    FirewallPacket packet;
    packet.in = "eth0";
    packet.out = bridge;
    packet.source = ip_address("198.51.100.80");
    packet.destination = ip_address("10.0.3.10");
    packet.protocol = tcp;
    packet.source_port = 443;
    packet.state = ConnectionState::established;
    return packet;
}

/// From a container of `bridge` to a server on the host.
inline FirewallPacket to_the_host(const std::string& bridge, std::uint8_t protocol, std::uint16_t port)
{
    FirewallPacket packet;
    packet.to_host = true;
    packet.in = bridge;
    packet.source = ip_address("10.0.3.10");
    packet.destination = ip_address("10.0.3.1");
    packet.protocol = protocol;
    packet.destination_port = port;
    return packet;
}

inline FirewallPacket with_ipv6(FirewallPacket packet)
{
    packet.ipv6 = true;
    packet.source = ip_address("fd00:3::10");
    packet.destination = ip_address("2001:db8:1::80");
    return packet;
}

inline std::string sample(const std::string& name)
{
    std::ifstream file(std::string(SAMPLES) + "/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE(!text.str().empty());
    return text.str();
}

} // namespace uplink
