// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/iptables_rules.h"

#include <algorithm>
#include <array>

namespace uplink
{

namespace
{

constexpr const char* jump_tag = "lxc-uplink";
const IpNetwork ipv4_loopback = Ipv4Network{{0x7f000000}, 8};

IpNetwork ipv6_network(std::uint8_t first, std::uint8_t last, unsigned length)
{
    IpNetwork network;
    network.base.ipv6 = true;
    network.base.bytes.front() = first;
    network.base.bytes.back() = last;
    network.prefix_length = length;
    return network;
}

/// Multicast and the limited broadcast.
std::vector<IpNetwork> unmasqueraded(bool ipv6)
{
    if (ipv6)
        return {ipv6_network(0xff, 0, 8)};
    return {Ipv4Network{{0xe0000000}, 4}, Ipv4Network{{0xffffffff}, 32}};
}

IptablesRule jump(const std::string& from, const std::string& to)
{
    IptablesRule rule;
    rule.chain = from;
    rule.target = to;
    return rule;
}

IptablesRule jump_of_hook(const std::string& from, const std::string& to)
{
    IptablesRule rule = jump(from, to);
    rule.comment = jump_tag;
    return rule;
}

IptablesChain nat_main_chain(bool ipv6)
{
    IptablesChain chain = {main_chain, {jump_of_hook("POSTROUTING", main_chain)}, {}};
    for (const IpNetwork& destination : unmasqueraded(ipv6)) {
        IptablesRule entry = jump(main_chain, "RETURN");
        entry.destination = destination;
        entry.position = chain.entries.size();
        chain.entries.push_back(entry);
    }
    return chain;
}

IptablesChain nat_ports_chain(bool ipv6)
{
    IptablesChain chain = {
        ports_chain, {jump_of_hook("PREROUTING", ports_chain), jump_of_hook("OUTPUT", ports_chain)}, {}};
    for (IptablesRule& each : chain.jumps)
        each.to_host = true;
    if (ipv6) { // what comes from ::1 cannot leave the host: its own services there stay in reach
        chain.jumps.back().destination = ipv6_network(0, 1, 128);
        chain.jumps.back().not_destination = true;
    }
    return chain;
}

IptablesChain nat_hairpin_chain()
{
    IptablesChain chain = {hairpin_chain, {jump_of_hook("POSTROUTING", hairpin_chain)}, {}};
    chain.jumps.front().state = FlowState::redirected;
    return chain;
}

/// In front, since others accept there; a verdict of ours is only ever to drop.
IptablesChain filter_main_chain()
{
    IptablesChain chain = {main_chain, {jump_of_hook("FORWARD", main_chain)}, {jump(main_chain, "RETURN")}};
    chain.jumps.front().state = FlowState::fresh;
    chain.jumps.front().position = 0;
    chain.entries.front().state = FlowState::redirected;
    chain.entries.front().position = 0;
    return chain;
}

IptablesChain raw_main_chain()
{
    IptablesChain chain = {main_chain, {jump_of_hook("PREROUTING", main_chain)}, {}};
    chain.jumps.front().position = 0;
    return chain;
}

/// For packets from a block, before those of wider blocks.
IptablesChain chain_for_source(const IptablesTable& table, const IpNetwork& block)
{
    IptablesChain chain = chain_named(table, chain_of(block));
    chain.jumps.front().source = block;
    if (block.prefix_length == (block.base.ipv6 ? 64U : 24U))
        chain.jumps.front().position = nat_main_chain(table.ipv6).entries.size();
    return chain;
}

IptablesChain chain_for_destination(const IptablesTable& table, const IpNetwork& block)
{
    IptablesChain chain = chain_named(table, chain_of(block));
    chain.jumps.front().destination = block;
    return chain;
}

IptablesForm form_of(const MasqueradeRule& rule)
{
    const IptablesTable table = {rule.source.base.ipv6, "nat"};
    const IpNetwork block = block_of(rule.source);
    IptablesRule any;
    any.chain = chain_of(block);
    any.source = rule.source;
    any.destination = rule.inside;
    any.not_destination = true;
    any.out = rule.out;
    any.comment = rule.tag;
    any.target = rule.nat.to ? "SNAT" : "MASQUERADE";
    any.nat.address = rule.nat.to;
    any.nat.random_fully = rule.nat.random_fully;
    if (rule.source != rule.inside) // the bridge's own rule comes behind those of its containers
        any.position = 0;
    IptablesForm form = {table, {chain_named(table, main_chain), chain_for_source(table, block)}, {}};
    if (rule.nat.ports)
        for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp}) {
            form.rules.push_back(any);
            form.rules.back().protocol = protocol;
            form.rules.back().nat.ports = rule.nat.ports;
        }
    form.rules.push_back(any);
    return form;
}

