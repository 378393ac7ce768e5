// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/trace_from_inside.h"

#include "core/error.h"
#include "host/file.h"
#include "host/inside_namespace.h"
#include "host/kernel_questions.h"
#include "host/netlink_attributes.h"
#include "host/nft_ruleset.h"
#include "host/nftables.h"
#include "host/socket_address.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <endian.h>
#include <netinet/in.h> // before the kernel's own headers, which leave out then what it has

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <map>
#include <poll.h>
#include <queue>
#include <set>
#include <sstream>
#include <sys/socket.h>

namespace uplink
{

namespace
{

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const std::string own_table = "lxc_uplink_trace";
const std::string first_chain = "first";
const std::string last_chain = "last";

/// What the kernel tells of a packet in one chain.
struct TraceEvent {
    std::string family;
    std::string table;
    std::string chain;
    std::uint32_t packet = 0;
    std::string destination; ///< bytes of the address, in the first event of each base chain
    std::uint64_t rule = 0;  ///< its handle
    bool of_policy = false;
    bool drops = false;
};

std::string name_of_family(std::uint8_t family)
{
    static const std::map<std::uint8_t, std::string> names = {
        {NFPROTO_INET, "inet"}, {NFPROTO_IPV4, "ip"}, {NFPROTO_IPV6, "ip6"}, {NFPROTO_BRIDGE, "bridge"}};
    const auto name = names.find(family);
    return name == names.end() ? "" : name->second;
}

/// Of an IP header, by its version.
std::string destination_in(const std::string& header)
{
    const bool ipv6 = !header.empty() && static_cast<unsigned char>(header[0]) >> 4U == 6;
    const std::size_t start = ipv6 ? 24 : 16;
    return header.size() <= start ? "" : header.substr(start, ipv6 ? sizeof(in6_addr) : sizeof(in_addr));
}

/// The attributes of linux/netfilter/nf_tables.h, whose numbers are in network byte order.
TraceEvent event_in(const nlmsghdr* message)
{
    const Attributes attributes(attributes_of<nfgenmsg>(message));
    const std::uint32_t type = ntohl(attributes.number(NFTA_TRACE_TYPE));
    TraceEvent event;
    event.family = name_of_family(header_of<nfgenmsg>(message).nfgen_family);
    event.table = attributes.text(NFTA_TRACE_TABLE);
    event.chain = attributes.text(NFTA_TRACE_CHAIN);
    event.packet = attributes.number(NFTA_TRACE_ID);
    event.destination = destination_in(attributes.bytes(NFTA_TRACE_NETWORK_HEADER));
    event.rule = be64toh(attributes.value<std::uint64_t>(NFTA_TRACE_RULE_HANDLE));
    event.of_policy = type == NFT_TRACETYPE_POLICY;
    const std::uint32_t verdict = event.of_policy
                                      ? attributes.number(NFTA_TRACE_POLICY)
                                      : attributes.nested(NFTA_TRACE_VERDICT).number(NFTA_VERDICT_CODE);
    event.drops =
        attributes.has(event.of_policy ? NFTA_TRACE_POLICY : NFTA_TRACE_VERDICT) && ntohl(verdict) == NF_DROP;
    return event;
}

/// What the kernel tells from now on.
class Events
{
  public:
    Events() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER))
    {
        const int group = NFNLGRP_NFTRACE;
        sockaddr_nl own = {}; // one without a name is taken for the kernel itself, and hears nothing
        own.nl_family = AF_NETLINK;
        if (!socket_ || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
            ::setsockopt(socket_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
            throw Error("cannot listen to nf_tables' tracing: " + error_text(errno));
    }

    /// Nothing at the deadline.
    std::optional<TraceEvent> next(Clock::time_point deadline)
    {
        while (waiting_.empty()) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
            pollfd waiting = {socket_.get(), POLLIN, 0};
            if (left <= 0ms || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0)
                return std::nullopt;
            receive();
        }
        TraceEvent event = waiting_.front();
        waiting_.pop();
        return event;
    }

  private:
    void receive()
    {
        alignas(nlmsghdr) std::array<char, 16384> buffer{};
        auto left = static_cast<int>(::recv(socket_.get(), buffer.data(), buffer.size(), 0));
        for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(message, left) != 0;
             message = nlmsg_next(message, &left))
            if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE))
                waiting_.push(event_in(message));
    }

    Fd socket_;
    std::queue<TraceEvent> waiting_;
};

