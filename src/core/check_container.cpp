// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/check_looks.h"

#include "core/nat_networks.h"
#include "core/restart.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

namespace
{

std::string nic_of(const NicWay& way)
{
    return "lxc.net." + std::to_string(way.nic.index) + " of " + way.container;
}

std::vector<IpInterface> ipv4_of(const Hop& hop)
{
    return addresses_of(hop, false);
}

bool has_address(const Hop& hop, const std::string& text)
{
    return std::any_of(hop.addresses.begin(), hop.addresses.end(),
                       [&text](const IpInterface& each) { return to_string(each.address) == text; });
}

/// The host's, where that is in a network of the container's; else what the configuration says.
std::optional<IpAddress> gateway_of_the_lan(const NicWay& way)
{
    const auto hosts = parse_ip_address(way.way_out.gateway);
    const std::string& device = way.is_macvlan ? way.out.name : way.bridge.name;
    std::vector<IpInterface> networks = ipv4_of(way.inner);
    networks.insert(networks.end(), way.nic.addresses.begin(), way.nic.addresses.end());
    if (hosts && way.way_out.device == device &&
        std::any_of(networks.begin(), networks.end(),
                    [&](const IpInterface& each) { return contains(network_of(each), *hosts); }))
        return hosts;
    return way.nic.gateway ? std::optional(IpAddress(*way.nic.gateway)) : std::nullopt;
}

/// What the container's default route should go by: in mode nat the bridge's address in a network that its
/// NIC is to be in.
std::optional<IpAddress> right_gateway(const NicWay& way)
{
    if (way.mode == Mode::direct)
        return gateway_of_the_lan(way);
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
    const auto gateway = way.default_route.elsewhere ? std::nullopt : right_gateway(way);
    if (!gateway)
        return inside(way, command);
    return inside(way,
                  "sh -c " + shell_word(command + "; ip route replace default via " + to_string(*gateway)));
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

std::string words_of_default_route(const std::string& gateway)
{
    return gateway.empty() ? "its default route names none" : "its default route goes to " + gateway;
}

bool is_link_local_text(const std::optional<std::string>& address)
{
    const auto parsed = address ? parse_ip_address(*address) : std::nullopt;
    return parsed && is_link_local(*parsed);
}

} // namespace

std::string named(const NicWay& way)
{
    return options_for_lxc({way.lxcpath, way.container});
}

std::string restart(const NicWay& way)
{
    return command_to_restart({way.lxcpath, way.container});
}

std::string set_option(const NicWay& way, const std::string& name, const std::string& value)
{
    const std::string folder = way.lxcpath.empty() ? "/var/lib/lxc" : way.lxcpath;
    const std::string file = shell_word(folder + "/" + way.container + "/uplink.conf");
    return "sed -i " + shell_word("/^ *" + name + " *=/d") + " " + file + "; echo " +
           shell_word(name + " = " + value) + " >>" + file + "; " + restart(way);
}

std::string inside(const NicWay& way, const std::string& command)
{
    return "nsenter -t \"$(lxc-info " + named(way) + " -pH)\" -n " + command;
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

std::optional<IpInterface> near_end(const NicWay& way, bool ipv6)
{
    for (const IpInterface& theirs : addresses_of(way.inner, ipv6))
        for (const IpInterface& ours : addresses_of(way.bridge, ipv6))
            if (contains(network_of(theirs), ours.address))
                return ours;
    return std::nullopt;
}

Finding no_near_end(const NicWay& way, const std::string& network, const IpInterface& theirs,
                    const std::optional<std::string>& gateway)
{
    return {"bridge " + way.nic.bridge + " has no address in the " + network + " of " + way.container,
            way.container + " is " + to_string(theirs),
            "ip address add " + gateway.value_or("ADDRESS") + "/" + std::to_string(theirs.prefix_length) +
                " dev " + shell_word(way.nic.bridge) + (theirs.address.ipv6 ? " nodad" : "")};
}

void look_at_link_inside(Findings& found, const NicWay& way)
{
    const Hop& inner = way.inner;
    if (!inner.there)
        found.push_back({"the container has no NIC for " + nic_of(way),
                         "its network namespace has no such interface", restart(way)});
    else if (!inner.up)
        found.push_back({nic_of(way) + " is down", inner.name + " inside the container is not up",
                         inside_with_route(way, "ip link set dev " + shell_word(inner.name) + " up")});
}

void look_at_addresses_of_the_host(Findings& found, const NicWay& way)
{
    const Hop& host = way.is_macvlan ? way.out : way.bridge;
    for (const IpInterface& own : way.inner.addresses)
        if (!is_link_local(own.address) && has_address(host, to_string(own.address)))
            found.push_back(
                {way.container + " has the host's own address " + to_string(own.address),
                 way.inner.name + " inside has it, and so has " + host.name,
                 inside(way, "ip address del " + to_string(own) + " dev " + shell_word(way.inner.name))});
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
    if (!way.nic.addresses.empty() || !ipv4_of(way.inner).empty())
        return;
    const std::size_t before = found.size();
    look_at_firewalls(found, way); // of what it asks servers of this host, where it needs no address for that
    if (found.size() == before)
        found.push_back({nic_of(way) + " has no IPv4 address",
                         "no address is configured, and no DHCP server has given it one",
                         "lxc-attach " + named(way) + " -- dhclient " + device});
}

void look_at_gateway_inside(Findings& found, const NicWay& way)
{
    const auto known = right_gateway(way);
    const std::string right = known ? to_string(*known) : "GATEWAY";
    const std::string repair = inside(way, "ip route replace default via " + right);
    const auto& gateway = way.default_route.gateway;
    if (!gateway) {
        if (!way.default_route.elsewhere)
            found.push_back({way.container + " has no default route", "its routing table has none", repair});
        return;
    }
    if (way.mode == Mode::nat && !has_address(way.bridge, *gateway)) {
        if (known)
            found.push_back(
                {"the gateway of " + way.container + " is not this host",
                 words_of_default_route(*gateway) + ", and bridge " + way.bridge.name + " has " + right,
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

void look_at_answer_of_gateway(Findings& found, const NicWay& way)
{
    if (way.gateway_answers != false)
        return;
    const std::string gateway = way.default_route.gateway.value_or("");
    const auto right = gateway_of_the_lan(way);
    found.push_back(
        {"the gateway " + gateway + " of " + way.container + " does not answer",
         "it was asked for its MAC address from inside the container",
         inside(way, right && to_string(*right) != gateway
                         ? "ip route replace default via " + to_string(*right)
                         : "ip neighbour flush dev " + shell_word(way.inner.name) + " to " + gateway)});
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
        found.push_back(no_near_end(way, "IPv6 network", static_addresses(way.nic, true).front(),
                                    is_link_local_text(gateway) ? std::nullopt : gateway));
    else if (!gateway)
        found.push_back(
            {way.container + " has no default route for IPv6", "its routing table has none", repair});
    else if (!has_address(way.bridge, *gateway))
        found.push_back({"the IPv6 gateway of " + way.container + " is not this host",
                         words_of_default_route(*gateway) + ", and bridge " + way.bridge.name + " has " +
                             to_string(near->address),
                         repair});
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
             "lxc-attach " + named(way) + " -- sh -c 'echo nameserver ADDRESS >/etc/resolv.conf'"});
}

void look_at_published(Findings& found, const NicWay& way)
{
    const bool is_explained = !found.empty(); // what keeps its address away
    std::vector<std::string> told;            // a port may lead to addresses of both families
    for (const PublishedWay& each : way.published) {
        if (each.nobodys)
            found.push_back({"published port " + each.port + " leads nowhere",
                             "no interface of the host has " + to_string(*each.nobodys),
                             "ip address add " + to_string(host_of(*each.nobodys)) + " dev " +
                                 shell_word(way.out.name.empty() ? "NIC" : way.out.name)});
        if (each.astray && !is_explained)
            found.push_back({"published port " + each.port + " leads to " + each.to + ", an address that " +
                                 way.container + " does not have",
                             "no interface inside has it", "lxc-uplink gc"});
        if (each.served || each.astray || std::find(told.begin(), told.end(), each.port) != told.end())
            continue;
        told.push_back(each.port);
        std::string places;
        for (const PublishedWay& same : way.published)
            if (!same.served && !same.astray && same.port == each.port)
                places += (places.empty() ? "" : " or ") + same.to;
        found.push_back({"nobody in " + way.container + " serves port " + each.port,
                         "nothing listens at " + places + " inside", inside(way, "ss -ln")});
    }
}

} // namespace uplink
