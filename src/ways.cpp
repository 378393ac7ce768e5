// SPDX-License-Identifier: GPL-2.0-or-later
#include "ways.h"

#include "core/describe.h"
#include "core/error.h"
#include "core/joined.h"
#include "core/shared.h"
#include "core/transfer.h"
#include "host/container_address.h"
#include "host/gateway.h"
#include "host/iproute.h"
#include "host/switches.h"
#include "host/try_from_inside.h"
#include "openings.h"

#include <algorithm>
#include <sys/socket.h>

namespace uplink
{

namespace
{

/// The switches have findings of their own, and openings are spoken of with what drops.
bool is_told_elsewhere(const Step& step)
{
    return std::holds_alternative<Ipv4Forwarding>(step.resource) ||
           std::holds_alternative<Ipv6Forwarding>(step.resource) || opens_a_gate(step);
}

/// With a step for each rule.
Plan rule_by_rule(const Plan& steps)
{
    Plan plan;
    for (const Step& step : steps)
        if (const auto* set = std::get_if<RuleSet>(&step.resource))
            for (const Rule& rule : set->rules)
                plan.push_back({step.action, RuleSet{{rule}, set->engine}});
        else
            plan.push_back(step);
    return plan;
}

/// Of each set of rules what is gone, and no more.
Plan lost_parts(Host& host, const Plan& steps)
{
    Plan lost;
    for (Step& step : host.lost(rule_by_rule(steps))) {
        auto* set = std::get_if<RuleSet>(&step.resource);
        auto* before = lost.empty() ? nullptr : std::get_if<RuleSet>(&lost.back().resource);
        if (is_told_elsewhere(step))
            continue;
        if (set != nullptr && before != nullptr && set->engine == before->engine)
            before->rules.push_back(set->rules.front());
        else
            lost.push_back(std::move(step));
    }
    return lost;
}

std::vector<std::string> lost_steps(Host& host, const Record& record)
{
    std::vector<std::string> words;
    for (const Step& step : lost_parts(host, record.steps))
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

/// At once where it answers.
bool gateway_answers(const NicWay& way, pid_t init, const std::string& gateway)
{
    Netlink there = Netlink::inside(init);
    const auto link = there.link(way.inner.name);
    const auto address = parse_ip_address(gateway);
    return link && address &&
           !answering(there, link->ifindex, {bytes_of_address(*address)}, std::chrono::seconds(1)).empty();
}

void look_inside(NicWay& way, const std::string& interface, const Record& record)
{
    const pid_t init = record.init->pid;
    way.inner = hop_named(interface, init);
    way.default_route = default_route_by(way.inner.name, false, init);
    const std::string gateway = way.default_route.gateway.value_or("");
    if (!gateway.empty())
        way.of_container = neighbour_at(gateway, way.inner.name, init);
    if (!gateway.empty() && way.mode == Mode::direct && way.inner.up)
        way.gateway_answers = gateway_answers(way, init, gateway);
    if (!way.nic.ipv6_addresses.empty() && is_served_by_ipv6(record))
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
    way.way_out = route_to(to_string(outside(false)), address, way.bridge.name);
    way.way_back = route_to(address);
    way.returning = route_to(to_string(outside(false)));
    way.of_host = neighbour_at(address, way.bridge.name);
    if (way.way_out.device.empty())
        return;
    way.out = hop_named(way.way_out.device);
    look_at_gateway(way);
}

/// Of the host; empty where none has the address.
std::string interface_with(const IpAddress& address)
{
    Netlink netlink;
    for (const LinkAddress& own : netlink.addresses(address.ipv6 ? AF_INET6 : AF_INET))
        if (const auto link = netlink.link(own.ifindex); link && own.address == address)
            return link->name;
    return "";
}

bool has_address_inside(pid_t init, const IpAddress& address)
{
    const auto addresses = Netlink::inside(init).addresses(address.ipv6 ? AF_INET6 : AF_INET);
    return std::any_of(addresses.begin(), addresses.end(),
                       [&address](const LinkAddress& own) { return own.address == address; });
}

void look_at_published(NicWay& way, const Record& record)
{
    for (const PublishedPort& port : published_ports(record.steps)) {
        way.published.push_back({text_of_port(port.address, port.ports, port.protocol),
                                 text_of_place(port.to, port.to_ports),
                                 is_served_inside(record.init->pid, port.protocol, port.to, port.to_ports),
                                 std::nullopt, !has_address_inside(record.init->pid, port.to)});
        if (port.address && !is_loopback(*port.address) && interface_with(*port.address).empty())
            way.published.back().nobodys = port.address;
    }
}

/// What option uplink came to at the start.
std::string masqueraded_by(const Record& record)
{
    for (const Step& step : record.steps)
        if (const auto* set = std::get_if<RuleSet>(&step.resource))
            for (const Rule& rule : set->rules)
                if (const auto* masquerade = std::get_if<MasqueradeRule>(&rule))
                    return masquerade->out;
    return "";
}

std::vector<SourceAddress> sources_of(const ContainerSpec& spec)
{
    std::vector<SourceAddress> sources;
    for (const IpAddress& wanted : spec.snat_to)
        sources.push_back({wanted, interface_with(wanted)});
    return sources;
}

/// Only where a packet has a way at all, which is looked at before.
void try_out(NicWay& way, const Record& record)
{
    if (!findings(way).empty())
        return;
    const pid_t init = record.init->pid;
    if (open_questions(way).empty()) // else a silence tells nothing
        for (NameServer& server : way.name_servers)
            server.answers = answers_questions(init, *parse_ip_address(server.address));
    const auto address = address_of(way, false);
    const auto gateway = parse_ip_address(way.way_out.gateway);
    if (way.mode == Mode::nat && address && gateway)
        if (const auto source = source_outside(init, *address, *gateway))
            way.masqueraded = *source != *address;
}

/// Where our own openings are what is missing, they are the remedy.
void prefer_our_remedy(NicWay& way, Host& host, RecordStore& store, const Record& record)
{
    const auto is_dropped = [](const Passage& passage) {
        return !passage.repair.empty() && passage.obstacle == Obstacle::drops;
    };
    if (!record.spec.coexist || std::none_of(way.passages.begin(), way.passages.end(), is_dropped) ||
        closed_gates(host, store, record).empty())
        return;
    for (Passage& passage : way.passages)
        if (is_dropped(passage))
            passage.repair = "lxc-uplink reapply";
}

/// The NIC that was moved to the bridge; empty where it was there before.
std::string uplink_of(const Record& record, const std::string& bridge)
{
    for (const Step& step : record.steps)
        if (const auto* move = std::get_if<UplinkMove>(&step.resource);
            move != nullptr && move->bridge == bridge)
            return move->nic;
    return "";
}

/// Its name there, which the configuration does not always say: that with the configured addresses, else the
/// one that LXC has made when it came to it.
std::string macvlan_inside(const Record& record, const MacvlanSpec& macvlan)
{
    const unsigned parent = Netlink().existing_link(macvlan.link).ifindex;
    Netlink there = Netlink::inside(record.init->pid);
    std::vector<Link> links = there.links("macvlan");
    std::erase_if(links,
                  [&](const Link& link) { return link.peer != parent || link.macvlan_mode != macvlan.mode; });
    std::sort(links.begin(), links.end(),
              [](const Link& left, const Link& right) { return left.ifindex < right.ifindex; });
    for (const Link& link : links)
        if (!macvlan.addresses.empty() && there.ipv4_addresses(link.ifindex) == macvlan.addresses)
            return link.name;
    const auto& all = record.spec.macvlans;
    const auto before = std::count_if(all.begin(), all.end(), [&](const MacvlanSpec& other) {
        return other.link == macvlan.link && other.mode == macvlan.mode && other.index < macvlan.index;
    });
    return static_cast<std::size_t>(before) < links.size() ? links.at(before).name : "";
}

void look_at_lan(NicWay& way, const std::string& nic)
{
    if (!nic.empty())
        way.out = hop_named(nic);
    way.way_out = route_to(to_string(outside(false)));
}

/// Where Open vSwitch does not answer status says so.
std::optional<UplinkStanding> standing_if_it_answers(Host& host, const UplinkJournal& journal)
{
    try {
        return host.standing_of(journal);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// In the order of the journals.
std::vector<StrayUplink> stray_uplinks(Host& host)
{
    std::vector<StrayUplink> strays;
    for (const UplinkJournal& journal : host.moved_uplinks()) {
        const auto standing = journal.complete ? standing_if_it_answers(host, journal) : std::nullopt;
        if (!standing)
            continue;
        StrayUplink stray;
        stray.nic = journal.move.nic;
        stray.bridge = journal.move.bridge;
        stray.is_port = standing->is_port;
        stray.can_join = standing->can_join;
        stray.is_stranded = standing->is_stranded;
        stray.bridge_is_up = hop_named(stray.bridge).up;
        stray.missing = joined(words_on_bridge(standing->cutting_off, stray.bridge));
        if (!stray.is_port || !stray.bridge_is_up || !stray.missing.empty())
            strays.push_back(std::move(stray));
    }
    return strays;
}

NicWay way_begun(const Record& record, Host& host)
{
    NicWay way;
    way.container = record.spec.container.name;
    way.lxcpath = record.spec.container.lxcpath;
    way.mode = record.spec.mode;
    way.lost = lost_steps(host, record);
    way.stray_uplinks = stray_uplinks(host);
    for (const IpAddress& server : name_servers_of(record.init->pid))
        way.name_servers.push_back({to_string(server), true});
    return way;
}

NicWay way_of(const MacvlanSpec& macvlan, Host& host, const Record& record)
{
    NicWay way = way_begun(record, host);
    way.nic.index = macvlan.index;
    way.nic.addresses = macvlan.addresses;
    way.is_macvlan = true;
    look_at_lan(way, macvlan.link);
    if (way.out.there)
        look_inside(way, macvlan_inside(record, macvlan), record);
    try_out(way, record);
    return way;
}

NicWay way_of(const NicSpec& nic, Host& host, RecordStore& store, const Record& record,
              const HostFirewall& firewall, Trying trying)
{
    NicWay way = way_begun(record, host);
    const pid_t init = record.init->pid;
    way.nic = nic;
    way.makes_bridge = makes_bridge(record.steps, nic.bridge);
    way.on_linux_bridge = host.type_of_bridge(nic.bridge) == BridgeType::linux_bridge;
    way.bridge = hop_named(nic.bridge);
    Netlink netlink;
    const auto pairs = veths_of_container(netlink, init);
    if (nic.position >= pairs.size())
        return way;
    way.host_end = hop_named(pairs.at(nic.position).host_end.name);
    if (!way.on_linux_bridge) // to the kernel all its ports are those of ovs-system
        way.host_end.bridge = Ovs().bridge_of(way.host_end.name).value_or("");
    look_inside(way, pairs.at(nic.position).container_end.name, record);
    const auto address = address_of(way, false);
    way.masqueraded_by = masqueraded_by(record);
    way.sources = sources_of(record.spec);
    if (address && way.mode == Mode::nat)
        look_at_routes(way, to_string(*address));
    if (way.mode == Mode::direct)
        look_at_lan(way, uplink_of(record, nic.bridge));
    way.passages = passages_of(way, record, firewall, init, trying);
    prefer_our_remedy(way, host, store, record);
    try_out(way, record);
    look_at_published(way, record);
    return way;
}

} // namespace

std::vector<NicWay> ways_of(Host& host, RecordStore& store, const Record& record,
                            const HostFirewall& firewall, Trying trying)
{
    std::vector<NicWay> ways;
    for (const NicSpec& nic : record.spec.nics)
        ways.push_back(way_of(nic, host, store, record, firewall, trying));
    for (const MacvlanSpec& macvlan : record.spec.macvlans)
        ways.push_back(way_of(macvlan, host, record));
    const auto leads_out = [](const NicWay& way) { return way.default_route.gateway.has_value(); };
    if (std::none_of(ways.begin(), ways.end(), leads_out))
        for (NicWay& way : ways)
            way.default_route.unserved = way.default_route.elsewhere;
    return ways;
}

} // namespace uplink
