// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/packet_condition.h"

#include <algorithm>
#include <array>

namespace uplink
{

namespace
{

constexpr std::uint8_t protocol_tcp = 6;

Truth truth(bool holds)
{
    return holds ? Truth::yes : Truth::no;
}

Truth opposite(Truth truth)
{
    return truth == Truth::yes ? Truth::no : truth == Truth::no ? Truth::yes : truth;
}

Truth name_truth(const std::optional<std::string>& name, const std::string& wanted, bool prefix)
{
    if (prefix && wanted.empty())
        return Truth::yes;
    if (!name)
        return Truth::cannot_tell;
    return truth(prefix ? name->starts_with(wanted) : *name == wanted);
}

AddressKind kind_of_destination(const FirewallPacket& packet)
{
    if (packet.destination_kind)
        return *packet.destination_kind;
    if (packet.destination && is_multicast(*packet.destination))
        return AddressKind::multicast;
    if (packet.destination == parse_ip_address("255.255.255.255"))
        return AddressKind::broadcast;
    return packet.to_host ? AddressKind::local : AddressKind::unicast;
}

/// Of those that have ports: tcp, udp, dccp, sctp, udplite.
bool has_ports(std::uint8_t protocol)
{
    constexpr std::array<std::uint8_t, 5> numbers = {protocol_tcp, 17, 33, 132, 136};
    return std::find(numbers.begin(), numbers.end(), protocol) != numbers.end();
}

/// One answer for each kind of test.
struct Examiner {
    const FirewallPacket& packet;

    Truth operator()(const InterfaceIs& test) const
    {
        return name_truth(test.out ? packet.out : packet.in, test.name, test.prefix);
    }

    // A packet that is routed off a bridge remembers the port that it came by, and has none to go out by.
    Truth operator()(const PortOfBridgeIs& test) const
    {
        if (test.out && !packet.bridged)
            return Truth::no;
        if (test.prefix && test.name.empty())
            return packet.bridged || packet.in_port ? Truth::yes : Truth::cannot_tell;
        return name_truth(test.out ? packet.out_port : packet.in_port, test.name, test.prefix);
    }

    Truth operator()(const AddressIn& test) const
    {
        if (test.first.ipv6 != packet.ipv6)
            return Truth::no;
        const auto& address = test.destination ? packet.destination : packet.source;
        if (address)
            return truth(address->ipv6 == packet.ipv6 && test.first <= *address && *address <= test.last);
        const IpNetwork all = network_of(test.first, 0);
        const AddressIn whole = address_in(test.destination, all);
        return test == whole ? Truth::yes : Truth::cannot_tell;
    }

    Truth operator()(const AddressKindIs& test) const
    {
        if (!test.destination)
            return source_is(test.kind);
        const AddressKind kind = kind_of_destination(packet);
        if (test.of_interface && kind == AddressKind::local)
            return test.kind == AddressKind::local || test.kind == AddressKind::unicast ? Truth::cannot_tell
                                                                                        : Truth::no;
        return truth(kind == test.kind);
    }

    Truth operator()(const FamilyIs& test) const { return truth(test.ipv6 == packet.ipv6); }

    Truth operator()(const ProtocolIs& test) const
    {
        return packet.protocol ? truth(*packet.protocol == test.number) : Truth::cannot_tell;
    }

    Truth operator()(const PortIn& test) const
    {
        if (packet.protocol && !has_ports(*packet.protocol))
            return Truth::no;
        const auto& port = test.destination ? packet.destination_port : packet.source_port;
        if (port)
            return truth(test.ports.first <= *port && *port <= test.ports.last);
        return packet.protocol && test.ports.first <= 1 && test.ports.last == UINT16_MAX ? Truth::yes
                                                                                         : Truth::cannot_tell;
    }

    Truth operator()(const IcmpTypeIs& test) const
    {
        return packet.icmp_type ? truth(*packet.icmp_type == test.number) : Truth::cannot_tell;
    }

    Truth operator()(const TcpFlagsAre& test) const
    {
        constexpr std::uint8_t syn = 0x02;
        if (packet.protocol && *packet.protocol != protocol_tcp)
            return Truth::no;
        if (!packet.protocol || packet.state != ConnectionState::fresh)
            return Truth::cannot_tell;
        return truth((syn & test.mask) == test.value);
    }

    Truth operator()(const StateIs& test) const
    {
        return packet.state ? truth(*packet.state == test.state) : Truth::cannot_tell;
    }

    Truth operator()(const MarkIs& test) const
    {
        if (test.mask == 0 || (test.value & ~test.mask) != 0)
            return truth(test.value == 0);
        return packet.mark ? truth((*packet.mark & test.mask) == test.value) : Truth::cannot_tell;
    }

    Truth operator()(const IsRedirected&) const { return truth(packet.redirected); }

    Truth operator()(const IsBridged&) const { return truth(packet.bridged); }

    Truth operator()(const IsUsual& test) const { return truth(test.usual); }

    Truth operator()(const NotToBeTold&) const { return Truth::cannot_tell; }

  private:
    // 0.0.0.0, from which DHCP clients speak, is broadcast to the kernel.
    [[nodiscard]] Truth source_is(AddressKind kind) const
    {
        if (!packet.source && kind != AddressKind::local && kind != AddressKind::multicast)
            return Truth::cannot_tell;
        const bool zero = packet.source == parse_ip_address("0.0.0.0");
        return truth(kind == (zero ? AddressKind::broadcast : AddressKind::unicast));
    }
};

Truth all_of(const std::vector<PacketTest>& tests, const FirewallPacket& packet)
{
    Truth all = Truth::yes;
    for (const PacketTest& test : tests) {
        all = std::min(all, std::visit(Examiner{packet}, test));
        if (all == Truth::no)
            break;
    }
    return all;
}

} // namespace

Truth truth_of(const PacketCondition& condition, const FirewallPacket& packet)
{
    Truth any = Truth::no;
    for (const auto& tests : condition.any_of) {
        any = std::max(any, all_of(tests, packet));
        if (any == Truth::yes)
            break;
    }
    return condition.negated ? opposite(any) : any;
}

Truth truth_of(const FirewallRule& rule, const FirewallPacket& packet)
{
    Truth all = Truth::yes;
    for (const PacketCondition& condition : rule.conditions) {
        all = std::min(all, truth_of(condition, packet));
        if (all == Truth::no)
            break;
    }
    return all;
}

} // namespace uplink
