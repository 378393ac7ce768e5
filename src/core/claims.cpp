// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/claims.h"

#include "core/error.h"
#include "core/shared.h"

#include <algorithm>

namespace uplink
{

namespace
{

constexpr const char* all_addresses = "any";

/// What a container publishes, as far as its key tells.
std::optional<Publication> publication_of(const std::string& key)
{
    const std::vector<std::string> words = words_of_key(key);
    if (words.size() != 4 || words[0] != "port")
        return std::nullopt;
    const auto protocol = parse_protocol(words[1]);
    const auto ports = parse_ports(words[3]);
    if (!protocol || !ports)
        return std::nullopt;
    return Publication{*protocol, address_of_key_word(words[2]), *ports, {}};
}

/// Whether both speak of one shared masquerading, and want it done in different ways.
bool differ(const std::vector<std::string>& left, const std::vector<std::string>& right)
{
    constexpr std::size_t identity = 4; // what, bridge, network and interface
    return left != right && left[0] == "masquerade" && left.size() >= identity && right.size() >= identity &&
           std::equal(left.begin(), left.begin() + identity, right.begin());
}

/// Whether both begin with the same word, so that most pairs need no closer look.
bool are_of_a_kind(const std::string& left, const std::string& right)
{
    const auto size = left.find(':') + 1;
    return left.compare(0, size, right, 0, size) == 0;
}

bool is_rival(const std::string& wanted, const std::string& key)
{
    if (!are_of_a_kind(wanted, key))
        return false;
    if (wanted == key)
        return key.rfind("address:", 0) == 0 || key.rfind("port:", 0) == 0 || key.rfind("source:", 0) == 0;
    const auto port = publication_of(wanted);
    const auto other = publication_of(key);
    return (port && other && overlap(*port, *other)) || differ(words_of_key(wanted), words_of_key(key));
}

/// "bridge br0" or "NIC eth0", whichever the spec has.
std::string name_of_place(const std::string& place, const ContainerSpec& spec)
{
    const bool nic = std::any_of(spec.macvlans.begin(), spec.macvlans.end(),
                                 [&place](const MacvlanSpec& macvlan) { return macvlan.link == place; });
    return (nic ? "NIC " : "bridge ") + place;
}

std::string refusal(const std::string& key, const std::string& holder, const ContainerSpec& spec)
{
    const std::vector<std::string> words = words_of_key(key);
    if (const auto port = publication_of(key))
        return "port " + text_of_port(port->address, port->ports, port->protocol) +
               " is published for the running container " + holder + ": choose another port of the host's";
    if (words[0] == "masquerade")
        return name_of_key(key) +
               " is done with other options (snat-to, masquerade-ports, random-fully) for the "
               "running container " +
               holder + ": give both the same, or this one a static address";
    if (words[0] == "source")
        return "an address of this container is that of the running container " + holder +
               " on another bridge, and nftables masquerades an address for one container: give one of the "
               "two "
               "another address, or say firewall = iptables";
    const auto address = address_of_key_word(words[2]);
    return "address " + (address ? to_string(*address) : words[2]) + " on " + name_of_place(words[1], spec) +
           " belongs to the running container " + holder + ": give one of the two another address";
}

std::string name_of(const Listener& listener)
{
    if (listener.pid == 0)
        return "a program of the host's";
    return (listener.program.empty() ? "a program" : listener.program) + " (pid " +
           std::to_string(listener.pid) + ")";
}

} // namespace

std::vector<AddressClaim> address_claims(const ContainerSpec& spec)
{
    std::vector<AddressClaim> claims;
    for (const NicSpec& nic : spec.nics) {
        for (const Ipv4Interface& interface : nic.addresses)
            claims.push_back({nic.bridge, interface.address});
        for (const Ipv6Interface& interface : nic.ipv6_addresses)
            claims.push_back({nic.bridge, IpInterface(interface).address});
    }
    for (const MacvlanSpec& macvlan : spec.macvlans)
        for (const Ipv4Interface& interface : macvlan.addresses)
            claims.push_back({macvlan.link, interface.address});
    return claims;
}

std::string key_of(const AddressClaim& claim)
{
    return "address:" + claim.place + ":" + key_word(claim.address);
}

std::string key_of(const Publication& publication)
{
    return "port:" + to_string(publication.protocol) + ":" +
           (publication.address ? key_word(*publication.address) : all_addresses) + ":" +
           to_string(publication.ports);
}

Keys claim_keys(const ContainerSpec& spec, Engine engine)
{
    Keys keys;
    for (const AddressClaim& claim : address_claims(spec)) {
        keys.insert(key_of(claim));
        if (engine == Engine::nftables && spec.mode == Mode::nat)
            keys.insert("source:" + key_word(claim.address));
    }
    for (const Publication& publication : spec.publish)
        keys.insert(key_of(publication));
    for (const MacvlanSpec& macvlan : spec.macvlans)
        keys.insert(key_of_parent(macvlan.link));
    return keys;
}

Keys contested_keys(const Keys& wanted, const Keys& keys)
{
    Keys rivals;
    for (const std::string& key : keys)
        if (std::any_of(wanted.begin(), wanted.end(),
                        [&key](const std::string& each) { return is_rival(each, key); }))
            rivals.insert(key);
    return rivals;
}

void check_claims(const ContainerSpec& spec, const std::map<std::string, std::string>& holders)
{
    if (!holders.empty())
        throw Error(refusal(holders.begin()->first, holders.begin()->second, spec));
}

void check_listeners(const std::vector<Listener>& listeners)
{
    if (listeners.empty())
        return;
    const Listener& listener = listeners.front();
    throw Error("port " + text_of_port(listener.address, {listener.port, listener.port}, listener.protocol) +
                ", which option publish names, is in use by " + name_of(listener) +
                ": stop it, or choose another port of the host's");
}

} // namespace uplink
