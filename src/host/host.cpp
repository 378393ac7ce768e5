// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/host.h"

#include "core/coexist.h"
#include "core/error.h"
#include "core/shared.h"
#include "host/conntrack.h"
#include "host/container_address.h"
#include "host/engine_probe.h"
#include "host/file.h"
#include "host/gates.h"
#include "host/listening_sockets.h"
#include "host/process.h"
#include "host/switches.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace uplink
{

namespace
{

constexpr const char* ip_forward = "/proc/sys/net/ipv4/ip_forward";

constexpr const char* ipv6_forwarding = "/proc/sys/net/ipv6/conf/all/forwarding";
constexpr std::array engines = {Engine::iptables, Engine::nftables, Engine::iptables_nft, Engine::firewalld};

std::string localnet_file(const RouteLocalnet& localnet)
{
    return "/proc/sys/net/ipv4/conf/" + localnet.bridge + "/route_localnet";
}

std::set<IpAddress> addresses_of_host(Netlink& netlink)
{
    std::set<IpAddress> addresses;
    for (const int family : {AF_INET, AF_INET6})
        for (const LinkAddress& each : netlink.addresses(family))
            addresses.insert(each.address);
    return addresses;
}

/// Flows that began before their port led, or ceased to lead, into a container would go on as they did.
void flush_flows(const RuleSet& set)
{
    const auto ports = published_ports(set.rules);
    if (!ports.empty())
        flush_conntrack(ports);
}

/// A bridge with another alias was made by somebody else meanwhile, or taken over by changing the alias. One
/// with none and the address that we chose was made by us, in a hook that was killed before it set the alias.
bool is_ours(const Link& link, const Bridge& bridge)
{
    return link.alias == bridge_alias ||
           (link.alias.empty() && !bridge.mac.empty() && link.mac == bridge.mac);
}

} // namespace

Host::Host(Viewpoint here) : here_(std::move(here)), journals_(here_) {}

void Host::lock(std::chrono::seconds patience)
{
    make_folders("/run/lxc-uplink");
    lock_.emplace(our_lock, patience);
}

HostState Host::state_for(const ContainerSpec& spec)
{
    HostState state;
    if (spec.mode == Mode::direct) {
        if (spec.has_uplink())
            state.direct = direct_state_for(spec);
        for (const MacvlanSpec& macvlan : spec.macvlans)
            state.parents.emplace(macvlan.link, parent_state_of(macvlan.link));
        state.own_addresses = addresses_of_host(netlink_);
        return state;
    }
    const auto look_up = [&](const std::string& name) {
        auto link = name.empty() || state.links.contains(name) ? std::nullopt : netlink_.link(name);
        if (link) {
            link->addresses = netlink_.ipv4_addresses(link->ifindex);
            link->ipv6_addresses = netlink_.ipv6_addresses(link->ifindex);
            link->route_localnet = routes_localnet(name);
            state.links.emplace(name, std::move(*link));
        }
    };
    bool makes_bridge = false;
    for (const NicSpec& nic : spec.nics) {
        look_up(nic.bridge);
        makes_bridge = makes_bridge || (!state.links.contains(nic.bridge) && spec.makes_bridge_of(nic));
    }
    if (makes_bridge)
        for (const int family : {AF_INET, AF_INET6})
            for (const LinkAddress& one : netlink_.addresses(family))
                if (const auto link = netlink_.link(one.ifindex);
                    link && link->name != "lo" && !is_link_local(one.address))
                    state.other_addresses.emplace_back(link->name,
                                                       IpInterface(one.address, one.prefix_length));
    if (const auto ifindex = spec.uplink.empty() ? std::nullopt : netlink_.default_route())
        if (const auto link = netlink_.link(*ifindex))
            state.default_route_link = link->name;
    if (spec.uplink != "auto")
        look_up(spec.uplink);
    state.forwarding = forwards_ipv4();
    state.ipv6_forwarding = forwards_ipv6();
    if (!state.ipv6_forwarding)
        state.advertised = interfaces_that_heed_advertisements(netlink_);
    for (const Publication& publication : spec.publish)
        if (const auto listener = listener_at(publication.protocol, publication.address, publication.ports))
            state.listeners.push_back(*listener);
    if (!spec.snat_to.empty() ||
        std::any_of(spec.publish.begin(), spec.publish.end(),
                    [](const Publication& publication) { return publication.address.has_value(); }))
        state.own_addresses = addresses_of_host(netlink_);
    state.mac_seed = hash_of(here_.boot_id);
    return state;
}

void Host::apply(const Step& step)
{
    const bool adding = step.action == Action::add;
    std::visit(overloaded{
                   [&](const Bridge& bridge) { adding ? add(bridge) : remove(bridge); },
                   [&](const Ipv4Forwarding&) { write_sysctl(ip_forward, "1"); },
                   [&](const Ipv6Forwarding& forwarding) { add(forwarding); },
                   [&](const RouteLocalnet& localnet) { adding ? add(localnet) : remove(localnet); },
                   [&](const RuleSet& set) { adding ? add(set) : remove(set); },
                   [&](const TaggedRules& tagged) { remove(tagged); },
                   [&](const BridgePort& port) { adding ? add(port) : remove(port); },
                   [&](const Macvlan& macvlan) { check(macvlan); },
                   [&](const DhcpGuard& guard) { adding ? add(guard) : remove(guard); },
                   [&](const UplinkMove& move) { adding ? add(move) : remove(move); },
               },
               step.resource);
}

void Host::add(const Bridge& bridge)
{
    if (bridge.type == BridgeType::openvswitch)
        return make_ovs_bridge(bridge);
    const auto found = netlink_.link(bridge.name);
    if (found && (found->kind != "bridge" || !is_ours(*found, bridge)))
        throw NothingChanged(
            "somebody else has made an interface of that name meanwhile: start the container "
            "again, which then uses theirs if it is a bridge");
    if (!found) // a bridge that was to be kept may have gone meanwhile
        netlink_.make_bridge(bridge.name, bridge.mac, bridge.mtu);
    const Link link = netlink_.existing_link(bridge.name);
    netlink_.set_alias(link.ifindex, bridge_alias);
    for (const Ipv4Interface& address : bridge.ipv4)
        netlink_.add_address(link.ifindex, address);
    for (const Ipv6Interface& address : bridge.ipv6)
        netlink_.add_address(link.ifindex, address);
    netlink_.set_up(link.ifindex);
}

void Host::remove(const Bridge& bridge)
{
    for (const UplinkJournal& journal : moved_uplinks())
        if (journal.move.bridge == bridge.name)
            throw Error("it still has what was moved there from " + journal.move.nic);
    if (type_of_bridge(bridge.name) == BridgeType::openvswitch) {
        if (!has_ports_besides(bridge.name, {}))
            ovs_.delete_bridge(bridge.name);
        return;
    }
    const auto link = netlink_.link(bridge.name);
    if (!link || link->kind != "bridge" || !is_ours(*link, bridge))
        return;
    if (!has_ports_besides(bridge.name, {}))
        unless_gone(link->ifindex, [&] { netlink_.delete_link(link->ifindex); });
}

void Host::unless_gone(unsigned ifindex, const std::function<void()>& change)
{
    try {
        change();
    } catch (const Error&) {
        if (netlink_.link(ifindex))
            throw;
    }
}

void Host::add(const BridgePort& port)
{
    const Link bridge = netlink_.existing_link(port.bridge);
    const Link link = netlink_.existing_link(port.port);
    if (port.type == BridgeType::openvswitch)
        return add_to_ovs(port, link);
    const bool member = link.master == bridge.ifindex;
    if (port.linked && !member)
        throw Error("LXC has not made it a port of that bridge");
    if (!member && link.master != 0)
        throw Error("it is a port of another bridge");
    if (!member) {
        // Before it joins: a bridge without a fixed MTU takes the smallest of its ports'.
        const unsigned mtu = port.mtu.value_or(bridge.mtu);
        netlink_.set_mtu(link.ifindex, mtu);
        if (container_)
            container_->set_mtu(link.peer, mtu);
        netlink_.set_bridge(link.ifindex, bridge.ifindex);
        netlink_.set_up(link.ifindex);
    }
    if (port.hairpin || port.isolate)
        netlink_.set_port_flags(link.ifindex, port.hairpin, port.isolate);
}

void Host::remove(const BridgePort& port)
{
    if (port.type == BridgeType::openvswitch)
        return ovs_.remove_port(port.bridge, port.port);
    const auto link = port.ifindex == 0 ? std::nullopt : netlink_.link(port.ifindex);
    const auto bridge = netlink_.link(port.bridge);
    if (link && bridge && link->kind == "veth" && link->master == bridge->ifindex)
        unless_gone(link->ifindex, [&] { netlink_.set_bridge(link->ifindex, 0); });
}

void Host::name_ports(Plan& plan, int pid, unsigned veth_count)
{
    const std::string process = std::to_string(pid);
    if (namespace_of(process, "net") == here_.network_namespace)
        throw Error("the container shares the host's network namespace: it needs no bridge; say mode = none");
    container_ = Netlink::inside(pid);
    const std::vector<VethPair> pairs = veths_of_container(netlink_, pid);
    if (pairs.size() != veth_count)
        throw Error("the container has " + std::to_string(pairs.size()) +
                    " veth NICs where its configuration has " + std::to_string(veth_count));
    for (Step& step : plan)
        if (auto* port = std::get_if<BridgePort>(&step.resource)) {
            port->port = pairs.at(port->position).host_end.name;
            port->ifindex = pairs.at(port->position).host_end.ifindex;
        }
}

std::vector<std::string> Host::own_bridges()
{
    std::vector<std::string> names;
    for (const Link& link : netlink_.links("bridge"))
        if (link.alias == bridge_alias)
            names.push_back(link.name);
    for (const OvsOwned& owned : ovs_.owned())
        if (owned.port.empty() &&
            netlink_.link(owned.bridge)) // the database is that of all network namespaces
            names.push_back(owned.bridge);
    return names;
}

// Rules
// ---------------------------------------------------------------------------------------------------------------

Firewall& Host::firewall(Engine engine)
{
    switch (engine) {
    case Engine::iptables:
        return iptables_;
    case Engine::iptables_nft:
        return iptables_nft_;
    case Engine::firewalld:
        return firewalld_;
    case Engine::nftables:
        break;
    }
    if (!nftables_)
        nftables_.emplace();
    return *nftables_;
}

void Host::add(const RuleSet& set)
{
    firewall(set.engine.value()).add(set.rules);
    flush_flows(set);
}

void Host::remove(const RuleSet& set)
{
    for (const Engine engine : engines)
        if (set.engine.value_or(engine) == engine)
            firewall(engine).remove(set.rules);
    flush_flows(set);
}

EngineChoice Host::engine_for(const ContainerSpec& spec, const std::map<std::string, std::string>& holders)
{
    std::optional<EngineHolder> holder;
    for (const Engine engine : engines)
        if (const auto found = holders.find(key_of(engine)); found != holders.end())
            holder = EngineHolder{engine, found->second};
    const bool is_plain = (holder && !spec.firewall) || spec.firewall == Engine::nftables;
    return choose_engine(spec.firewall, holder, is_plain ? EngineFacts{} : engine_facts());
}

std::vector<Gate> Host::gates()
{
    return gates_of_host(firewalld_);
}

void Host::read_gates(HostState& state, const ContainerSpec& spec)
{
    const bool opens = spec.coexist && spec.mode != Mode::none;
    read_gates(state, spec, opens ? gates() : std::vector<Gate>{});
}

void Host::read_gates(HostState& state, const ContainerSpec& spec, const std::vector<Gate>& gates)
{
    if (gates.empty())
        return;
    state.gates = gates;
    state.filters_bridged = families_filtered_on_bridges();
    const bool has_zones = std::any_of(state.gates.begin(), state.gates.end(), [](const Gate& gate) {
        return gate.gatekeeper == Gatekeeper::firewalld;
    });
    if (has_zones && state.direct)
        state.uplink_zone = firewalld_.zone_in_force(state.direct->found.nic.name);
    const bool asks_ufw = spec.mode == Mode::nat &&
                          std::any_of(state.gates.begin(), state.gates.end(),
                                      [](const Gate& gate) { return gate.gatekeeper == Gatekeeper::ufw; });
    for (const NicSpec& nic : spec.nics) {
        for (const ZoneMember& member : has_zones ? zone_members(nic) : std::vector<ZoneMember>{})
            if (const std::string zone = firewalld_.zone_of(member); !zone.empty())
                state.zones[member.name] = zone;
        const auto bridge = asks_ufw ? netlink_.link(nic.bridge) : std::nullopt;
        for (const ServiceOpening& service : bridge ? services_for(*bridge) : std::vector<ServiceOpening>{})
            if (std::find(state.services.begin(), state.services.end(), service) == state.services.end())
                state.services.push_back(service);
    }
}

void Host::remove(const TaggedRules& tagged)
{
    for (const Engine engine : engines)
        firewall(engine).remove_tagged(tagged.tag);
}

std::vector<Standing> Host::standing(const Plan& plan)
{
    std::map<Engine, std::vector<Rule>> asked;
    std::vector<Engine> engines_in_order;
    for (const Step& step : plan)
        if (const auto* set = std::get_if<RuleSet>(&step.resource)) {
            std::vector<Rule>& rules = asked[*set->engine];
            rules.insert(rules.end(), set->rules.begin(), set->rules.end());
            engines_in_order.insert(engines_in_order.end(), set->rules.size(), *set->engine);
        }
    std::map<Engine, std::vector<Standing>> answers;
    for (const auto& [engine, rules] : asked)
        answers[engine] = firewall(engine).standing(rules);
    std::map<Engine, std::size_t> next;
    std::vector<Standing> standings;
    standings.reserve(engines_in_order.size());
    for (const Engine engine : engines_in_order)
        standings.push_back(answers[engine].at(next[engine]++));
    return standings;
}

std::set<std::string> Host::tags()
{
    std::set<std::string> all;
    for (const Engine engine : engines)
        all.merge(firewall(engine).tags());
    return all;
}

bool Host::guards_loopback(const std::string& bridge)
{
    const std::vector<Rule> guard = {LoopbackGuard{bridge, shared_tag(bridge)}};
    return firewall(Engine::iptables).standing(guard).front().there ||
           firewall(Engine::nftables).standing(guard).front().there;
}

// Switches
// ------------------------------------------------------------------------------------------------------------

std::vector<std::string> Host::advertised()
{
    Netlink netlink;
    return interfaces_that_heed_advertisements(netlink);
}

void Host::add(const Ipv6Forwarding& forwarding)
{
    for (const std::string& name : forwarding.advertised)
        write_sysctl("/proc/sys/net/ipv6/conf/" + name + "/accept_ra", "2");
    write_sysctl(ipv6_forwarding, "1");
}

void Host::add(const RouteLocalnet& localnet)
{
    write_sysctl(localnet_file(localnet), "1");
}

void Host::remove(const RouteLocalnet& localnet)
{
    if (netlink_.link(localnet.bridge))
        write_sysctl(localnet_file(localnet), "0");
}

} // namespace uplink