IptablesRule redirection(const PublishedPort& port)
{
    IptablesRule rule;
    rule.chain = ports_chain;
    if (port.address) {
        rule.destination = host_of(*port.address);
        rule.position = 0; // before those of all addresses
    }
    rule.protocol = port.protocol;
    rule.ports = port.ports;
    rule.comment = port.tag;
    rule.target = "DNAT";
    rule.nat.address = port.to;
    if (port.ports != port.to_ports) {
        rule.nat.ports = port.to_ports;
        if (port.ports.first != port.ports.last)
            rule.nat.base = port.ports.first;
    }
    return rule;
}

/// Names the port as it was published, so that no two of them share a rule, which would go with the first.
IptablesRule way_back(const PublishedPort& port, const IpNetwork& from)
{
    IptablesRule rule;
    rule.chain = hairpin_chain;
    rule.source = from;
    rule.destination = host_of(port.to);
    rule.protocol = port.protocol;
    rule.original = {port.address, port.ports};
    rule.comment = port.tag;
    rule.target = "MASQUERADE";
    return rule;
}

IptablesForm form_of(const PublishedPort& port)
{
    const IptablesTable table = {port.to.ipv6, "nat"};
    IptablesForm form = {table,
                         {chain_named(table, ports_chain), chain_named(table, hairpin_chain)},
                         {redirection(port), way_back(port, port.inside)}};
    if (!table.ipv6)
        form.rules.push_back(way_back(port, ipv4_loopback));
    return form;
}

IptablesForm form_of(const InboundRule& inbound)
{
    const IptablesTable table = {inbound.destination.base.ipv6, "filter"};
    const IpNetwork block = block_of(inbound.destination);
    IptablesForm form = {table, {chain_named(table, main_chain)}, {}};
    IptablesRule rule;
    rule.destination = inbound.destination;
    rule.comment = inbound.tag;
    if (inbound.open) {
        rule.chain = main_chain;
        rule.target = "RETURN";
        rule.position = form.chains.front().entries.size(); // before the jumps to where a wider rule drops
    } else {
        form.chains.push_back(chain_for_destination(table, block));
        rule.chain = chain_of(block);
        rule.in = inbound.bridge;
        rule.not_in = true;
        rule.target = "DROP";
    }
    form.rules.push_back(rule);
    return form;
}

std::string input_chain_of_ufw(bool ipv6)
{
    return ipv6 ? "ufw6-user-input" : "ufw-user-input";
}

/// Behind what the administrator has written there himself.
IptablesRule accept_in(const std::string& chain, const std::string& tag)
{
    IptablesRule rule = jump(chain, "ACCEPT");
    rule.comment = tag;
    rule.before_return = true;
    return rule;
}

