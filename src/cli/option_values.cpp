// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/option_values.h"

#include "core/error.h"
#include "core/spec.h"

#include <algorithm>

namespace uplink
{

namespace
{

/// "192.0.2.1" or "[2001:db8::1]"; nothing for any other text.
std::optional<IpAddress> parse_bracketed(const std::string& text)
{
    const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
    const auto address = parse_ip_address(bracketed ? text.substr(1, text.size() - 2) : text);
    return address && address->ipv6 == bracketed ? address : std::nullopt;
}

std::string checked_interface_name(const std::string& word, const std::string& example)
{
    if (const auto fault = fault_of_interface_name(word))
        throw Error("\"" + word + "\" is not an interface name (" + *fault + "): write for example " +
                    example);
    return word;
}

/// Whether text that parse_ports() cannot read is that for its order alone.
bool is_reversed(const std::string& text)
{
    const auto dash = text.find('-');
    return dash != std::string::npos && parse_ports(text.substr(dash + 1) + "-" + text.substr(0, dash));
}

} // namespace

void validate(boost::any& value, const std::vector<std::string>& words, InterfaceName*, int)
{
    value = InterfaceName{checked_interface_name(words.front(), "br0")};
}

void validate(boost::any& value, const std::vector<std::string>& words, NicName*, int)
{
    value = NicName{checked_interface_name(words.front(), "eth0")};
}

void validate(boost::any& value, const std::vector<std::string>& words, YesNo*, int)
{
    const std::string& word = words.front();
    if (word != "yes" && word != "no")
        throw Error("\"" + word + "\" is neither yes nor no");
    value = YesNo{word == "yes"};
}

void validate(boost::any& value, const std::vector<std::string>& words, AutoOff*, int)
{
    const std::string& word = words.front();
    if (word != "auto" && word != "off")
        throw Error("\"" + word +
                    "\" is neither auto (the firewalls of others are opened for the container) nor off");
    value = AutoOff{word == "auto"};
}

void validate(boost::any& value, const std::vector<std::string>& words, NicIndex*, int)
{
    const std::string& word = words.front();
    const auto index = parse_number(word, 4095);
    if (!index)
        throw Error("\"" + word + "\" is not the number of a NIC: write N of lxc.net.N, for example 0");
    value = NicIndex{static_cast<unsigned>(*index)};
}

void validate(boost::any& value, const std::vector<std::string>& words, Seconds*, int)
{
    const std::string& word = words.front();
    constexpr unsigned most = 300; // LXC waits for its hook
    const auto count = parse_number(word, most);
    if (!count || *count == 0)
        throw Error("\"" + word + "\" is not a number of seconds from 1 to 300: write for example 10");
    value = Seconds{static_cast<unsigned>(*count)};
}

void validate(boost::any& value, const std::vector<std::string>& words, BridgeType*, int)
{
    const std::string& word = words.front();
    if (word == to_string(BridgeType::linux_bridge))
        value = BridgeType::linux_bridge;
    else if (word == to_string(BridgeType::openvswitch))
        value = BridgeType::openvswitch;
    else
        throw Error("\"" + word + "\" is not a type of bridge: write linux or openvswitch");
}

void validate(boost::any& value, const std::vector<std::string>& words, std::optional<Engine>*, int)
{
    const std::string& word = words.front();
    if (word == "auto")
        value = std::optional<Engine>();
    else if (word == to_string(Engine::iptables))
        value = std::optional(Engine::iptables);
    else if (word == to_string(Engine::nftables))
        value = std::optional(Engine::nftables);
    else
        throw Error("\"" + word + "\" is not a firewall: write auto, iptables or nftables");
}

void validate(boost::any& value, const std::vector<std::string>& words, Inbound*, int)
{
    const std::string& word = words.front();
    if (word == to_string(Inbound::published))
        value = Inbound::published;
    else if (word == to_string(Inbound::any))
        value = Inbound::any;
    else
        throw Error("\"" + word + "\" is not what may come in: write published or any");
}

void validate(boost::any& value, const std::vector<std::string>& words, Ports*, int)
{
    const std::string& word = words.front();
    const auto range = parse_ports(word);
    const bool single = range && word.find('-') == std::string::npos;
    if (!range || single)
        throw Error("\"" + word + "\" is not a range of ports (" +
                    (single              ? "one port would be one connection at a time"
                     : is_reversed(word) ? "it begins after its end"
                                         : "a port is a number from 1 to 65535") +
                    "): write for example 32768-60999");
    value = Ports{*range};
}

void validate(boost::any& value, const std::vector<std::string>& words, Mode*, int)
{
    const std::string& word = words.front();
    if (word == "nat")
        value = Mode::nat;
    else if (word == "direct")
        value = Mode::direct;
    else if (word == "none")
        value = Mode::none;
    else
        throw Error("\"" + word + "\" is not a mode: write nat, direct or none");
}

BridgeAddress parse_bridge_address(const std::string& word)
{
    if (const auto ipv4 = parse_ipv4_interface(word)) {
        if (!is_host_address(*ipv4))
            throw Error("\"" + word + "\" is no address that a host can have: write for example 10.0.3.1/24");
        return *ipv4;
    }
    if (auto ipv6 = parse_ipv6_interface(word))
        return *std::move(ipv6);
    throw Error("\"" + word + "\" is not an address with a prefix length: write for example 10.0.3.1/24");
}

Publication parse_publication(const std::string& word)
{
    const auto refusal = [&word](const std::string& why) {
        return Error("\"" + word + "\" is not a port to publish (" + why +
                     "): write for example 8080:80, 192.0.2.1:5300-5310:53-63/udp or [2001:db8::1]:443:443");
    };
    Publication publication;
    std::string text = word;
    if (const auto slash = text.find('/'); slash != std::string::npos) {
        const auto protocol = parse_protocol(text.substr(slash + 1));
        if (!protocol)
            throw refusal("the protocol is none of tcp, udp, sctp");
        publication.protocol = *protocol;
        text.erase(slash);
    }
    const auto ports_in = [&refusal](const std::string& part, const std::string& whose, const char* fault) {
        if (const auto range = parse_ports(part))
            return *range;
        throw refusal(whose + (is_reversed(part) ? " range " + part + " begins after its end" : fault));
    };
    const auto last = text.rfind(':');
    publication.to = ports_in(last == std::string::npos ? "" : text.substr(last + 1), "the container's",
                              " port is missing or none from 1 to 65535");
    text.erase(std::min(last, text.size()));
    const auto before = text.rfind(':');
    publication.ports = ports_in(before == std::string::npos ? text : text.substr(before + 1), "the host's",
                                 " port is none from 1 to 65535");
    if (publication.ports.last - publication.ports.first != publication.to.last - publication.to.first)
        throw refusal("the ranges differ in length");
    if (before != std::string::npos) {
        publication.address = parse_bracketed(text.substr(0, before));
        if (!publication.address)
            throw refusal("the address is none, or IPv6 without brackets");
        if (publication.address->ipv6 && is_loopback(*publication.address))
            throw refusal("no packet can be sent on from ::1, so nothing can be published there");
        if (is_unspecified(*publication.address))
            throw Error(
                "\"" + word + "\" is not a port to publish (" + to_string(*publication.address) +
                " is no address of the host's): leave it out to publish at all that the host has, as in " +
                word.substr(before + 1));
        if (is_multicast(*publication.address) || publication.address == parse_ip_address("255.255.255.255"))
            throw refusal("no host has the address " + to_string(*publication.address) + " to itself");
    }
    return publication;
}

IpAddress parse_source_address(const std::string& word)
{
    const auto address = parse_ip_address(word);
    if (!address || is_loopback(*address) || is_link_local(*address) || is_unspecified(*address) ||
        is_multicast(*address))
        throw Error("\"" + word + "\" is not an address that others can answer: write for example 192.0.2.1");
    return *address;
}

} // namespace uplink
