// SPDX-License-Identifier: GPL-2.0-or-later
// Class Host in mode direct: the uplink, its guard, and Open vSwitch.
#include "host/host.h"

#include "core/dhcp_guard.h"
#include "core/error.h"
#include "core/openflow_guard.h"
#include "host/capture.h"
#include "host/gateway.h"
#include "host/nftables_guard.h"
#include "host/uplink_state.h"

#include <algorithm>

namespace uplink
{

namespace
{

constexpr const char* owner_tag = "lxc-uplink";

/// That of the first default route; empty where there is none.
std::string ipv4_gateway_in(const NicConfig& config)
{
    for (const std::string& gateway : default_gateways(config))
        if (gateway.size() == sizeof(std::uint32_t))
            return text_of_address(gateway);
    return "";
}

bool leads_out(const Link& link)
{
    return link.kind.empty() || link.kind == "bond" || link.kind == "team" || link.kind == "vlan";
}

} // namespace

// What it is like
// -----------------------------------------------------------------------------------------------------

BridgeType Host::type_of_bridge(const std::string& name)
{
    const auto link = netlink_.link(name);
    const bool openvswitch = link && link->kind != "bridge" && ovs_.is_bridge(name);
    return openvswitch ? BridgeType::openvswitch : BridgeType::linux_bridge;
}

std::string Host::uplink_of(const ContainerSpec& spec)
{
    if (spec.uplink != "auto")
        return spec.uplink;
    auto ifindex = netlink_.default_route();
    if (!ifindex)
        ifindex = netlink_.default_route(AF_INET6);
    const auto link = ifindex ? netlink_.link(*ifindex) : std::nullopt;
    if (!link)
        return "";
    for (const UplinkJournal& journal : moved_uplinks())
        if (journal.move.bridge == link->name)
            return journal.move.nic;
    return link->name;
}

void Host::ask_ovs(UplinkState& found, const ContainerSpec& spec)
{
    BridgeState& bridge = found.bridge;
    if (found.nic.ifindex != 0)
        found.nic.ovs_bridge = ovs_.bridge_of(found.nic.name).value_or("");
    bridge.openvswitch = bridge.ifindex != 0 && bridge.kind != "bridge" && ovs_.is_bridge(bridge.name);
    const bool wanted =
        bridge.openvswitch || (bridge.ifindex == 0 && spec.bridge_type == BridgeType::openvswitch);
    if (wanted && !ovs_.vswitchd_answers())
        throw Error("bridge " + bridge.name +
                    " needs ovs-vswitchd, which does not answer: run \"systemctl restart "
                    "openvswitch-switch\"");
    if (bridge.openvswitch)
        for (const std::string& port : ovs_.ports(bridge.name))
            if (const auto link = netlink_.link(port); link && leads_out(*link))
                bridge.uplinks.push_back(port);
    for (const OvsOwned& owned : bridge.openvswitch ? ovs_.owned() : std::vector<OvsOwned>{})
        if (owned.port.empty() && owned.bridge == bridge.name)
            bridge.alias = bridge_alias;
}

DirectState Host::direct_state_for(const ContainerSpec& spec)
{
    DirectState direct;
    for (const std::string& damage : damaged_journals())
        throw Error(damage + ": run \"lxc-uplink gc\"");
    const std::string nic = uplink_of(spec);
    const std::string& bridge = spec.nics.front().bridge;
    direct.found = read_uplink_state(netlink_, nic, bridge);
    UplinkState& found = direct.found;
    ask_ovs(found, spec);
    for (const UplinkJournal& journal : moved_uplinks()) {
        if (journal.move.nic == nic && journal.complete)
            direct.moved_to = journal.move.bridge;
        else if (journal.move.bridge == bridge)
            found.bridge.uplinks.push_back(journal.move.nic);
    }
    if (found.nic.ifindex == 0)
        return direct;
    const bool has_bridge = found.bridge.ifindex != 0;
    const NicConfig of_bridge = has_bridge
                                    ? capture(netlink_, InterfaceId{found.bridge.name, found.bridge.ifindex})
                                    : config_of_new_interface();
    const NicConfig of_nic = capture(netlink_, InterfaceId{nic, found.nic.ifindex});
    direct.gateway = ipv4_gateway_in(direct.moved_to ? of_bridge : of_nic);
    if (!direct.moved_to) {
        direct.was = of_nic;
        direct.before = of_bridge;
    }
    return direct;
}

ParentState Host::parent_state_of(const std::string& name)
{
    ParentState parent;
    parent.nic = read_nic_state(netlink_, name);
    if (parent.nic.ifindex == 0)
        return parent;
    parent.nic.ovs_bridge = ovs_.bridge_of(name).value_or("");
    parent.gateway = ipv4_gateway_in(capture(netlink_, InterfaceId{name, parent.nic.ifindex}));
    return parent;
}

// Its macvlans
// --------------------------------------------------------------------------------------------------------

void Host::check(const Macvlan& macvlan)
{
    const Link nic = netlink_.existing_link(macvlan.link);
    const auto links = container_ ? container_->links("macvlan") : std::vector<Link>();
    if (std::none_of(links.begin(), links.end(), [&](const Link& link) {
            return link.peer == nic.ifindex && link.macvlan_mode == macvlan.mode;
        }))
        throw Error("the container has none: write what \"lxc-start -s\" says into its configuration file, "
                    "which is what the hooks read");
}

// Its guard
// -----------------------------------------------------------------------------------------------------------

void Host::add(const DhcpGuard& guard)
{
    if (guard.bridge.empty())
        add_macvlan_guard(guard.nic, netlink_.existing_link(guard.nic).mac);
    else if (guard.type == BridgeType::openvswitch)
        ovs_.add_dhcp_guard(guard.bridge, guard.nic);
    else
        add_dhcp_guard(guard.bridge, guard.nic);
}

void Host::remove(const DhcpGuard& guard)
{
    if (guard.bridge.empty())
        remove_macvlan_guard(guard.nic);
    else if (guard.type == BridgeType::linux_bridge)
        remove_dhcp_guard(guard.nic);
    else if (ovs_.is_bridge(guard.bridge))
        ovs_.remove_dhcp_guard(guard.bridge);
}

bool Host::is_in_force(const DhcpGuard& guard) const
{
    if (guard.type == BridgeType::openvswitch)
        return ovs_.has_dhcp_guard(guard.bridge, guard.nic);
    const auto guards = dhcp_guards();
    return std::any_of(guards.begin(), guards.end(), [&guard](const GuardInForce& each) {
        return each.nic == guard.nic && each.bridge == guard.bridge && each.rules == rules_in_guard;
    });
}

std::vector<DhcpGuard> Host::guards_in_force()
{
    std::vector<DhcpGuard> guards;
    for (const GuardInForce& guard : dhcp_guards())
        guards.push_back({guard.nic, guard.bridge, BridgeType::linux_bridge, ""});
    return guards;
}

// Open vSwitch
// --------------------------------------------------------------------------------------------------------

void Host::make_ovs_bridge(const Bridge& bridge)
{
    ovs_.make_bridge(bridge.name, bridge.mac, {owner_tag, here_.boot_id});
    const Link link = netlink_.existing_link(bridge.name);
    if (bridge.mtu != 0 && link.mtu != bridge.mtu)
        netlink_.set_mtu(link.ifindex, bridge.mtu);
    netlink_.set_up(link.ifindex);
    if (bridge.kept && ovs_.has_only_guard(bridge.name))
        ovs_.let_it_switch(bridge.name);
}

std::vector<Bridge> Host::bridges_without_flows()
{
    std::vector<Bridge> bridges;
    for (const OvsOwned& owned : ovs_.owned()) {
        const auto link = owned.port.empty() ? netlink_.link(owned.bridge) : std::nullopt;
        if (link && ovs_.has_only_guard(owned.bridge))
            bridges.push_back({owned.bridge, link->mac, {}, {}, true, BridgeType::openvswitch, 0});
    }
    return bridges;
}

void Host::add_to_ovs(const BridgePort& port, const Link& link)
{
    const auto bridge = ovs_.bridge_of(port.port);
    if (port.linked && bridge != port.bridge)
        throw Error("LXC has not made it a port of that bridge");
    if (bridge && bridge != port.bridge)
        throw Error("it is a port of another bridge");
    if (!bridge) {
        const unsigned mtu = port.mtu.value_or(netlink_.existing_link(port.bridge).mtu);
        netlink_.set_mtu(link.ifindex, mtu);
        if (container_)
            container_->set_mtu(link.peer, mtu);
        ovs_.add_port(port.bridge, port.port, {owner_tag, here_.boot_id});
        netlink_.set_up(link.ifindex);
    }
    if (port.isolate)
        ovs_.set_protected(port.port);
}

} // namespace uplink
