// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iproute.h"

#include "core/error.h"
#include "host/child.h"
#include "host/file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace uplink
{

namespace
{

using IpJson = nlohmann::json;
using Words = std::vector<std::string>;

constexpr std::chrono::seconds ip_patience(5);

Ended run_ip(const Words& words, Place place)
{
    Words command;
    if (place)
        command = {"nsenter", "--net=/proc/" + std::to_string(*place) + "/ns/net"};
    command.insert(command.end(), {"ip", "-j"});
    command.insert(command.end(), words.begin(), words.end());
    return run_program(command, ip_patience);
}

/// The objects that it lists; none when it fails, as for an interface that is not there.
IpJson ip(const Words& words, Place place)
{
    const Ended ended = run_ip(words, place);
    auto json = IpJson::parse(ended.output, nullptr, false);
    if (ended.status != 0 || !json.is_array())
        return IpJson::array();
    // `ip -d addr` lists an empty object for each interface that it passes over.
    json.erase(std::remove_if(json.begin(), json.end(), [](const IpJson& each) { return each.empty(); }),
               json.end());
    return json;
}

std::string first_line(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

bool has_flag(const IpJson& link, const std::string& flag)
{
    const IpJson flags = link.value("flags", IpJson::array());
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

void add_address(std::vector<IpInterface>& addresses, const std::string& text)
{
    if (const auto ipv4 = parse_ipv4_interface(text))
        addresses.emplace_back(*ipv4);
    else if (const auto ipv6 = parse_ipv6_interface(text))
        addresses.emplace_back(*ipv6);
}

std::vector<IpInterface> addresses_of(const std::string& name, Place place)
{
    std::vector<IpInterface> addresses;
    for (const IpJson& link : ip({"addr", "show", "dev", name}, place))
        for (const IpJson& each : link.value("addr_info", IpJson::array()))
            add_address(addresses,
                        each.value("local", "") + "/" + std::to_string(each.value("prefixlen", 0)));
    return addresses;
}

char switch_of(const std::string& interface, const char* name)
{
    const auto text = read_file("/proc/sys/net/ipv4/conf/" + interface + "/" + name);
    return text && !text->empty() ? text->front() : '0';
}

} // namespace

Hop hop_named(const std::string& name, Place place)
{
    Hop hop;
    hop.name = name;
    const IpJson found = ip({"-d", "link", "show", "dev", name}, place);
    if (name.empty() || found.empty())
        return hop;
    const IpJson& link = found.front();
    hop.there = true;
    hop.up = has_flag(link, "UP");
    hop.carrier = !has_flag(link, "NO-CARRIER");
    hop.mtu = link.value("mtu", 0U);
    hop.mac = link.value("address", "");
    hop.bridge = link.value("master", "");
    if (link.contains("linkinfo") && link["linkinfo"].contains("info_slave_data"))
        hop.port_state = link["linkinfo"]["info_slave_data"].value("state", "");
    hop.addresses = addresses_of(name, place);
    if (!place) {
        hop.forwards = switch_of(name, "forwarding") == '1';
        // The kernel takes the greater of the two: 1 is strict, 2 is loose.
        hop.strict_source = std::max(switch_of(name, "rp_filter"), switch_of("all", "rp_filter")) == '1';
    }
    return hop;
}

DefaultRoute default_route_by(const std::string& interface, bool ipv6, Place place)
{
    DefaultRoute found;
    for (const IpJson& route : ip({ipv6 ? "-6" : "-4", "route", "show", "default"}, place)) {
        if (route.value("dev", "") == interface)
            found.gateway = route.value("gateway", "");
        else
            found.elsewhere = true;
    }
    found.elsewhere = found.elsewhere && !found.gateway;
    return found;
}

std::optional<Neighbour> neighbour_at(const std::string& address, const std::string& interface, Place place)
{
    for (const IpJson& each : ip({"neigh", "show", "to", address, "dev", interface}, place))
        return Neighbour{address, each.value("lladdr", ""),
                         each.value("state", IpJson::array({""})).front().get<std::string>()};
    return std::nullopt;
}

RouteAnswer route_to(const std::string& destination, const std::string& source, const std::string& in)
{
    Words words = {"route", "get", destination};
    if (!source.empty())
        words.insert(words.end(), {"from", source, "iif", in});
    const Ended ended = run_ip(words, std::nullopt);
    const auto json = IpJson::parse(ended.output, nullptr, false);
    const std::string question = "\"ip route get " + destination +
                                 (source.empty() ? "" : " from " + source + " iif " + in) + "\" says ";
    if (ended.status != 0 || !json.is_array() || json.empty())
        return {"", "", question + first_line(ended.errors)};
    const IpJson& route = json.front();
    const std::string type = route.value("type", "unicast");
    if (type != "unicast")
        return {"", "", question + type};
    const std::string device = route.value("dev", "");
    const std::string gateway = route.value("gateway", "");
    return {device, gateway, question + (gateway.empty() ? "" : "via " + gateway + " ") + "dev " + device};
}

} // namespace uplink
