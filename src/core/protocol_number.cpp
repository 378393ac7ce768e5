// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/protocol_number.h"

#include "core/address.h"

#include <map>

namespace uplink
{

std::optional<std::uint8_t> protocol_number(const std::string& name)
{
    static const std::map<std::string, std::uint8_t> numbers = {
        {"icmp", 1},  {"igmp", 2},     {"ipencap", 4}, {"tcp", 6},    {"udp", 17},    {"dccp", 33},
        {"ipv6", 41}, {"gre", 47},     {"esp", 50},    {"ah", 51},    {"icmpv6", 58}, {"ipv6-icmp", 58},
        {"ospf", 89}, {"ipcomp", 108}, {"vrrp", 112},  {"l2tp", 115}, {"sctp", 132},  {"udplite", 136}};
    if (const auto found = numbers.find(name); found != numbers.end())
        return found->second;
    const auto number = parse_number(name, UINT8_MAX);
    return number ? std::optional(static_cast<std::uint8_t>(*number)) : std::nullopt;
}

std::uint8_t protocol_number(Protocol protocol)
{
    switch (protocol) {
    case Protocol::tcp:
        return 6;
    case Protocol::udp:
        return 17;
    case Protocol::sctp:
        return 132;
    }
    return 0;
}

} // namespace uplink
