// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/check.h"

#include "core/nat_networks.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

namespace
{

using Findings = std::vector<Finding>;

/// By the host's programs, since the container's may know less, or nothing of it.
std::string inside(const NicWay& way, const std::string& command)
{
    return "nsenter -t \"$(lxc-info -n " + shell_word(way.container) + " -pH)\" -n " + command;
}

std::string nic_of(const NicWay& way)
{
    return "lxc.net." + std::to_string(way.nic.index) + " of " + way.container;
}

std::vector<IpInterface> addresses_of(const Hop& hop, bool ipv6)
{
    std::vector<IpInterface> addresses;
    std::copy_if(hop.addresses.begin(), hop.addresses.end(), std::back_inserter(addresses),
                 [ipv6](const IpInterface& interface) {
                     return interface.address.ipv6 == ipv6 && !(ipv6 && is_link_local(interface.address));
                 });
    return addresses;
}

std::vector<IpInterface> ipv4_of(const Hop& hop)
{
    return addresses_of(hop, false);
}

/// The bridge's address in the container's network.
std::optional<IpInterface> near_end(const NicWay& way, bool ipv6 = false)
{
    for (const IpInterface& theirs : addresses_of(way.inner, ipv6))
        for (const IpInterface& ours : addresses_of(way.bridge, ipv6))
            if (contains(network_of(theirs), ours.address))
                return ours;
    return std::nullopt;
}

bool has_address(const Hop& hop, const std::string& text)
{
    return std::any_of(hop.addresses.begin(), hop.addresses.end(),
                       [&text](const IpInterface& each) { return to_string(each.address) == text; });
}

/// What the container's default route should go by: the bridge's address in a network that its NIC is to be
/// in.
std::optional<IpAddress> right_gateway(const NicWay& way)
{
    for (const Ipv4Interface& wanted : way.nic.addresses)
        for (const IpInterface& ours : ipv4_of(way.bridge))
            if (contains(network_of(IpInterface(wanted)), ours.address))
                return ours.address;
    const auto near = near_end(way);
    return near ? std::optional(near->address) : std::nullopt;
}

/// The kernel takes the routes away together with an address or when a link goes down.
std::string inside_with_route(const NicWay& way, const std::string& command)
{
    const auto gateway =
        way.mode == Mode::nat && !way.default_route.elsewhere ? right_gateway(way) : std::nullopt;
    if (!gateway)
        return inside(way, command);
    return inside(way,
                  "sh -c " + shell_word(command + "; ip route replace default via " + to_string(*gateway)));
}

// Inside the container
// -------------------------------------------------------------------------------------------------

void look_at_link_inside(Findings& found, const NicWay& way)
{
    const Hop& inner = way.inner;
    if (!inner.there)
        found.push_back(
            {"the container has no NIC for " + nic_of(way), "its network namespace has no such veth",
             "lxc-stop -n " + shell_word(way.container) + " && lxc-start -n " + shell_word(way.container)});
    else if (!inner.up)
        found.push_back({nic_of(way) + " is down", inner.name + " inside the container is not up",
                         inside_with_route(way, "ip link set dev " + shell_word(inner.name) + " up")});
}

/// The addresses that the configuration says and the container has not.
std::vector<IpInterface> missing_addresses(const NicWay& way)
{
    std::vector<IpInterface> missing;
    for (const bool ipv6 : {false, true})
        for (const IpInterface& wanted : static_addresses(way.nic, ipv6))
            if (!has_address(way.inner, to_string(wanted.address)))
                missing.push_back(wanted);
    return missing;
}

void look_at_addresses_inside(Findings& found, const NicWay& way)
{
    const std::string device = shell_word(way.inner.name);
    for (const IpInterface& address : missing_addresses(way)) {
        const std::string command = "ip address add " + to_string(address) + " dev " + device;
        found.push_back(
            {nic_of(way) + " lacks its address " + to_string(address),
             way.inner.name + " inside the container does not have it",
             address.address.ipv6 ? inside(way, command + " nodad") : inside_with_route(way, command)});
    }
    if (way.nic.addresses.empty() && ipv4_of(way.inner).empty())
        found.push_back({nic_of(way) + " has no IPv4 address",
                         "no address is configured, and no DHCP server has given it one",
                         "lxc-attach -n " + shell_word(way.container) + " -- dhclient " + device});
}

void look_at_gateway_inside(Findings& found, const NicWay& way)
{
    const auto near = near_end(way);
    const std::string right = near ? to_string(near->address) : "GATEWAY";
    const std::string repair = inside(way, "ip route replace default via " + right);
    const auto& gateway = way.default_route.gateway;
    if (!gateway) {
        if (!way.default_route.elsewhere)
            found.push_back({way.container + " has no default route", "its routing table has none", repair});
        return;
    }
    if (way.mode == Mode::nat && !has_address(way.bridge, *gateway)) {
        if (near)
            found.push_back({"the gateway of " + way.container + " is not this host",
                             "its default route goes to " + *gateway + ", and bridge " + way.bridge.name +
                                 " has " + right,
                             repair});
        return;
    }
    const auto& heard = way.of_container;
    if (!heard || heard->mac.empty())
        return;
    if (way.mode == Mode::nat && heard->mac != way.bridge.mac)
        found.push_back(
            {way.container + " sends to a MAC address that its gateway does not have",
             "it takes " + heard->address + " for " + heard->mac + ", and bridge " + way.bridge.name +
                 " is " + way.bridge.mac,
             inside(way, "ip neighbour del " + heard->address + " dev " + shell_word(way.inner.name))});
}

/// What `gateway` says, where the container has one, is the bridge's to have.
Finding no_near_end(const NicWay& way, const std::string& network, const IpInterface& theirs,
                    const std::optional<std::string>& gateway)
{
    return {"bridge " + way.nic.bridge + " has no address in the " + network + " of " + way.container,
            way.container + " is " + to_string(theirs),
            "ip address add " + gateway.value_or("ADDRESS") + "/" + std::to_string(theirs.prefix_length) +
                " dev " + shell_word(way.nic.bridge) + (theirs.address.ipv6 ? " nodad" : "")};
}

/// It may be link-local, as router advertisements tell it.
void look_at_ipv6_gateway_inside(Findings& found, const NicWay& way)
{
    if (!way.ipv6_default_route || way.ipv6_default_route->elsewhere)
        return;
    const auto& gateway = way.ipv6_default_route->gateway;
    const auto near = near_end(way, true);
    const std::string device = shell_word(way.inner.name);
    const std::string repair =
        inside(way, "ip -6 route replace default via " + (near ? to_string(near->address) : "GATEWAY") +
                        " dev " + device);
    if (!near)
        found.push_back(no_near_end(way, "IPv6 network", static_addresses(way.nic, true).front(), gateway));
    else if (!gateway)
        found.push_back(
            {way.container + " has no default route for IPv6", "its routing table has none", repair});
    else if (!has_address(way.bridge, *gateway))
        found.push_back({"the IPv6 gateway of " + way.container + " is not this host",
                         "its default route goes to " + *gateway + ", and bridge " + way.bridge.name +
                             " has " + to_string(near->address),
                         repair});
}

// Port and bridge
// ------------------------------------------------------------------------------------------------------

void look_at_port(Findings& found, const NicWay& way)
{
    const Hop& port = way.host_end;
    if (!port.there || !way.on_linux_bridge)
        return;
    const std::string name = shell_word(port.name);
    if (port.bridge != way.nic.bridge)
        found.push_back({"port " + port.name + " of " + way.container + " is not in bridge " + way.nic.bridge,
                         port.bridge.empty() ? "it is in no bridge" : "it is in " + port.bridge,
                         "ip link set dev " + name + " master " + shell_word(way.nic.bridge)});
    else if (!port.up)
        found.push_back({"port " + port.name + " of " + way.container + " is down", "it is not up",
                         "ip link set dev " + name + " up"});
    else if (way.bridge.up && way.inner.up && port.port_state != "forwarding")
        found.push_back({"port " + port.name + " of " + way.container + " does not forward",
                         "the bridge has it in state " + port.port_state,
                         "bridge link set dev " + name + " state 3"});
}

void look_at_bridge(Findings& found, const NicWay& way)
{
    const std::string name = shell_word(way.nic.bridge);
    if (!way.bridge.there)
        found.push_back(
            {"bridge " + way.nic.bridge + " is gone", "there is no such interface",
             "lxc-stop -n " + shell_word(way.container) + " && lxc-start -n " + shell_word(way.container)});
    else if (!way.bridge.up)
        found.push_back(
            {"bridge " + way.nic.bridge + " is down", "it is not up", "ip link set dev " + name + " up"});
    if (way.mode != Mode::nat || !way.bridge.there || ipv4_of(way.inner).empty() || near_end(way))
        return;
    found.push_back(no_near_end(way, "network", ipv4_of(way.inner).front(), way.default_route.gateway));
}

void look_at_neighbour(Findings& found, const NicWay& way)
{
    if (way.of_host && !way.of_host->mac.empty() && way.of_host->mac != way.inner.mac)
        found.push_back({"the host sends to a MAC address that " + way.container + " does not have",
                         "it takes " + way.of_host->address + " for " + way.of_host->mac + ", and " +
                             way.inner.name + " is " + way.inner.mac,
                         "ip neighbour del " + way.of_host->address + " dev " + shell_word(way.bridge.name)});
}

// The host's routing
// ----------------------------------------------------------------------------------------------------

void look_at_forwarding(Findings& found, const NicWay& way)
{
    if (!way.ipv4_forwarding) {
        found.push_back(
            {"the host does not forward", "net.ipv4.ip_forward is 0", "sysctl -w net.ipv4.ip_forward=1"});
        return;
    }
    for (const Hop* hop : {&way.bridge, &way.out})
        if (hop->there && !hop->forwards)
            found.push_back({"the host does not forward what comes in by " + hop->name,
                             "net.ipv4.conf." + hop->name + ".forwarding is 0",
                             "sysctl -w net/ipv4/conf/" + shell_word(hop->name) + "/forwarding=1"});
}

/// Turned on by hand it would cost the host the routes that it learns from router advertisements.
void look_at_ipv6_forwarding(Findings& found, const NicWay& way)
{
    if (way.ipv6_default_route && !way.ipv6_forwarding)
        found.push_back(
            {"the host does not forward IPv6", "net.ipv6.conf.all.forwarding is 0", "lxc-uplink reapply"});
}

void look_at_routes(Findings& found, const NicWay& way)
{
    const std::string bridge = shell_word(way.bridge.name);
    if (way.way_back.device != way.bridge.name)
        found.push_back(
            {"the host's route to " + way.container + " does not lead to bridge " + way.bridge.name,
             way.way_back.words,
             "ip route replace " + to_string(host_of(ipv4_of(way.inner).front().address)) + " dev " +
                 bridge});
    if (way.way_out.device.empty())
        found.push_back({"the host has no way out for " + way.container, way.way_out.words,
                         "ip route add default via GATEWAY"});
    else if (way.out.strict_source && way.returning.device != way.way_out.device)
        found.push_back({"answers to " + way.container +
                             " are dropped, since they come in by another interface than "
                             "the host would send to",
                         "what it sends leaves by " + way.way_out.device +
                             ", where rp_filter is strict, and the "
                             "host's own route there goes by " +
                             (way.returning.device.empty() ? "none" : way.returning.device),
                         "sysctl -w net/ipv4/conf/" + shell_word(way.out.name) + "/rp_filter=2"});
    if (way.of_gateway && way.of_gateway->mac.empty())
        found.push_back(
            {"the host's gateway " + way.of_gateway->address + " does not answer",
             "its neighbour entry on " + way.way_out.device + " is " + way.of_gateway->state,
             "ip neighbour flush dev " + shell_word(way.way_out.device) + " to " + way.of_gateway->address});
}

// Rules, sizes, services
// ------------------------------------------------------------------------------------------------

void look_at_drift(Findings& found, const NicWay& way)
{
    for (const std::string& step : way.lost)
        found.push_back({"somebody has undone: " + step,
                         "the record of " + way.container + " has it, the kernel has not",
                         "lxc-uplink reapply"});
}

/// One finding for each place that drops, whatever it drops.
void look_at_firewalls(Findings& found, const NicWay& way)
{
    std::vector<std::pair<FirewallPlace, Finding>> dropping;
    for (const Passage& passage : way.passages) {
        if (passage.judgement.fate != Fate::dropped)
            continue;
        const FirewallPlace& place = *passage.judgement.dropped_by;
        const auto known = std::find_if(dropping.begin(), dropping.end(),
                                        [&place](const auto& each) { return each.first == place; });
        if (known == dropping.end()) {
            dropping.push_back({place,
                                {passage.what + " is dropped by " + to_string(place),
                                 (passage.tried ? "a packet that was sent to try was dropped there: "
                                                : "its rules as they are drop ") +
                                     passage.what,
                                 passage.repair}});
            continue;
        }
        Finding& finding = known->second;
        finding.evidence += ", " + passage.what;
        if (finding.repair.find(passage.repair) == std::string::npos)
            finding.repair += "; " + passage.repair;
    }
    for (auto& [place, finding] : dropping)
        found.push_back(std::move(finding));
}

void look_at_sizes(Findings& found, const NicWay& way)
{
    for (const Hop* hop : {&way.host_end, &way.bridge, &way.out})
        if (hop->there && hop->mtu < way.inner.mtu) {
            found.push_back(
                {"packets of full size from " + way.container + " do not fit through " + hop->name,
                 way.inner.name + " inside has MTU " + std::to_string(way.inner.mtu) + ", " + hop->name +
                     " has " + std::to_string(hop->mtu),
                 inside(way, "ip link set dev " + shell_word(way.inner.name) + " mtu " +
                                 std::to_string(hop->mtu))});
            return;
        }
}

void look_at_masquerading(Findings& found, const NicWay& way)
{
    if (way.masqueraded == false)
        found.push_back(
            {"what " + way.container + " sends leaves with its private address",
             "a packet that was sent to try was not masqueraded: some rule before ours has taken it, or "
             "its address is not that of the rule",
             "iptables-legacy -t nat -S POSTROUTING; iptables-nft -t nat -S POSTROUTING; nft list "
             "chains"});
}

/// A server that is not reached, for what cannot be told of a firewall, has no fault.
void look_at_name_servers(Findings& found, const NicWay& way)
{
    const auto& servers = way.name_servers;
    if (open_questions(way).empty() && !servers.empty() &&
        std::none_of(servers.begin(), servers.end(), [](const NameServer& server) { return server.answers; }))
        found.push_back(
            {"no name server answers " + way.container,
             servers.front().address + ", which its /etc/resolv.conf names, did not answer a question",
             "lxc-attach -n " + shell_word(way.container) +
                 " -- sh -c 'echo nameserver ADDRESS >/etc/resolv.conf'"});
}

void look_at_published(Findings& found, const NicWay& way)
{
    for (const PublishedWay& each : way.published)
        if (!each.served)
            found.push_back({"nobody in " + way.container + " serves port " + each.port,
                             "nothing listens at " + each.to + " inside", inside(way, "ss -ln")});
}

using Look = void (*)(Findings&, const NicWay&);

/// Each group is looked at only where those before found nothing, since what they find explains the rest.
const std::vector<std::vector<Look>>& looks_for(Mode mode)
{
    static const std::vector<std::vector<Look>> nat = {
        {look_at_link_inside, look_at_port, look_at_bridge},
        {look_at_addresses_inside},
        {look_at_gateway_inside, look_at_ipv6_gateway_inside},
        {look_at_forwarding, look_at_ipv6_forwarding},
        {look_at_neighbour, look_at_routes, look_at_drift, look_at_firewalls, look_at_sizes},
        {look_at_masquerading},
        {look_at_name_servers},
    };
    static const std::vector<std::vector<Look>> direct = {
        {look_at_link_inside, look_at_port, look_at_bridge},
        {look_at_addresses_inside},
        {look_at_gateway_inside},
        {look_at_drift, look_at_firewalls, look_at_sizes},
        {look_at_name_servers},
    };
    return mode == Mode::nat ? nat : direct;
}

} // namespace

std::vector<Finding> findings(const NicWay& way)
{
    Findings found;
    for (const auto& group : looks_for(way.mode)) {
        if (!found.empty())
            break;
        for (const Look look : group)
            look(found, way);
    }
    look_at_published(found, way);
    return found;
}

std::vector<std::string> open_questions(const NicWay& way)
{
    std::vector<std::string> questions;
    for (const Passage& passage : way.passages)
        if (passage.judgement.fate == Fate::cannot_tell)
            questions.push_back("whether " + passage.what + " passes: that depends on " +
                                (passage.judgement.unjudged.empty()
                                     ? std::string("more than its rules say")
                                     : to_string(passage.judgement.unjudged.front())));
    return questions;
}

} // namespace uplink