IptablesForm form_of(const ForwardOpening& opening)
{
    const bool ipv6 = opening.container.base.ipv6;
    const bool anybody = opening.container.prefix_length == 0;
    IptablesRule from = accept_in(forward_chain_of(opening.gatekeeper, ipv6), opening.tag);
    from.in = opening.bridge;
    from.bridged = opening.bridged;
    IptablesRule to = from;
    if (!anybody) {
        from.source = opening.container;
        to.destination = opening.container;
    }
    if (!opening.bridged) {
        to.in.clear();
        to.out = opening.bridge;
        to.state = opening.open ? FlowState::any : FlowState::expected;
    }
    IptablesForm form = {{ipv6, "filter"}, {}, {from}};
    if (to != from)
        form.rules.push_back(to);
    return form;
}

IptablesForm form_of(const ServiceOpening& opening)
{
    IptablesRule rule = accept_in(input_chain_of_ufw(opening.ipv6), opening.tag);
    rule.in = opening.bridge;
    rule.protocol = opening.protocol;
    rule.ports = {opening.port, opening.port};
    return {{opening.ipv6, "filter"}, {}, {rule}};
}

IptablesForm form_of(const LoopbackGuard& guard)
{
    const IptablesTable table = {false, "raw"};
    IptablesRule from;
    from.chain = main_chain;
    from.in = guard.bridge;
    from.comment = guard.tag;
    from.target = "DROP";
    IptablesRule to = from;
    from.source = ipv4_loopback;
    to.destination = ipv4_loopback;
    return {table, {chain_named(table, main_chain)}, {from, to}};
}

} // namespace

IpNetwork block_of(const IpNetwork& network)
{
    const unsigned length = network.prefix_length;
    if (network.base.ipv6)
        return network_of(network.base, length >= 64 ? 64 : length - length % 8);
    return network_of(network.base, std::min(length, 24U));
}

std::string chain_of(const IpNetwork& block)
{
    const std::string prefix = std::string(main_chain) + "-";
    if (!block.base.ipv6)
        return prefix + to_string(block);
    std::string digits;
    for (unsigned i = 0; i < block.prefix_length / 8; ++i) {
        digits += "0123456789abcdef"[block.base.bytes.at(i) >> 4U];
        digits += "0123456789abcdef"[block.base.bytes.at(i) & 0xfU];
    }
    return prefix + digits + (block.prefix_length == 64 ? "" : "/" + std::to_string(block.prefix_length));
}

IptablesChain chain_named(const IptablesTable& table, const std::string& name)
{
    if (name == ports_chain)
        return nat_ports_chain(table.ipv6);
    if (name == hairpin_chain)
        return nat_hairpin_chain();
    if (name != main_chain)
        return {name, {jump(main_chain, name)}, {}};
    return table.name == "nat"      ? nat_main_chain(table.ipv6)
           : table.name == "filter" ? filter_main_chain()
                                    : raw_main_chain();
}

IptablesRule closing_return(const std::string& chain)
{
    return jump(chain, "RETURN");
}

std::string forward_chain_of(Gatekeeper gatekeeper, bool ipv6)
{
    if (gatekeeper == Gatekeeper::docker)
        return "DOCKER-USER";
    return ipv6 ? "ufw6-user-forward" : "ufw-user-forward";
}

std::vector<std::string> gate_chains(bool ipv6)
{
    return {forward_chain_of(Gatekeeper::docker, ipv6), forward_chain_of(Gatekeeper::ufw, ipv6),
            input_chain_of_ufw(ipv6)};
}

IptablesForm iptables_form(const Rule& rule)
{
    return std::visit([](const auto& any) { return form_of(any); }, rule);
}

std::vector<IptablesForm> iptables_forms(const std::vector<Rule>& rules)
{
    std::vector<IptablesForm> forms;
    forms.reserve(rules.size());
    for (const Rule& rule : rules)
        forms.push_back(iptables_form(rule));
    const auto appended = std::stable_partition(forms.begin(), forms.end(), [](const IptablesForm& form) {
        return form.rules.front().position.has_value();
    });
    std::reverse(forms.begin(), appended);
    return forms;
}

} // namespace uplink
