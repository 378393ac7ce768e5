// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/json_values.h"

#include "core/error.h"

#include <charconv>
#include <string_view>

namespace uplink
{

std::string escaped(const std::string& text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte <= '~' && c != '%')
            result += c;
        else
            result += {'%', digits[byte / 16], digits[byte % 16]};
    }
    return result;
}

std::string unescaped(const std::string& text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text[i] == '%' && text.size() - i > 2 &&
            std::from_chars(&text[i + 1], &text[i + 3], byte, 16).ptr == &text[i + 3]) {
            result += static_cast<char>(byte);
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

OrderedJson json_or_null(const std::optional<unsigned>& number)
{
    return number ? OrderedJson(*number) : OrderedJson();
}

OrderedJson json_or_null(const std::optional<IpAddress>& address)
{
    return address ? OrderedJson(to_string(*address)) : OrderedJson();
}

OrderedJson json_or_null(const std::optional<PortRange>& ports)
{
    return ports ? OrderedJson{ports->first, ports->last} : OrderedJson();
}

std::string name_of(const OrderedJson& json)
{
    return unescaped(json.get<std::string>());
}

Ipv4Interface ipv4_of(const OrderedJson& json)
{
    const auto interface = parse_ipv4_interface(json.get<std::string>());
    if (!interface)
        throw Error("it holds a bad address");
    return *interface;
}

Ipv6Interface ipv6_of(const OrderedJson& json)
{
    const auto text = json.get<std::string>();
    const auto slash = text.find('/');
    const auto prefix_length = parse_number(slash == std::string::npos ? "" : text.substr(slash + 1), 128);
    if (!prefix_length)
        throw Error("it holds a bad address");
    return {text.substr(0, slash), static_cast<unsigned>(*prefix_length)};
}

IpAddress address_of(const OrderedJson& json)
{
    const auto address = parse_ip_address(json.get<std::string>());
    if (!address)
        throw Error("it holds a bad address");
    return *address;
}

IpNetwork network_of(const OrderedJson& json)
{
    const auto network = parse_ip_network(json.get<std::string>());
    if (!network)
        throw Error("it holds a bad network");
    return *network;
}

PortRange ports_of(const OrderedJson& json)
{
    return {json.at(0), json.at(1)};
}

Protocol protocol_of(const OrderedJson& json)
{
    for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp})
        if (json == to_string(protocol))
            return protocol;
    throw Error("it holds an unknown protocol");
}

Engine engine_of(const OrderedJson& json)
{
    const auto engine = parse_engine(json.get<std::string>());
    if (!engine)
        throw Error("it holds an unknown engine");
    return *engine;
}

BridgeType type_of(const OrderedJson& json)
{
    return json == to_string(BridgeType::openvswitch) ? BridgeType::openvswitch : BridgeType::linux_bridge;
}

std::optional<unsigned> number_or_none(const OrderedJson& json)
{
    return json.is_null() ? std::nullopt : std::optional<unsigned>(json.get<unsigned>());
}

std::optional<IpAddress> address_or_none(const OrderedJson& json)
{
    return json.is_null() ? std::nullopt : std::optional(address_of(json));
}

std::optional<PortRange> ports_or_none(const OrderedJson& json)
{
    return json.is_null() ? std::nullopt : std::optional(ports_of(json));
}

} // namespace uplink
