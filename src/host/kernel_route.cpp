// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/kernel_route.h"

#include "host/netlink_attributes.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace uplink
{

namespace
{

using Kind = KernelObject::Kind;

/// The hops, with another interface in the place of `from`.
void put_hops(nl_msg* message, nlattr* multipath, unsigned from, unsigned to)
{
    check(nla_put(message, RTA_MULTIPATH, nla_len(multipath), nla_data(multipath)));
    nlattr* copy = nlmsg_find_attr(nlmsg_hdr(message), sizeof(rtmsg), RTA_MULTIPATH);
    for (rtnexthop* hop : hops_of(copy)) {
        hop->rtnh_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
        if (static_cast<unsigned>(hop->rtnh_ifindex) == from)
            hop->rtnh_ifindex = static_cast<int>(to);
    }
}

/// In seconds; 0 when it does not expire. The kernel tells it in ticks of 10 ms (USER_HZ).
std::uint32_t expiry_of(nlattr* cacheinfo)
{
    constexpr int ticks_per_second = 100;
    rta_cacheinfo info = {};
    std::memcpy(&info, nla_data(cacheinfo), std::min<std::size_t>(sizeof info, nla_len(cacheinfo)));
    return info.rta_expires > 0 ? static_cast<std::uint32_t>(info.rta_expires / ticks_per_second) : 0;
}

int route_mode(const KernelObject& object, bool in_place)
{
    if (object.replaced || (object.ipv6 && in_place))
        return NLM_F_REPLACE;
    // Without APPEND the kernel inserts an IPv4 route before those of its rank (fib_table_insert()).
    return object.ipv6 || !object.first ? NLM_F_APPEND : 0;
}

/// A default route as router advertisements make it, or a copy of one.
bool is_of_router(const Parsed& route)
{
    const auto& header = route.payload<rtmsg>();
    return header.rtm_family == AF_INET6 && header.rtm_protocol == RTPROT_RA && header.rtm_dst_len == 0 &&
           route.find(RTA_GATEWAY) != nullptr;
}

bool has_gateway(const Parsed& route)
{
    if (route.find(RTA_GATEWAY) != nullptr || route.find(RTA_VIA) != nullptr)
        return true;
    const nlattr* multipath = route.find(RTA_MULTIPATH);
    const auto hops = multipath == nullptr ? std::vector<rtnexthop*>{} : hops_of(multipath);
    return std::any_of(hops.begin(), hops.end(),
                       [](const rtnexthop* hop) { return hop->rtnh_len > sizeof *hop; });
}

/// Routes of a nexthop object go where that goes; those of the table "local", and cached ones, are the
/// kernel's.
bool follows_by_itself(const Parsed& route, const rtmsg& header)
{
    return route.find(RTA_NH_ID) != nullptr || (header.rtm_flags & RTM_F_CLONED) != 0 ||
           (route.number(RTA_TABLE) == RT_TABLE_LOCAL && header.rtm_protocol == RTPROT_KERNEL);
}

bool is_carriable(unsigned route_type)
{
    static const std::set<unsigned> carriable = {RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST,
                                                 RTN_MULTICAST};
    return carriable.contains(route_type);
}

} // namespace

std::string route_message(const KernelObject& object, const InterfaceId& to, Purpose purpose)
{
    const Parsed original(object.message, sizeof(rtmsg));
    rtmsg header = original.payload<rtmsg>();
    header.rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
    const bool taking = purpose.verb == Verb::take;
    const bool comparing = purpose.verb == Verb::compare;
    if (comparing) {
        header.rtm_flags = 0;
        header.rtm_protocol = 0;
        header.rtm_scope = 0;
    }
    const Message copy =
        copy_of(original, taking ? RTM_DELROUTE : RTM_NEWROUTE,
                taking ? to_take : to_put | route_mode(object, purpose.verb == Verb::put_in_place), header,
                [&](nl_msg* message, nlattr* attribute) {
                    switch (nla_type(attribute)) {
                    case RTA_OIF:
                        if (!comparing)
                            check(nla_put_u32(message, RTA_OIF, to.ifindex));
                        return true;
                    case RTA_MULTIPATH:
                        put_hops(message, attribute, object.ifindex, to.ifindex);
                        return true;
                    case RTA_PRIORITY:
                        if (!is_of_router(original))
                            return false;
                        if (!taking && !comparing) // else the kernel's own and the copy are one
                            check(nla_put_u32(message, RTA_PRIORITY,
                                              nla_get_u32(attribute) + (object.advertised ? 1 : 0)));
                        return true;
                    case RTA_CACHEINFO:
                        if (!taking && !comparing && !purpose.for_good && expiry_of(attribute) > 0)
                            check(nla_put_u32(message, RTA_EXPIRES, expiry_of(attribute)));
                        return true;
                    case RTA_PREFSRC:
                    case RTA_METRICS:
                        return comparing;
                    case RTA_PREF: // the kernel does not take it back in a request to delete
                        return taking || comparing;
                    default:
                        return false;
                    }
                });
    return bytes_of_message(copy.get());
}

bool uses(const Parsed& route, unsigned ifindex)
{
    const nlattr* multipath = route.find(RTA_MULTIPATH);
    if (multipath == nullptr)
        return route.number(RTA_OIF) == ifindex;
    const auto hops = hops_of(multipath);
    return std::any_of(hops.begin(), hops.end(), [ifindex](const rtnexthop* hop) {
        return static_cast<unsigned>(hop->rtnh_ifindex) == ifindex;
    });
}

std::optional<KernelObject> route_of(const std::string& message, unsigned ifindex)
{
    const Parsed parsed(message, sizeof(rtmsg));
    const auto& header = parsed.payload<rtmsg>();
    const bool is_ip = header.rtm_family == AF_INET || header.rtm_family == AF_INET6;
    if (!is_ip || !uses(parsed, ifindex) || follows_by_itself(parsed, header))
        return std::nullopt;
    KernelObject object;
    object.kind = Kind::route;
    object.ipv6 = header.rtm_family == AF_INET6;
    object.carriable = is_carriable(header.rtm_type);
    object.via_gateway = has_gateway(parsed);
    object.comes_with_address = !object.ipv6 && !object.via_gateway && header.rtm_protocol == RTPROT_KERNEL &&
                                header.rtm_scope == RT_SCOPE_LINK;
    nlattr* cacheinfo = parsed.find(RTA_CACHEINFO); // what programs make of an advertisement does not expire
    object.advertised = is_of_router(parsed) && cacheinfo != nullptr && expiry_of(cacheinfo) > 0;
    // IPv6 would take its hops through other interfaces too for those that are to be added and deleted.
    object.replaced = object.ipv6 && parsed.find(RTA_MULTIPATH) != nullptr;
    return object;
}

} // namespace uplink
