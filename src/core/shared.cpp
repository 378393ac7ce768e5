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

std::string folder_name(const IpNetwork& network)
{
    std::string text = to_string(network);
    std::replace(text.begin(), text.end(), '/', '-');
    std::replace(text.begin(), text.end(), ':', '_');
    return text;
}

std::optional<IpNetwork> network_of_folder_name(std::string text)
{
    std::replace(text.begin(), text.end(), '-', '/');
    std::replace(text.begin(), text.end(), '_', ':');
    return parse_ip_network(text);
}

/// Whichever engine has it: the key does not tell.
Step shared_removal(const Rule& rule)
{
    return {Action::remove, RuleSet{{rule}, std::nullopt}};
}

std::vector<std::string> split(const std::string& key)
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

} // namespace

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
    return "uplink:" + move.nic;
}

std::string key_of(const RouteLocalnet& localnet)
{
    return "route-localnet:" + localnet.bridge;
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
                return "masquerade:" + bridge + ":" + folder_name(masquerade.source) + ":" + masquerade.out;
            },
            [&](const PublishedPort& port) { return "published:" + bridge + ":" + to_string(port.ports); },
            [&](const InboundRule& inbound) {
                return "inbound:" + bridge + ":" + folder_name(inbound.destination);
            },
            [&](const LoopbackGuard&) { return "loopback-guard:" + bridge; },
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
        if (const auto* set = std::get_if<RuleSet>(&step.resource))
            for (const Rule& rule : set->rules)
                if (const auto key = shared_key_of(rule))
                    keys.insert(*key);
    }
    return keys;
}

std::vector<AddressClaim> address_claims(const ContainerSpec& spec)
{
    std::vector<AddressClaim> claims;
    for (const NicSpec& nic : spec.nics)
        for (const Ipv4Interface& interface : nic.addresses)
            claims.push_back({nic.bridge, interface.address});
    return claims;
}

std::string key_of(const AddressClaim& claim)
{
    return "address:" + claim.bridge + ":" + to_string(claim.address);
}

Keys claim_keys(const ContainerSpec& spec)
{
    Keys keys;
    for (const AddressClaim& claim : address_claims(spec))
        keys.insert(key_of(claim));
    return keys;
}

void check_claims(const ContainerSpec& spec, const std::map<std::string, std::string>& holders)
{
    for (const AddressClaim& claim : address_claims(spec)) {
        const auto holder = holders.find(key_of(claim));
        if (holder != holders.end())
            throw Error("address " + to_string(claim.address) + " on bridge " + claim.bridge +
                        " belongs to the running container " + holder->second +
                        ": give one of the two another address");
    }
}

std::string name_of_key(const std::string& key)
{
    const std::vector<std::string> words = split(key);
    if (words.size() == 2 && words[0] == "bridge")
        return "bridge " + words[1];
    if (words.size() == 2 && words[0] == "uplink")
        return "uplink " + words[1];
    if (words.size() == 4 && words[0] == "dhcp-guard")
        return "the DHCP guard of " + words[1];
    if (words.size() == 4 && words[0] == "masquerade")
        if (const auto network = network_of_folder_name(words[2]))
            return "masquerading of " + to_string(*network) + (words[3].empty() ? "" : " by " + words[3]);
    if (words.size() == 3 && words[0] == "inbound")
        if (const auto network = network_of_folder_name(words[2]))
            return "the guard against what comes in to " + to_string(*network);
    if (words.size() == 2 && words[0] == "loopback-guard")
        return "the guard of the loopback address against bridge " + words[1];
    if (words.size() == 2 && words[0] == "route-localnet")
        return "the loopback address as a way into bridge " + words[1];
    return key;
}

std::optional<Step> removal_of(const std::string& key)
{
    const std::vector<std::string> words = split(key);
    if (words.size() == 2 && words[0] == "bridge")
        return Step{Action::remove, Bridge{words[1], "", {}, {}, true}};
    if (words.size() == 2 && words[0] == "uplink") {
        UplinkMove move;
        move.nic = words[1];
        return Step{Action::remove, move};
    }
    if (words.size() == 4 && words[0] == "dhcp-guard") {
        const bool openvswitch = words[3] == to_string(BridgeType::openvswitch);
        return Step{
            Action::remove,
            DhcpGuard{words[1], words[2], openvswitch ? BridgeType::openvswitch : BridgeType::linux_bridge}};
    }
    if (words.size() == 4 && words[0] == "masquerade")
        if (const auto network = network_of_folder_name(words[2]))
            return shared_removal(MasqueradeRule{*network, *network, words[3], shared_tag(words[1]), {}});
    if (words.size() == 3 && words[0] == "inbound")
        if (const auto network = network_of_folder_name(words[2]))
            return shared_removal(InboundRule{*network, words[1], false, shared_tag(words[1])});
    if (words.size() == 2 && words[0] == "loopback-guard")
        return shared_removal(LoopbackGuard{words[1], shared_tag(words[1])});
    if (words.size() == 2 && words[0] == "route-localnet")
        return Step{Action::remove, RouteLocalnet{words[1]}};
    return std::nullopt;
}

} // namespace uplink
