// SPDX-License-Identifier: GPL-2.0-or-later
#include "passages.h"

#include "core/check_repair.h"
#include "core/diversion.h"
#include "core/plan_rules.h"
#include "core/protocol_number.h"
#include "core/shared.h"
#include "host/firewalld.h"
#include "host/gates.h"
#include "host/netlink.h"
#include "host/trace_from_inside.h"

#include <algorithm>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

namespace uplink
{

namespace
{

const IpAddress broadcast = *parse_ip_address("255.255.255.255");
const IpAddress unspecified = *parse_ip_address("0.0.0.0");
constexpr std::uint16_t client_port = 40000;
constexpr std::uint16_t https = 443;
constexpr std::uint16_t domain = 53;

/// For whom, by what, and what has come of it so far.
struct Judging {
    const NicWay& way;
    const HostFirewall& firewall;
    pid_t init;
    Trying trying;
    std::vector<Passage> passages;
    std::string zone; ///< see BlockedWay
};

/// A new connection of the container's to the outside; turned round, an answer to it.
FirewallPacket packet_from(const NicWay& way, const IpAddress& address)
{
    FirewallPacket packet;
    packet.ipv6 = address.ipv6;
    packet.in = way.bridge.name;
    packet.out = way.mode == Mode::direct ? way.bridge.name : way.out.name;
    packet.in_port = way.host_end.name;
    if (way.mode == Mode::direct && way.out.there)
        packet.out_port = way.out.name;
    packet.source = address;
    packet.destination = outside(address.ipv6);
    packet.protocol = protocol_number(Protocol::tcp);
    packet.source_port = client_port;
    packet.destination_port = https;
    packet.bridged = way.mode == Mode::direct;
    packet.bridge_calls_ip = families_filtered_on_bridges().contains(address.ipv6);
    return packet;
}

FirewallPacket turned_round(FirewallPacket packet)
{
    std::swap(packet.in, packet.out);
    std::swap(packet.source, packet.destination);
    std::swap(packet.source_port, packet.destination_port);
    std::swap(packet.in_port, packet.out_port);
    return packet;
}

/// What a router further on says of a packet that does not fit: "fragmentation needed", "packet too big".
FirewallPacket too_big_to(FirewallPacket answer)
{
    answer.protocol = protocol_number(answer.ipv6 ? "icmpv6" : "icmp");
    answer.icmp_type = answer.ipv6 ? ICMP6_PACKET_TOO_BIG : ICMP_UNREACH;
    answer.source_port.reset();
    answer.destination_port.reset();
    answer.state = ConnectionState::related;
    return answer;
}

/// Only what begins inside can be sent from here.
bool begins_inside(const FirewallPacket& packet, const NicWay& way)
{
    return packet.in_port == way.host_end.name && !packet.to_host;
}

void judge_passage(Judging& judging, const std::string& what, const FirewallPacket& packet,
                   const BlockedWay& blocked)
{
    Passage passage = {what, judge(packet, judging.firewall), "", false};
    if (judging.trying == Trying::by_trace && passage.judgement.fate == Fate::cannot_tell &&
        begins_inside(packet, judging.way)) {
        passage.judgement =
            settled(passage.judgement, judging.firewall, trace_from_inside(judging.init, packet));
        passage.tried = true;
    }
    if (passage.judgement.fate == Fate::dropped)
        passage.repair = repair_for(*passage.judgement.dropped_by, judging.firewall, blocked);
    judging.passages.push_back(std::move(passage));
}

/// By rules whose repair is to go.
void judge_obstacle(Judging& judging, const std::string& what, Obstacle obstacle, const Judgement& judgement)
{
    Passage passage = {what, judgement, "", false, obstacle};
    if (judgement.fate == Fate::dropped)
        passage.repair = deletion_of(*judgement.dropped_by, judging.firewall);
    judging.passages.push_back(std::move(passage));
}

/// What comes in to the host, before anything translates it.
FirewallPacket to_the_host(const NicWay& way, FirewallPacket packet)
{
    packet.to_host = true;
    packet.out.reset();
    packet.destination.reset();
    for (const IpInterface& own : way.out.addresses)
        if (own.address.ipv6 == packet.ipv6 && !is_link_local(own.address) && !packet.destination)
            packet.destination = own.address;
    return packet;
}

void judge_tracking_of(Judging& judging, const IpAddress& address)
{
    const std::string& name = judging.way.container;
    const std::string by_ipv6 = address.ipv6 ? " by IPv6" : "";
    const FirewallPacket leaving = packet_from(judging.way, address);
    judge_obstacle(judging, "what " + name + " sends" + by_ipv6, Obstacle::untracks,
                   judge_tracking(leaving, judging.firewall));
    judge_obstacle(judging, "what answers " + name + by_ipv6, Obstacle::untracks,
                   judge_tracking(to_the_host(judging.way, turned_round(leaving)), judging.firewall));
}

void judge_traffic(Judging& judging, const IpAddress& address)
{
    const std::string& name = judging.way.container;
    const std::string by_ipv6 = address.ipv6 ? " by IPv6" : "";
    const bool direct = judging.way.mode == Mode::direct;
    const BlockedWay blocked = {judging.way.bridge.name, address, direct, {}, {}, judging.zone};
    const FirewallPacket leaving = packet_from(judging.way, address);
    judge_passage(judging, "what " + name + " sends" + by_ipv6, leaving, blocked);
    FirewallPacket coming = turned_round(leaving);
    coming.state = ConnectionState::established;
    judge_passage(judging, "what answers " + name + by_ipv6, coming, blocked);
    judge_passage(judging, "what tells " + name + " of a smaller MTU on its way" + by_ipv6,
                  too_big_to(coming), blocked);
    if (!direct)
        return;
    coming.state = ConnectionState::fresh;
    coming.source_port = client_port;
    judge_passage(judging, "what comes in to " + name + by_ipv6, coming, blocked);
}

void judge_published(Judging& judging, const PublishedPort& port)
{
    FirewallPacket packet = turned_round(packet_from(judging.way, port.to));
    packet.source_port = client_port;
    packet.destination_port = port.to_ports.first;
    packet.protocol = protocol_number(port.protocol);
    packet.redirected = true;
    judge_passage(judging,
                  "what comes to published port " + text_of_port(port.address, port.ports, port.protocol),
                  packet, {judging.way.bridge.name, port.to, false, {}, port, ""});
}

/// That of the host's loopback address is asked for by the host alone.
void judge_redirection_of(Judging& judging, const PublishedPort& port)
{
    if (port.address && is_loopback(*port.address))
        return;
    FirewallPacket packet = to_the_host(judging.way, turned_round(packet_from(judging.way, port.to)));
    packet.source_port = client_port;
    packet.destination_port = port.ports.first;
    packet.protocol = protocol_number(port.protocol);
    if (port.address)
        packet.destination = port.address;
    judge_obstacle(judging,
                   "what comes to published port " + text_of_port(port.address, port.ports, port.protocol),
                   Obstacle::diverts, judge_redirection(packet, judging.firewall));
}

/// Where the container asks for it: DHCP where the address comes by it, DNS where the bridge answers.
std::optional<IpAddress> asked_at(const NicWay& way, const ServiceOpening& service)
{
    if (service.port != domain)
        return way.nic.addresses.empty() && !service.ipv6 ? std::optional(broadcast) : std::nullopt;
    for (const NameServer& server : way.name_servers) {
        const auto address = parse_ip_address(server.address);
        const auto is_it = [&](const IpInterface& own) { return own.address == *address; };
        if (address && address->ipv6 == service.ipv6 &&
            std::any_of(way.bridge.addresses.begin(), way.bridge.addresses.end(), is_it))
            return address;
    }
    return std::nullopt;
}

void judge_services(Judging& judging, const IpAddress& address)
{
    const auto bridge = Netlink().link(judging.way.bridge.name);
    for (const ServiceOpening& service : bridge ? services_for(*bridge) : std::vector<ServiceOpening>{}) {
        const auto destination = asked_at(judging.way, service);
        if (!destination || service.ipv6 != address.ipv6)
            continue;
        FirewallPacket packet = packet_from(judging.way, address);
        packet.to_host = true;
        packet.out.reset();
        packet.destination = *destination;
        if (service.port != domain)
            packet.source = unspecified; // a client has no address yet
        packet.protocol = protocol_number(service.protocol);
        packet.destination_port = service.port;
        judge_passage(judging,
                      "what " + judging.way.container + " asks port " + std::to_string(service.port) + "/" +
                          to_string(service.protocol) + " of this host",
                      packet, {judging.way.bridge.name, address, false, service, {}, ""});
    }
}

} // namespace

IpAddress outside(bool ipv6)
{
    return *parse_ip_address(ipv6 ? "2001:db8:ffff::1" : "198.51.100.1");
}

std::vector<Passage> passages_of(const NicWay& way, const Record& record, const HostFirewall& firewall,
                                 pid_t init, Trying trying)
{
    // What passes between ports of Open vSwitch, and upon macvlans, meets no rule of the host's.
    if (way.mode == Mode::direct && (way.is_macvlan || !way.on_linux_bridge))
        return {};
    Judging judging = {way, firewall, init, trying, {}, ""};
    if (way.mode == Mode::direct)
        judging.zone = FirewalldFirewall().zone_in_force(way.out.there ? way.out.name : way.bridge.name);
    for (const bool ipv6 : {false, true})
        if (const auto address = address_of(way, ipv6))
            judge_traffic(judging, *address);
    if (way.mode != Mode::nat)
        return judging.passages;
    if (!record.spec.publish.empty() && way.nic.index == published_nic(record.spec).index)
        for (const PublishedPort& port : published_ports(record.steps)) {
            judge_redirection_of(judging, port);
            judge_published(judging, port);
        }
    for (const bool ipv6 : {false, true}) {
        const auto address = address_of(way, ipv6);
        if (address)
            judge_tracking_of(judging, *address);
        if (address || !ipv6)
            judge_services(judging, address.value_or(unspecified));
    }
    return judging.passages;
}

} // namespace uplink
