// SPDX-License-Identifier: GPL-2.0-or-later
#include "ways.h"

#include "core/check_repair.h"
#include "core/describe.h"
#include "core/nat_networks.h"
#include "core/protocol_number.h"
#include "core/shared.h"
#include "host/container_address.h"
#include "host/gates.h"
#include "host/gateway.h"
#include "host/iproute.h"
#include "host/switches.h"
#include "host/trace_from_inside.h"
#include "host/try_from_inside.h"
#include "openings.h"

#include <algorithm>

namespace uplink
{

namespace
{

/// Of TEST-NET-2 and of the prefix for documentation: such packets take the default route.
const IpAddress outside_ipv4 = *parse_ip_address("198.51.100.1");
const IpAddress outside_ipv6 = *parse_ip_address("2001:db8:ffff::1");
const IpAddress broadcast = *parse_ip_address("255.255.255.255");
const IpAddress unspecified = *parse_ip_address("0.0.0.0");
constexpr std::uint16_t client_port = 40000;
constexpr std::uint16_t https = 443;
constexpr std::uint16_t domain = 53;

/// What is looked at, and what it is looked at for.
struct Looked {
    const Record& record;
    const HostFirewall& firewall;
    NicWay way;
    int init = 0;
    Trying trying = Trying::little;
};

/// The configured one, where the container has it.
std::optional<IpAddress> address_of(const NicWay& way, bool ipv6)
{
    for (const IpInterface& wanted : static_addresses(way.nic, ipv6))
        if (std::find(way.inner.addresses.begin(), way.inner.addresses.end(), wanted) !=
            way.inner.addresses.end())
            return wanted.address;
    for (const IpInterface& each : way.inner.addresses)
        if (each.address.ipv6 == ipv6 && !is_link_local(each.address))
            return each.address;
    return std::nullopt;
}

/// The switches have findings of their own, and openings are spoken of with what drops.
bool is_told_elsewhere(const Step& step)
{
    return std::holds_alternative<Ipv4Forwarding>(step.resource) ||
           std::holds_alternative<Ipv6Forwarding>(step.resource) || opens_a_gate(step);
}

std::vector<std::string> lost_steps(Host& host, const Record& record)
{
    std::vector<std::string> words;
    for (const Step& step : host.lost(record.steps))
        if (!is_told_elsewhere(step))
            words.push_back(describe(step));
    for (const Step& step : record.steps) {
        const auto* move = std::get_if<UplinkMove>(&step.resource);
        const auto* guard = std::get_if<DhcpGuard>(&step.resource);
        if ((move != nullptr && !host.is_in_place(*move)) || (guard != nullptr && !host.is_in_force(*guard)))
            words.push_back(describe(step));
    }
    return words;
}

bool is_served_by_ipv6(const Record& record)
{
    return turns_on_ipv6_forwarding(record.steps) ||
           turns_on_ipv6_forwarding(switches_needed_by(record.steps));
}

void look_inside(Looked& looked, const VethPair& pair)
{
    NicWay& way = looked.way;
    const int init = looked.init;
    way.inner = hop_named(pair.container_end.name, init);
    way.host_end = hop_named(pair.host_end.name);
    way.default_route = default_route_by(way.inner.name, false, init);
    const auto& gateway = way.default_route.gateway;
    if (gateway && !gateway->empty())
        way.of_container = neighbour_at(*gateway, way.inner.name, init);
    if (!way.nic.ipv6_addresses.empty() && is_served_by_ipv6(looked.record))
        way.ipv6_default_route = default_route_by(way.inner.name, true, init);
}

/// A gateway that has not been spoken to is asked for, as a packet would ask.
void look_at_gateway(NicWay& way)
{
    const auto gateway = parse_ip_address(way.way_out.gateway);
    Netlink netlink;
    const auto link = netlink.link(way.way_out.device);
    if (!gateway || !link)
        return;
    if (answering(netlink, link->ifindex, {bytes_of_address(*gateway)}, std::chrono::seconds(1)).empty())
        way.of_gateway = neighbour_at(way.way_out.gateway, way.way_out.device)
                             .value_or(Neighbour{way.way_out.gateway, "", "FAILED"});
}

void look_at_routes(NicWay& way, const std::string& address)
{
    way.ipv4_forwarding = forwards_ipv4();
    way.ipv6_forwarding = forwards_ipv6();
    way.way_out = route_to(to_string(outside_ipv4), address, way.bridge.name);
    way.way_back = route_to(address);
    way.returning = route_to(to_string(outside_ipv4));
    way.of_host = neighbour_at(address, way.bridge.name);
    if (way.way_out.device.empty())
        return;
    way.out = hop_named(way.way_out.device);
    look_at_gateway(way);
}

/// A new connection of the container's to the outside; turned round, an answer to it.
FirewallPacket packet_from(const NicWay& way, const IpAddress& address)
{
    FirewallPacket packet;
    packet.ipv6 = address.ipv6;
    packet.in = way.bridge.name;
    packet.out = way.mode == Mode::direct ? way.bridge.name : way.out.name;
    packet.in_port = way.host_end.name;
    packet.source = address;
    packet.destination = address.ipv6 ? outside_ipv6 : outside_ipv4;
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
    packet.out_port = packet.in_port;
    packet.in_port.reset();
    return packet;
}

/// Only what begins inside can be sent from here.
bool leaves(const FirewallPacket& packet)
{
    return packet.in_port && !packet.to_host;
}

void judge_passage(Looked& looked, const std::string& what, const FirewallPacket& packet,
                   const BlockedWay& blocked)
{
    Passage passage = {what, judge(packet, looked.firewall), "", false};
    if (looked.trying == Trying::by_trace && passage.judgement.fate == Fate::cannot_tell && leaves(packet)) {
        passage.judgement =
            settled(passage.judgement, looked.firewall, trace_from_inside(looked.init, packet));
        passage.tried = true;
    }
    if (passage.judgement.fate == Fate::dropped)
        passage.repair = repair_for(*passage.judgement.dropped_by, looked.firewall, blocked);
    looked.way.passages.push_back(std::move(passage));
}

void judge_traffic(Looked& looked, const IpAddress& address)
{
    const std::string& name = looked.way.container;
    const std::string by_ipv6 = address.ipv6 ? " by IPv6" : "";
    const bool direct = looked.way.mode == Mode::direct;
    const BlockedWay blocked = {looked.way.bridge.name, address, direct, {}, {}};
    const FirewallPacket leaving = packet_from(looked.way, address);
    judge_passage(looked, "what " + name + " sends" + by_ipv6, leaving, blocked);
    FirewallPacket coming = turned_round(leaving);
    coming.state = ConnectionState::established;
    judge_passage(looked, "what answers " + name + by_ipv6, coming, blocked);
    if (!direct)
        return;
    coming.state = ConnectionState::fresh;
    coming.source_port = client_port;
    judge_passage(looked, "what comes in to " + name + by_ipv6, coming, blocked);
}

void judge_published(Looked& looked, const PublishedPort& port)
{
    FirewallPacket packet = turned_round(packet_from(looked.way, port.to));
    packet.source_port = client_port;
    packet.destination_port = port.to_ports.first;
    packet.protocol = protocol_number(port.protocol);
    packet.redirected = true;
    judge_passage(looked,
                  "what comes to published port " + text_of_port(port.address, port.ports, port.protocol),
                  packet, {looked.way.bridge.name, port.to, false, {}, port});
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

void judge_services(Looked& looked, const IpAddress& address)
{
    const auto bridge = Netlink().link(looked.way.bridge.name);
    for (const ServiceOpening& service : bridge ? services_for(*bridge) : std::vector<ServiceOpening>{}) {
        const auto destination = asked_at(looked.way, service);
        if (!destination || service.ipv6 != address.ipv6)
            continue;
        FirewallPacket packet = packet_from(looked.way, address);
        packet.to_host = true;
        packet.out.reset();
        packet.destination = *destination;
        if (service.port != domain)
            packet.source = unspecified; // a client has no address yet
        packet.protocol = protocol_number(service.protocol);
        packet.destination_port = service.port;
        judge_passage(looked,
                      "what " + looked.way.container + " asks port " + std::to_string(service.port) + "/" +
                          to_string(service.protocol) + " of this host",
                      packet, {looked.way.bridge.name, address, false, service, {}});
    }
}

void judge_all(Looked& looked)
{
    for (const bool ipv6 : {false, true})
        if (const auto address = address_of(looked.way, ipv6))
            judge_traffic(looked, *address);
    if (looked.way.mode != Mode::nat)
        return;
    for (const PublishedPort& port : published_ports(looked.record.steps))
        judge_published(looked, port);
    for (const bool ipv6 : {false, true})
        if (const auto address = address_of(looked.way, ipv6))
            judge_services(looked, *address);
}

void look_at_published(Looked& looked)
{
    for (const PublishedPort& port : published_ports(looked.record.steps))
        looked.way.published.push_back(
            {text_of_port(port.address, port.ports, port.protocol), text_of_place(port.to, port.to_ports),
             is_served_inside(looked.init, port.protocol, port.to, port.to_ports)});
}

/// Only where a packet has a way at all, which is looked at before.
void try_out(Looked& looked)
{
    NicWay& way = looked.way;
    if (!findings(way).empty())
        return;
    for (NameServer& server : way.name_servers)
        server.answers = answers_questions(looked.init, *parse_ip_address(server.address));
    const auto address = address_of(way, false);
    const auto gateway = parse_ip_address(way.way_out.gateway);
    const std::string& uplink = looked.record.spec.uplink;
    if (way.mode == Mode::nat && address && gateway && (uplink.empty() || uplink == way.out.name))
        if (const auto source = source_outside(looked.init, *address, *gateway))
            way.masqueraded = *source != *address;
}

/// Where our own openings are what is missing, they are the remedy.
void prefer_our_remedy(Looked& looked, Host& host, RecordStore& store)
{
    auto& passages = looked.way.passages;
    const auto is_dropped = [](const Passage& passage) { return !passage.repair.empty(); };
    if (!looked.record.spec.coexist || std::none_of(passages.begin(), passages.end(), is_dropped) ||
        closed_gates(host, store, looked.record).empty())
        return;
    for (Passage& passage : passages)
        if (is_dropped(passage))
            passage.repair = "lxc-uplink reapply";
}

NicWay way_of(const NicSpec& nic, Host& host, RecordStore& store, const Record& record,
              const HostFirewall& firewall, Trying trying)
{
    Looked looked = {record, firewall, {}, record.init->pid, trying};
    NicWay& way = looked.way;
    way.container = record.spec.container.name;
    way.mode = record.spec.mode;
    way.nic = nic;
    way.on_linux_bridge = host.type_of_bridge(nic.bridge) == BridgeType::linux_bridge;
    way.bridge = hop_named(nic.bridge);
    Netlink netlink;
    const auto pairs = veths_of_container(netlink, looked.init);
    if (nic.position >= pairs.size())
        return way;
    look_inside(looked, pairs.at(nic.position));
    const auto address = address_of(way, false);
    if (address && way.mode == Mode::nat)
        look_at_routes(way, to_string(*address));
    way.lost = lost_steps(host, record);
    for (const IpAddress& server : name_servers_of(looked.init))
        way.name_servers.push_back({to_string(server), true});
    judge_all(looked);
    prefer_our_remedy(looked, host, store);
    try_out(looked);
    look_at_published(looked);
    return way;
}

} // namespace

std::vector<NicWay> ways_of(Host& host, RecordStore& store, const Record& record,
                            const HostFirewall& firewall, Trying trying)
{
    std::vector<NicWay> ways;
    for (const NicSpec& nic : record.spec.nics)
        ways.push_back(way_of(nic, host, store, record, firewall, trying));
    return ways;
}

} // namespace uplink