/// In both families, since a bridge's own chains come first; the last hook of all is behind source NAT.
std::string tracing_tables(const FirewallPacket& packet, std::uint16_t source_port)
{
    const std::string family = packet.ipv6 ? "ip6" : "ip";
    const std::string mark = family + " saddr " + to_string(*packet.source) + " " + family + " daddr " +
                             to_string(*packet.destination) + " tcp sport " + std::to_string(source_port) +
                             " tcp dport " + std::to_string(*packet.destination_port) + " meta nftrace set 1";
    std::string commands;
    for (const char* table_family : {"bridge", "inet"})
        commands += std::string("table ") + table_family + " " + own_table + " { flags owner; chain " +
                    first_chain + " { type filter hook prerouting priority -1000000; " + mark +
                    "; }; chain " + last_chain + " { type filter hook postrouting priority 1000000; }; }\n";
    return commands;
}

void find_rule(TracedDrop& drop, std::uint64_t handle)
{
    std::istringstream lines(Nftables(NftablesOutput::text)
                                 .run("list chain " + drop.family + " " + drop.table + " " + drop.chain));
    std::size_t position = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto rule = listed_rule(line);
        if (rule && rule->handle == handle) {
            drop.text = rule->text;
            drop.position = position;
            return;
        }
        position += rule ? 1 : 0;
    }
}

TracedDrop drop_at(const TraceEvent& event)
{
    TracedDrop drop = {event.family, event.table, event.chain, {}, "policy drop"};
    if (event.of_policy)
        return drop;
    drop.text = "the rule with handle " + std::to_string(event.rule); // which somebody may have deleted since
    find_rule(drop, event.rule);
    return drop;
}

/// The kernel's number of a packet changes on its way: a chain's events are known by where the first goes to.
PacketTrace follow(Events& events, const FirewallPacket& packet)
{
    const auto deadline = Clock::now() + 1s;
    const std::string last_family = packet.bridged ? "bridge" : "inet";
    const std::string destination = bytes_of_address(*packet.destination);
    PacketTrace trace;
    std::set<std::uint32_t> numbers;
    while (!trace.arrived && !trace.drop) {
        const auto event = events.next(deadline);
        if (!event)
            break;
        if (event->destination == destination)
            numbers.insert(event->packet);
        if (!numbers.contains(event->packet))
            continue;
        trace.seen = true;
        trace.arrived =
            event->table == own_table && event->family == last_family && event->chain == last_chain;
        if (event->drops)
            trace.drop = drop_at(*event);
    }
    return trace;
}

/// Bound to the source, in the container's network; it connects without waiting.
Fd stream_from(pid_t init, const IpAddress& source)
{
    const InsideNamespace scope(init);
    Fd socket(::socket(source.ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket || ::bind(socket.get(), SocketAddress(source, 0).get(), size_for(source)) != 0)
        throw Error("cannot send from " + to_string(source) + " inside the container: " + error_text(errno));
    return socket;
}

} // namespace

PacketTrace trace_from_inside(pid_t init, const FirewallPacket& packet)
{
    const Fd socket = stream_from(init, *packet.source);
    Events events;
    Nftables tables;
    try {
        tables.run(tracing_tables(packet, port_of(socket)));
    } catch (const Error& error) {
        throw Error(std::string("cannot trace a packet by nf_tables: ") + error.what() +
                    ": run \"lxc-uplink check\" without --trace");
    }
    const SocketAddress destination(*packet.destination, *packet.destination_port);
    if (::connect(socket.get(), destination.get(), size_for(*packet.destination)) != 0 &&
        errno != EINPROGRESS)
        return {};
    return follow(events, packet);
}

} // namespace uplink
