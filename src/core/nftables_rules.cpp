// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/nftables_rules.h"

#include "core/error.h"
#include "core/protocol_number.h"
#include "core/resource.h"

#include <algorithm>

namespace uplink
{

namespace
{

constexpr const char* with_ports = "meta l4proto { 6, 17, 132 } ";

std::string family_of(const IpAddress& address)
{
    return address.ipv6 ? "ip6" : "ip";
}

std::string suffix_of(const IpAddress& address)
{
    return address.ipv6 ? "6" : "4";
}

/// In double quotes, within which nft has no escapes; a * at the end would be a wildcard.
std::string nft_name(const std::string& name)
{
    if (name.empty() || name.find_first_of("\"*\\") != std::string::npos)
        throw NothingChanged("nft takes no interface of the name " + name +
                             ": rename it, or set firewall = iptables");
    return '"' + name + '"';
}

std::string comment_of(const std::string& tag)
{
    if (tag.find('"') != std::string::npos)
        throw NothingChanged("nft takes no double quote in the container's name: rename it, or set "
                             "firewall = iptables");
    return " comment \"" + tag + '"';
}

NftablesValue value_of(const IpAddress& address)
{
    return {to_string(address), bytes_of_address(address)};
}

NftablesValue value_of(Protocol protocol)
{
    // By number, since nft 1.0.6 knows their names from /etc/protocols alone, which is no part of a minimal
    // system.
    const unsigned number = protocol_number(protocol);
    return {std::to_string(number), {static_cast<char>(number), 0, 0, 0}};
}

NftablesValue value_of(const PortRange& ports)
{
    return {to_string(ports), {static_cast<char>(ports.first >> 8U), static_cast<char>(ports.first), 0, 0}};
}

NftablesValue value_of_interface(const std::string& name)
{
    constexpr std::size_t size = 16; // IFNAMSIZ
    std::string bytes = name;
    bytes.resize(size);
    return {nft_name(name), bytes};
}

NftablesValue leading_to(const std::string& verdict, const std::string& policy)
{
    return {verdict + " " + policy, policy};
}

NftablesValue operator+(const NftablesValue& left, const NftablesValue& right)
{
    return {left.text + " . " + right.text, left.bytes + right.bytes};
}

// Names of policies
// ----------------------------------------------------------------------------------------------------

/// nft takes letters, digits and / - _ . in a chain's name.
std::string chain_word(std::string text)
{
    std::replace(text.begin(), text.end(), ':', '_');
    return text;
}

/// No interface has a / in its name, which therefore escapes what nft does not take.
std::string chain_word_of_interface(const std::string& name)
{
    constexpr const char* digits = "0123456789abcdef";
    std::string word;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.';
        word += plain ? std::string(1, c) : std::string{'/', digits[byte >> 4U], digits[byte & 0xfU]};
    }
    return word;
}

constexpr const char* open_policy = "leave-alone";
constexpr const char* loopback_policy = "refuse-loopback";

std::string policy_of(const MasqueradeRule& rule)
{
    return "leaving-" + chain_word(to_string(rule.inside)) +
           (rule.nat.to ? "-as-" + chain_word(to_string(*rule.nat.to)) : "") +
           (rule.nat.ports ? "-ports-" + to_string(*rule.nat.ports) : "") +
           (rule.nat.random_fully ? "-random" : "");
}

std::string policy_of(const PublishedPort& port)
{
    return "hairpin-" + chain_word(to_string(port.inside));
}

std::string policy_of(const InboundRule& rule)
{
    return rule.open ? open_policy : "guard-" + chain_word_of_interface(rule.bridge);
}

std::string policy_of(const LoopbackGuard&)
{
    return loopback_policy;
}

// Their rules
// ----------------------------------------------------------------------------------------------------------

std::string place_of(const IpAddress& address, const std::string& ports)
{
    const std::string text = to_string(address);
    return (address.ipv6 && !ports.empty() ? "[" + text + "]" : text) + ports;
}

std::vector<std::string> rules_of(const MasqueradeRule& rule)
{
    const IpAddress& base = rule.inside.base;
    const std::string leaving = family_of(base) + " daddr != " + to_string(rule.inside) + " ";
    const auto target = [&](const std::string& ports) {
        const std::string words = rule.nat.to
                                      ? "snat " + family_of(base) + " to " + place_of(*rule.nat.to, ports)
                                      : "masquerade" + (ports.empty() ? "" : " to " + ports);
        return words + (rule.nat.random_fully ? " fully-random" : "");
    };
    std::vector<std::string> rules;
    if (rule.nat.ports)
        rules.push_back(with_ports + leaving + target(":" + to_string(*rule.nat.ports)));
    rules.push_back(leaving + target(""));
    return rules;
}

std::vector<std::string> rules_of(const PublishedPort& port)
{
    const std::string saddr = family_of(port.to) + " saddr ";
    std::vector<std::string> rules = {saddr + to_string(port.inside) + " masquerade"};
    if (!port.to.ipv6)
        rules.push_back(saddr + "127.0.0.0/8 masquerade");
    return rules;
}

std::vector<std::string> rules_of(const InboundRule& rule)
{
    if (rule.open)
        return {"return"};
    return {"ct status dnat return", "iifname " + nft_name(rule.bridge) + " return", "drop"};
}

std::vector<std::string> rules_of(const LoopbackGuard&)
{
    return {"drop"};
}

/// Nothing for an opening, which is in somebody else's tables.
std::optional<NftablesChain> policy_chain(const Rule& rule)
{
    using Chain = std::optional<NftablesChain>;
    return std::visit(overloaded{
                          [](const ForwardOpening&) { return Chain(); },
                          [](const ServiceOpening&) { return Chain(); },
                          [](const auto& any) {
                              return Chain({policy_of(any), "", rules_of(any)});
                          },
                      },
                      rule);
}

// Elements
// -------------------------------------------------------------------------------------------------------------

bool is_host(const IpNetwork& network)
{
    return network.prefix_length == full_length(network.base);
}

NftablesValue value_of(const IpNetwork& network)
{
    return is_host(network) ? value_of(network.base)
                            : NftablesValue{to_string(network), value_of(network.base).bytes};
}

std::vector<NftablesElement> elements_of(const MasqueradeRule& rule)
{
    const std::string map = std::string(is_host(rule.source) ? "own" : "network") +
                            (rule.out.empty() ? "" : "_out") + suffix_of(rule.source.base);
    const NftablesValue source = value_of(rule.source);
    const std::string policy = policy_of(rule);
    return {{map, rule.out.empty() ? source : source + value_of_interface(rule.out),
             leading_to("jump", policy), rule.tag, policy}};
}

std::vector<NftablesElement> elements_of(const PublishedPort& port)
{
    const std::string policy = policy_of(port);
    std::vector<NftablesElement> elements;
    const auto add = [&](const std::string& kind, const PortRange& ports, const NftablesValue& to) {
        NftablesValue key = value_of(port.protocol) + value_of(ports);
        if (port.address)
            key = value_of(*port.address) + key;
        const std::string end = kind + suffix_of(port.to);
        elements.push_back({(port.address ? "bound" : "published") + end, key, to, port.tag, ""});
        elements.push_back({(port.address ? "hairpin_bound" : "hairpin") + end, key,
                            leading_to("goto", policy), port.tag, policy});
    };
    const bool shifted = port.ports != port.to_ports;
    if (port.ports.first != port.ports.last && !shifted) {
        add("_range", port.ports, value_of(port.to));
        return elements;
    }
    // nft leads all ports of a range to the same one when it leads them to others.
    for (unsigned i = 0; i <= static_cast<unsigned>(port.ports.last - port.ports.first); ++i) {
        const auto from = static_cast<std::uint16_t>(port.ports.first + i);
        const auto to = static_cast<std::uint16_t>(port.to_ports.first + i);
        add("", {from, from}, value_of(port.to) + value_of(PortRange{to, to}));
    }
    return elements;
}

std::vector<NftablesElement> elements_of(const InboundRule& rule)
{
    const std::string map = std::string(is_host(rule.destination) ? "inbound" : "inbound_network") +
                            suffix_of(rule.destination.base);
    const std::string policy = policy_of(rule);
    return {{map, value_of(rule.destination), leading_to("goto", policy), rule.tag, policy}};
}

std::vector<NftablesElement> elements_of(const ForwardOpening&)
{
    return {};
}

std::vector<NftablesElement> elements_of(const ServiceOpening&)
{
    return {};
}

std::vector<NftablesElement> elements_of(const LoopbackGuard& guard)
{
    return {{"loopback", value_of_interface(guard.bridge), leading_to("goto", loopback_policy), guard.tag,
             loopback_policy}};
}

} // namespace

bool is_nftables_policy(const std::string& chain)
{
    return chain.find('-') != std::string::npos;
}

std::vector<NftablesChain> nftables_policies(const std::vector<Rule>& rules)
{
    std::vector<NftablesChain> policies;
    for (const Rule& rule : rules) {
        auto policy = policy_chain(rule);
        if (policy && std::find(policies.begin(), policies.end(), *policy) == policies.end())
            policies.push_back(*std::move(policy));
    }
    return policies;
}

std::vector<NftablesElement> nftables_elements(const Rule& rule)
{
    return std::visit([](const auto& any) { return elements_of(any); }, rule);
}

std::string nftables_add_text(const NftablesElement& element)
{
    return std::string("add element inet ") + nftables_table + " " + element.map + " { " + element.key.text +
           comment_of(element.tag) + " : " + element.value.text + " }";
}

std::string nftables_delete_text(const std::string& map, const std::string& key)
{
    return std::string("delete element inet ") + nftables_table + " " + map + " { " + key + " }";
}

std::string nftables_words(const Rule& rule)
{
    const NftablesElement element = nftables_elements(rule).front();
    return element.map + " { " + element.key.text + " : " + element.value.text + " }";
}

} // namespace uplink
