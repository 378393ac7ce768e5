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

std::string folder_name(const Ipv4Network& network)
{
    return to_string(network.base) + "-" + std::to_string(network.prefix_length);
}

std::optional<Ipv4Network> network_of_folder_name(std::string text)
{
    std::replace(text.begin(), text.end(), '-', '/');
    const auto interface = parse_ipv4_interface(text);
    if (!interface)
        return std::nullopt;
    return network_of(*interface);
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

std::optional<std::string> shared_key_of(const MasqueradeRule& rule)
{
    const std::string prefix = shared_tag("");
    if (rule.tag.compare(0, prefix.size(), prefix) != 0)
        return std::nullopt;
    return "masquerade:" + rule.tag.substr(prefix.size()) + ":" + folder_name(rule.source) + ":" + rule.out;
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
        if (const auto* masquerade = std::get_if<Masquerade>(&step.resource))
            for (const MasqueradeRule& rule : masquerade->rules)
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
            claims.push_back({"bridge", nic.bridge, interface.address});
    for (const MacvlanSpec& macvlan : spec.macvlans)
        for (const Ipv4Interface& interface : macvlan.addresses)
            claims.push_back({"NIC", macvlan.link, interface.address});
    return claims;
}

std::string key_of(const AddressClaim& claim)
{
    return "address:" + claim.place + ":" + to_string(claim.address);
}

Keys claim_keys(const ContainerSpec& spec)
{
    Keys keys;
    for (const AddressClaim& claim : address_claims(spec))
        keys.insert(key_of(claim));
    for (const MacvlanSpec& macvlan : spec.macvlans)
        keys.insert(key_of_parent(macvlan.link));
    return keys;
}

void check_claims(const ContainerSpec& spec, const std::map<std::string, std::string>& holders)
{
    for (const AddressClaim& claim : address_claims(spec)) {
        const auto holder = holders.find(key_of(claim));
        if (holder != holders.end())
            throw Error("address " + to_string(claim.address) + " on " + claim.kind + " " + claim.place +
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
        return Step{Action::remove,
                    DhcpGuard{words[1], words[2],
                              openvswitch ? BridgeType::openvswitch : BridgeType::linux_bridge, ""}};
    }
    if (words.size() == 4 && words[0] == "masquerade")
        if (const auto network = network_of_folder_name(words[2]))
            return Step{Action::remove, Masquerade{{{*network, *network, words[3], shared_tag(words[1])}}}};
    return std::nullopt;
}

} // namespace uplink
