// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/shared.h"

#include "core/error.h"

#include <algorithm>

namespace uplink
{

namespace
{

// Keys are folder names: no slash. No interface name has a colon.
constexpr char separator = ':';

/// "192.0.2.1,1024-2047,random"; empty where all is as usual.
std::string key_word(const SourceNat& nat)
{
    if (nat == SourceNat{})
        return "";
    return (nat.to ? key_word(*nat.to) : "") + "," + (nat.ports ? to_string(*nat.ports) : "") + "," +
           (nat.random_fully ? "random" : "");
}

std::optional<SourceNat> nat_of_key_word(const std::string& word)
{
    const auto first = word.find(',');
    const auto second = word.find(',', first + 1);
    if (first == std::string::npos || second == std::string::npos)
        return std::nullopt;
    SourceNat nat;
    nat.to = address_of_key_word(word.substr(0, first));
    nat.ports = parse_ports(word.substr(first + 1, second - first - 1));
    nat.random_fully = word.substr(second + 1) == "random";
    return nat;
}

/// Whichever engine has it: the key does not tell.
Step shared_removal(const Rule& rule)
{
    return {Action::remove, RuleSet{{rule}, std::nullopt}};
}

/// The removal of what the words after "masquerade" stand for.
std::optional<Step> removal_of_masquerade(const std::vector<std::string>& words)
{
    const auto network = network_of_key_word(words[2]);
    const auto nat = words.size() == 5 ? nat_of_key_word(words[4]) : SourceNat{};
    if (!network || !nat)
        return std::nullopt;
    return shared_removal(MasqueradeRule{*network, *network, words[3], shared_tag(words[1]), *nat});
}

/// The opening that the words of a key stand for.
std::optional<Rule> opening_of(const std::vector<std::string>& words)
{
    const bool forward = words.size() == 7 && words[0] == "opening";
    if (!forward && (words.size() != 6 || words[0] != "service"))
        return std::nullopt;
    const auto gatekeeper = parse_gatekeeper(words[2]);
    const std::string tag = shared_tag(words[1]);
    if (forward) {
        const auto container = network_of_key_word(words[3]);
        if (!gatekeeper || !container)
            return std::nullopt;
        return ForwardOpening{*gatekeeper,        *container, words[1], words[4] == "bridged",
                              words[5] == "open", words[6],   tag};
    }
    const auto protocol = parse_protocol(words[4]);
    const auto port = parse_ports(words[5]);
    if (!gatekeeper || !protocol || !port)
        return std::nullopt;
    return ServiceOpening{*gatekeeper, words[1], words[3] == "ipv6", *protocol, port->first, tag};
}

} // namespace

std::vector<std::string> words_of_key(const std::string& key)
{
    std::vector<std::string> words(1);
    for (const char c : key) {
        if (c == separator)
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

std::string key_word(const IpAddress& address)
{
    std::string word = to_string(address);
    std::replace(word.begin(), word.end(), ':', '_');
    return word;
}

std::string key_word(const IpNetwork& network)
{
    return key_word(network.base) + "-" + std::to_string(network.prefix_length);
}

std::optional<IpAddress> address_of_key_word(std::string word)
{
    std::replace(word.begin(), word.end(), '_', ':');
    return parse_ip_address(word);
}

std::optional<IpNetwork> network_of_key_word(std::string word)
{
    std::replace(word.begin(), word.end(), '-', '/');
    std::replace(word.begin(), word.end(), '_', ':');
    return parse_ip_network(word);
}

std::string key_of(const Bridge& bridge)
{
    return "bridge:" + bridge.name;
}

std::string key_of(const DhcpGuard& guard)
{
    return "dhcp-guard:" + guard.nic + ":" + guard.bridge + ":" + to_string(guard.type);
}

std::string key_of(const UplinkMove& move)
{
    return key_of_uplink(move.nic);
}

std::string key_of_uplink(const std::string& nic)
{
    return "uplink:" + nic;
}

std::string key_of_parent(const std::string& nic)
{
    return "macvlan:" + nic;
}

std::string key_of(const RouteLocalnet& localnet)
{
    return "route-localnet:" + localnet.bridge;
}

std::string key_of(Engine engine)
{
    return "engine:" + to_string(engine);
}

std::optional<std::string> shared_key_of(const Rule& rule)
{
    const std::string prefix = shared_tag("");
    const std::string& tag = tag_of(rule);
    if (tag.compare(0, prefix.size(), prefix) != 0)
        return std::nullopt;
    const std::string bridge = tag.substr(prefix.size());
    return std::visit(
        overloaded{
            [&](const MasqueradeRule& masquerade) {
                const std::string nat = key_word(masquerade.nat);
                return "masquerade:" + bridge + ":" + key_word(masquerade.source) + ":" + masquerade.out +
                       (nat.empty() ? "" : ":" + nat);
            },
            [&](const PublishedPort& port) { return "published:" + bridge + ":" + to_string(port.ports); },
            [&](const InboundRule& inbound) {
                return "inbound:" + bridge + ":" + key_word(inbound.destination);
            },
            [&](const LoopbackGuard&) { return "loopback-guard:" + bridge; },
            [&](const ForwardOpening& opening) {
                return "opening:" + bridge + ":" + to_string(opening.gatekeeper) + ":" +
                       key_word(opening.container) + ":" + (opening.bridged ? "bridged" : "forwarded") + ":" +
                       (opening.open ? "open" : "") + ":" + opening.zone;
            },
            [&](const ServiceOpening& opening) {
                return "service:" + bridge + ":" + to_string(opening.gatekeeper) + ":" +
                       (opening.ipv6 ? "ipv6" : "ipv4") + ":" + to_string(opening.protocol) + ":" +
                       std::to_string(opening.port);
            },
        },
        rule);
}

bool is_shared_rule_of(const std::string& bridge, const std::string& key)
{
    const auto removal = removal_of(key);
    const auto* set = removal ? std::get_if<RuleSet>(&removal->resource) : nullptr;
    return set != nullptr && tag_of(set->rules.front()) == shared_tag(bridge);
}

Keys shared_keys(const Plan& plan)
{
    Keys keys;
    for (const Step& step : plan) {
        if (const auto* bridge = std::get_if<Bridge>(&step.resource))
            keys.insert(key_of(*bridge));
        if (const auto* guard = std::get_if<DhcpGuard>(&step.resource))
            keys.insert(key_of(*guard));
        if (const auto* move = std::get_if<UplinkMove>(&step.resource))
            keys.insert(key_of(*move));
        if (const auto* localnet = std::get_if<RouteLocalnet>(&step.resource))
            keys.insert(key_of(*localnet));
        if (const auto* set = std::get_if<RuleSet>(&step.resource)) {
            if (set->engine && std::none_of(set->rules.begin(), set->rules.end(), is_opening))
                keys.insert(key_of(*set->engine));
            for (const Rule& rule : set->rules)
                if (const auto key = shared_key_of(rule))
                    keys.insert(*key);
        }
    }
    return keys;
}

std::string name_of_key(const std::string& key)
{
    const std::vector<std::string> words = words_of_key(key);
    if (words.size() == 2 && words[0] == "bridge")
        return "bridge " + words[1];
    if (words.size() == 2 && words[0] == "uplink")
        return "uplink " + words[1];
    if (words.size() == 4 && words[0] == "dhcp-guard")
        return "the DHCP guard of " + words[1];
    if ((words.size() == 4 || words.size() == 5) && words[0] == "masquerade")
        if (const auto network = network_of_key_word(words[2]))
            return "masquerading of " + to_string(*network) + (words[3].empty() ? "" : " by " + words[3]);
    if (words.size() == 3 && words[0] == "inbound")
        if (const auto network = network_of_key_word(words[2]))
            return "the guard against what comes in to " + to_string(*network);
    if (words.size() == 2 && words[0] == "loopback-guard")
        return "the guard of 127.0.0.0/8 against what comes from " + words[1];
    if (const auto opening = opening_of(words))
        return "the opening of " + words[2] + " for bridge " + words[1];
    if (words.size() == 2 && words[0] == "route-localnet")
        return "route_localnet of " + words[1] + ", for ports at 127.0.0.1,";
    return key;
}

std::optional<Step> removal_of(const std::string& key)
{
    const std::vector<std::string> words = words_of_key(key);
    if (words.size() == 2 && words[0] == "bridge")
        return Step{Action::remove, Bridge{words[1], "", {}, {}, true}};
    if (words.size() == 2 && words[0] == "uplink") {
        UplinkMove move;
        move.nic = words[1];
        return Step{Action::remove, move};
    }
    if (words.size() == 4 && words[0] == "dhcp-guard") {
        const bool openvswitch = words[3] == to_string(BridgeType::openvswitch);
        return Step{Action::remove,
                    DhcpGuard{words[1], words[2],
                              openvswitch ? BridgeType::openvswitch : BridgeType::linux_bridge, ""}};
    }
    if ((words.size() == 4 || words.size() == 5) && words[0] == "masquerade")
        return removal_of_masquerade(words);
    if (words.size() == 3 && words[0] == "inbound")
        if (const auto network = network_of_key_word(words[2]))
            return shared_removal(InboundRule{*network, words[1], false, shared_tag(words[1])});
    if (words.size() == 2 && words[0] == "loopback-guard")
        return shared_removal(LoopbackGuard{words[1], shared_tag(words[1])});
    if (words.size() == 2 && words[0] == "route-localnet")
        return Step{Action::remove, RouteLocalnet{words[1]}};
    if (const auto opening = opening_of(words))
        return shared_removal(*opening);
    return std::nullopt;
}

} // namespace uplink
