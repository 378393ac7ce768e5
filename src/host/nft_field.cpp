// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nft_field.h"

#include "core/protocol_number.h"
#include "host/nft_test.h"

#include <map>
#include <string>
#include <utility>

namespace uplink
{

namespace
{

using Json = nlohmann::json;

NftField unknown_field(const Json& expression, std::vector<PacketTest> implied = {})
{
    return {std::move(implied), [text = expression.dump()](const Json&) { return NotToBeTold{text}; }};
}

NftField meta_field(const Json& expression)
{
    using Fields = std::map<std::string, std::function<NftTest(const Json&)>>;
    static const Fields fields = {
        {"iifname", [](const Json& value) { return nft_interface_test(value, false); }},
        {"iif", [](const Json& value) { return nft_interface_test(value, false); }},
        {"oifname", [](const Json& value) { return nft_interface_test(value, true); }},
        {"oif", [](const Json& value) { return nft_interface_test(value, true); }},
        {"nfproto", nft_nfproto_test},
        {"protocol", nft_ethertype_test},
        {"l4proto", nft_protocol_test},
        {"pkttype", nft_frame_kind_test},
        {"mark", [](const Json& value) { return nft_mark_test(value, UINT32_MAX); }}};
    const auto found = fields.find(expression.at("meta").at("key").get<std::string>());
    return found == fields.end() ? unknown_field(expression) : NftField{{}, found->second};
}

NftField ct_field(const Json& expression)
{
    const Json& key = expression.at("ct").at("key");
    if (expression.at("ct").contains("dir"))
        return unknown_field(expression);
    if (key == "state")
        return {{}, nft_state_test};
    if (key == "status")
        return {{}, nft_status_test};
    if (key == "mark")
        return {{}, [](const Json& value) { return nft_mark_test(value, UINT32_MAX); }};
    return unknown_field(expression);
}

NftField fib_field(const Json& expression)
{
    const Json& fib = expression.at("fib");
    bool destination = false;
    bool of_interface = false;
    for (const Json& flag : fib.value("flags", Json::array())) {
        destination = destination || flag == "daddr";
        of_interface = of_interface || flag == "iif" || flag == "oif";
    }
    if (fib.at("result") == "type")
        return {{}, [=](const Json& value) { return nft_kind_test(value, destination, of_interface); }};
    return destination ? unknown_field(expression) : NftField{{}, nft_way_back_test};
}

NftField ip_field(const Json& expression, bool ipv6)
{
    const std::vector<PacketTest> implied = {FamilyIs{ipv6}};
    const Json& field = expression.at("payload").at("field");
    if (field == "saddr" || field == "daddr")
        return {implied,
                [out = field == "daddr"](const Json& value) { return nft_address_test(value, out); }};
    if (field == "protocol" || field == "nexthdr")
        return {implied, nft_protocol_test};
    return unknown_field(expression, implied);
}

NftField transport_field(const Json& expression, const std::vector<PacketTest>& implied)
{
    const Json& payload = expression.at("payload");
    const Json& field = payload.at("field");
    if (field == "sport" || field == "dport")
        return {implied, [to = field == "dport"](const Json& value) { return nft_port_test(value, to); }};
    if (payload.at("protocol") == "tcp" && field == "flags")
        return {implied, [](const Json& value) { return nft_tcp_flags_test(value, UINT8_MAX); }};
    const bool is_icmp = payload.at("protocol") == "icmp" || payload.at("protocol") == "icmpv6";
    if (is_icmp && field == "type")
        return {implied, nft_icmp_test};
    return unknown_field(expression, implied);
}

NftField payload_field(const Json& expression)
{
    const Json& payload = expression.at("payload");
    if (!payload.contains("protocol")) // @nh,0,8: raw bytes
        return unknown_field(expression);
    const auto protocol = payload.at("protocol").get<std::string>();
    if (protocol == "ip" || protocol == "ip6")
        return ip_field(expression, protocol == "ip6");
    if (protocol == "ether" && payload.at("field") == "type")
        return {{}, nft_ethertype_test};
    if (protocol == "arp")
        return unknown_field(expression, {IsUsual{false}});
    const auto number = protocol_number(protocol);
    return transport_field(expression,
                           number ? std::vector<PacketTest>{ProtocolIs{*number}} : std::vector<PacketTest>{});
}

/// {"&": [field, mask]}
NftField masked_field(const Json& expression)
{
    const Json& operands = expression.at("&");
    const Json& of = operands.at(0);
    const auto mask = nft_bits(operands.at(1));
    if (!mask || !of.is_object())
        return unknown_field(expression);
    const bool is_mark = (of.contains("meta") && of.at("meta").at("key") == "mark") ||
                         (of.contains("ct") && of.at("ct").at("key") == "mark");
    if (is_mark)
        return {{}, [mask = *mask](const Json& value) { return nft_mark_test(value, mask); }};
    if (of.contains("payload") && of.at("payload").value("field", "") == "flags")
        return {{ProtocolIs{6}},
                [mask = *mask](const Json& value) { return nft_tcp_flags_test(value, mask); }};
    if (of.contains("ct") && of.at("ct").at("key") == "status" && *mask == 32)
        return {{}, nft_status_test};
    return unknown_field(expression);
}

/// Of a header that no ordinary packet has; asked for its field, one without the header does not match at
/// all.
NftField header_field(const Json& expression)
{
    if (expression.begin()->contains("field"))
        return unknown_field(expression, {IsUsual{false}});
    return {{}, nft_header_test};
}

} // namespace

NftField nft_field(const Json& expression)
{
    using Reader = NftField (*)(const Json&);
    static const std::map<std::string, Reader> readers = {
        {"meta", meta_field},       {"ct", ct_field},    {"fib", fib_field},
        {"payload", payload_field}, {"&", masked_field}, {"exthdr", header_field},
        {"ip option", header_field}};
    const auto reader = expression.is_object() && !expression.empty() ? readers.find(expression.begin().key())
                                                                      : readers.end();
    return reader == readers.end() ? unknown_field(expression) : reader->second(expression);
}

} // namespace uplink
