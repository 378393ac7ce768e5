// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/route_words.h"

#include "core/shell_word.h"

#include <linux/icmpv6.h>
#include <utility>
#include <vector>

namespace uplink
{

namespace
{

void add_destination(IpWords& words, const rtmsg& header, const Attributes& route)
{
    if (header.rtm_type != RTN_UNICAST)
        words.add(type_word(header.rtm_type));
    if (route.has(RTA_DST))
        words.add(address_word(route.bytes(RTA_DST)) + "/" + std::to_string(header.rtm_dst_len));
    else
        words.add("default");
    if (route.has(RTA_SRC))
        words.add("from", address_word(route.bytes(RTA_SRC)) + "/" + std::to_string(header.rtm_src_len));
    if (header.rtm_tos != 0)
        words.add("tos", hexadecimal(header.rtm_tos));
}

/// The way of a route, or of one hop of several.
void add_way(IpWords& words, const Attributes& way, unsigned ifindex, unsigned flags,
             const Placeholder& interface)
{
    add_encapsulation(words, way, RTA_ENCAP_TYPE);
    if (way.has(RTA_GATEWAY))
        words.add("via", address_word(way.bytes(RTA_GATEWAY)));
    if (way.has(RTA_VIA)) // struct rtvia: of an IPv4 route through an IPv6 gateway, the only kind there is
        words.add("via inet6", address_word(way.bytes(RTA_VIA).substr(sizeof(rtvia))));
    words.add("dev", interface.word_for(ifindex));
    words.add_if((flags & RTNH_F_ONLINK) != 0, "onlink");
}

void add_hops(IpWords& words, const std::string& multipath, const Placeholder& interface)
{
    const auto* first = reinterpret_cast<const rtnexthop*>(multipath.data());
    for (const rtnexthop* hop : hops_in(first, static_cast<int>(multipath.size()))) {
        const Attributes way(reinterpret_cast<const nlattr*>(RTNH_DATA(hop)),
                             static_cast<int>(hop->rtnh_len - sizeof *hop));
        words.add("nexthop");
        add_way(words, way, static_cast<unsigned>(hop->rtnh_ifindex), hop->rtnh_flags, interface);
        words.add("weight", hop->rtnh_hops + 1U);
        if (way.has(RTA_FLOW))
            words.add("realms", realms_word(way.number(RTA_FLOW)));
    }
}

/// ip(8) itself locks rto_min and has no word for the lock of the others.
bool can_be_locked(int metric)
{
    return metric != RTAX_RTO_MIN && metric != RTAX_QUICKACK && metric != RTAX_FASTOPEN_NO_COOKIE;
}

/// Numbers without a unit are taken as the kernel has them (get_time_rtt() in iproute2).
void add_metrics(IpWords& words, const Attributes& metrics)
{
    static const std::vector<std::pair<int, const char*>> names = {
        {RTAX_MTU, "mtu"},           {RTAX_WINDOW, "window"},
        {RTAX_RTT, "rtt"},           {RTAX_RTTVAR, "rttvar"},
        {RTAX_SSTHRESH, "ssthresh"}, {RTAX_CWND, "cwnd"},
        {RTAX_ADVMSS, "advmss"},     {RTAX_REORDERING, "reordering"},
        {RTAX_HOPLIMIT, "hoplimit"}, {RTAX_INITCWND, "initcwnd"},
        {RTAX_RTO_MIN, "rto_min"},   {RTAX_INITRWND, "initrwnd"},
        {RTAX_QUICKACK, "quickack"}, {RTAX_FASTOPEN_NO_COOKIE, "fastopen_no_cookie"},
    };
    const auto lock = [locks = metrics.number(RTAX_LOCK)](int metric) {
        return can_be_locked(metric) && (locks & (1U << metric)) != 0 ? "lock " : "";
    };
    for (const auto& [metric, name] : names)
        if (metrics.has(metric))
            words.add(name, lock(metric) + std::to_string(metrics.number(metric)));
    words.add_if((metrics.number(RTAX_FEATURES) & RTAX_FEATURE_ECN) != 0, "features ecn");
    if (metrics.has(RTAX_CC_ALGO))
        words.add("congctl", lock(RTAX_CC_ALGO) + shell_word(metrics.text(RTAX_CC_ALGO)));
}

void add_preference(IpWords& words, std::uint32_t preference)
{
    words.add_if(preference == ICMPV6_ROUTER_PREF_HIGH, "pref high");
    words.add_if(preference == ICMPV6_ROUTER_PREF_LOW, "pref low");
}

/// Table, protocol and scope, where they are not what `ip route add` sets by itself (iproute_modify()).
void add_origin(IpWords& words, const rtmsg& header, const Attributes& route)
{
    const bool ordinary = header.rtm_type == RTN_UNICAST;
    const std::uint32_t table = route.number(RTA_TABLE);
    if (table != RT_TABLE_MAIN || !ordinary)
        words.add("table", table);
    if (header.rtm_protocol != RTPROT_BOOT)
        words.add("proto", protocol_word(header.rtm_protocol));
    const bool has_hop = route.has(RTA_GATEWAY) || route.has(RTA_VIA) || route.has(RTA_MULTIPATH);
    const unsigned usual_scope = has_hop ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    if (header.rtm_family == AF_INET && (header.rtm_scope != usual_scope || !ordinary))
        words.add("scope", scope_word(header.rtm_scope));
}

} // namespace

std::string route_words(const rtmsg& header, const Attributes& route, const Placeholder& interface)
{
    IpWords words;
    add_destination(words, header, route);
    const bool several_hops = route.has(RTA_MULTIPATH);
    if (!several_hops)
        add_way(words, route, route.number(RTA_OIF), header.rtm_flags, interface);
    add_origin(words, header, route);
    if (route.has(RTA_PREFSRC))
        words.add("src", address_word(route.bytes(RTA_PREFSRC)));
    if (route.has(RTA_PRIORITY))
        words.add("metric", route.number(RTA_PRIORITY));
    if (route.has(RTA_FLOW))
        words.add("realms", realms_word(route.number(RTA_FLOW)));
    add_metrics(words, route.nested(RTA_METRICS));
    add_preference(words, route.number(RTA_PREF));
    if (several_hops)
        add_hops(words, route.bytes(RTA_MULTIPATH), interface);
    return words.text();
}

} // namespace uplink
