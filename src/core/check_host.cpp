// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/check_looks.h"

#include "core/bridge_remedy.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

// Port and bridge
// ------------------------------------------------------------------------------------------------------

namespace
{

std::string command_to_join(const NicWay& way)
{
    const std::string port = shell_word(way.host_end.name);
    const std::string bridge = shell_word(way.nic.bridge);
    if (way.on_linux_bridge)
        return "ip link set dev " + port + " master " + bridge;
    return (way.host_end.bridge.empty() ? "" : "ovs-vsctl del-port " + port + " && ") +
           "ovs-vsctl add-port " + bridge + " " + port;
}

/// As the container knows it.
std::string command_to_make_bridge_of(const NicWay& way)
{
    const auto own = addresses_of(way.inner, false);
    const std::string gateway = way.default_route.gateway.value_or("");
    return command_to_make_bridge(way.nic.bridge,
                                  own.empty() || gateway.empty()
                                      ? address_for_bridge(way.nic)
                                      : gateway + "/" + std::to_string(own.front().prefix_length),
                                  way.of_container ? way.of_container->mac : "");
}

bool is_own_uplink(const StrayUplink& uplink, const NicWay& way)
{
    return way.mode == Mode::direct && !way.is_macvlan && way.nic.bridge == uplink.bridge;
}

/// Whether there is a finding of its own about the uplink in the container's bridge.
bool is_stray(const NicWay& way)
{
    return std::any_of(way.stray_uplinks.begin(), way.stray_uplinks.end(),
                       [&way](const StrayUplink& each) { return is_own_uplink(each, way); });
}

} // namespace

void look_at_port(Findings& found, const NicWay& way)
{
    const Hop& port = way.host_end;
    if (!port.there || !way.bridge.there)
        return;
    const std::string name = shell_word(port.name);
    if (port.bridge != way.nic.bridge)
        found.push_back({"port " + port.name + " of " + way.container + " is not in bridge " + way.nic.bridge,
                         port.bridge.empty() ? "it is in no bridge" : "it is in " + port.bridge,
                         command_to_join(way)});
    else if (!port.up)
        found.push_back({"port " + port.name + " of " + way.container + " is down", "it is not up",
                         "ip link set dev " + name + " up"});
    else if (way.on_linux_bridge && way.bridge.up && way.inner.up && port.port_state != "forwarding")
        found.push_back({"port " + port.name + " of " + way.container + " does not forward",
                         "the bridge has it in state " + port.port_state,
                         "bridge link set dev " + name + " state 3"});
}

void look_at_bridge(Findings& found, const NicWay& way)
{
    const std::string name = shell_word(way.nic.bridge);
    if (!way.bridge.there && way.mode == Mode::nat)
        found.push_back({"bridge " + way.nic.bridge + " is gone", "there is no such interface",
                         way.makes_bridge ? "lxc-uplink reapply" : command_to_make_bridge_of(way)});
    else if (!way.bridge.there)
        found.push_back({"bridge " + way.nic.bridge + " is gone",
                         "there is no such interface, and the host's own addresses were on it",
                         "lxc-uplink gc && " + restart(way)});
    else if (!way.bridge.up && !is_stray(way))
        found.push_back(
            {"bridge " + way.nic.bridge + " is down", "it is not up", "ip link set dev " + name + " up"});
    if (way.mode != Mode::nat || !way.bridge.there || addresses_of(way.inner, false).empty() || near_end(way))
        return;
    found.push_back(
        no_near_end(way, "network", addresses_of(way.inner, false).front(), way.default_route.gateway));
}

void look_at_uplink(Findings& found, const NicWay& way)
{
    const Hop& out = way.out;
    if (out.name.empty())
        return;
    const std::string subject = "NIC " + out.name + ", by which " + way.container + " is on the LAN, ";
    const std::string name = shell_word(out.name);
    if (!out.there)
        found.push_back({subject + "is gone", "there is no such interface", restart(way)});
    else if (!out.up)
        found.push_back({subject + "is down", "it is not up", "ip link set dev " + name + " up"});
    else if (!out.carrier)
        found.push_back({subject + "has no carrier",
                         "its cable is not plugged in, or the port that it leads to is off",
                         "ip -statistics link show dev " + name});
}

/// Whatever container it was moved for: in mode nat the host's own way out may go by it.
void look_at_stray_uplinks(Findings& found, const NicWay& way)
{
    for (const StrayUplink& uplink : way.stray_uplinks) {
        const std::string bridge = "bridge " + uplink.bridge;
        const bool is_own = is_own_uplink(uplink, way);
        const bool is_way_out =
            way.mode == Mode::nat && (way.way_out.device.empty() || way.way_out.device == uplink.bridge);
        if (!is_own && !is_way_out)
            continue;
        if (uplink.is_stranded) {
            if (!is_own)
                found.push_back({bridge + ", to which uplink " + uplink.nic + " was moved, is gone",
                                 "there is no such interface, and the host's own addresses were on it",
                                 "lxc-uplink gc"});
            continue;
        }
        if (!uplink.is_port)
            found.push_back({"uplink " + uplink.nic + " is no longer a port of " + bridge,
                             "somebody has taken it out",
                             uplink.can_join ? "lxc-uplink reapply"
                             : is_own        ? restart(way)
                                             : "lxc-uplink status"});
        if (!uplink.bridge_is_up)
            found.push_back({bridge + ", to which uplink " + uplink.nic + " was moved, is down",
                             "it is not up",
                             "ip link set dev " + shell_word(uplink.bridge) + " up && lxc-uplink reapply"});
        else if (!uplink.missing.empty())
            found.push_back({bridge + " has lost what was moved there from " + uplink.nic,
                             "it has no more " + uplink.missing, "lxc-uplink reapply"});
    }
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
             "ip route replace " + to_string(host_of(addresses_of(way.inner, false).front().address)) +
                 " dev " + bridge});
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

// Rules and sizes
// ------------------------------------------------------------------------------------------------

void look_at_drift(Findings& found, const NicWay& way)
{
    for (const std::string& step : way.lost)
        found.push_back({"somebody has undone: " + step,
                         "the record of " + way.container + " has it, the kernel has not",
                         "lxc-uplink reapply"});
}

namespace
{

std::string fault_of(const Passage& passage, const FirewallPlace& place, const NicWay& way)
{
    switch (passage.obstacle) {
    case Obstacle::drops:
        return " is dropped by " + to_string(place);
    case Obstacle::untracks:
        return " is not tracked, and therefore not masqueraded, because of " + to_string(place);
    case Obstacle::diverts:
        return " does not get to " + way.container + " because of " + to_string(place);
    }
    return "";
}

std::string evidence_of(const Passage& passage)
{
    if (passage.tried)
        return "a packet that was sent to try was dropped there: ";
    switch (passage.obstacle) {
    case Obstacle::drops:
        return "its rules as they are drop ";
    case Obstacle::untracks:
        return "its rules as they are exempt from tracking ";
    case Obstacle::diverts:
        return "its rules as they are take, before ours can, ";
    }
    return "";
}

} // namespace

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
                                {passage.what + fault_of(passage, place, way),
                                 evidence_of(passage) + passage.what, passage.repair}});
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

void look_at_sources(Findings& found, const NicWay& way)
{
    for (const SourceAddress& source : way.sources) {
        const std::string address = to_string(source.address);
        const std::string what =
            "what " + way.container + " sends leaves as " + address + ", to which no answer comes";
        if (source.interface.empty())
            found.push_back({what, "option snat-to names it, and no interface of the host has it",
                             "ip address add " + to_string(host_of(source.address)) + " dev " +
                                 shell_word(way.out.name)});
        else if (const auto right = addresses_of(way.out, source.address.ipv6);
                 source.interface == way.bridge.name)
            found.push_back(
                {what, "option snat-to names it, and it is that of bridge " + way.bridge.name,
                 set_option(way, "snat-to", right.empty() ? "ADDRESS" : to_string(right.front().address))});
    }
}

void look_at_masquerading(Findings& found, const NicWay& way)
{
    if (!way.masqueraded_by.empty() && way.masqueraded_by != way.way_out.device)
        found.push_back({"what " + way.container + " sends leaves by " + way.way_out.device +
                             ", and is masqueraded by " + way.masqueraded_by + " alone",
                         "option uplink means " + way.masqueraded_by + ", and " + way.way_out.words,
                         set_option(way, "uplink", way.way_out.device)});
    else if (way.masqueraded == false)
        found.push_back(
            {"what " + way.container + " sends leaves with its private address",
             "a packet that was sent to try was not masqueraded: some rule before ours has taken it, or "
             "its address is not that of the rule",
             "iptables-legacy -t nat -S POSTROUTING; iptables-nft -t nat -S POSTROUTING; nft list "
             "chains"});
}

} // namespace uplink
