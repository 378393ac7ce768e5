// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/kernel_object.h"

#include "core/error.h"
#include "host/kernel_route.h"
#include "host/netlink_attributes.h"
#include "host/netlink_copy.h"
#include "host/netlink_words.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>

namespace uplink
{

namespace
{

using Kind = KernelObject::Kind;

// Addresses
// ---------------------------------------------------------------------------------------------------

/// "eth0:1" for another interface: "br0:1". A label begins with the interface's name (ifconfig(8)).
std::string label_for(const std::string& label, const std::string& from, const std::string& to)
{
    if (label.compare(0, from.size(), from) != 0)
        return label;
    const std::string moved = to + label.substr(from.size());
    return moved.size() < IFNAMSIZ ? moved : to;
}

std::uint32_t address_flags(std::uint32_t flags, bool ipv6, Purpose purpose)
{
    // What the kernel says of the address's state is not ours to set.
    flags &= ~std::uint32_t{IFA_F_PERMANENT | IFA_F_SECONDARY | IFA_F_TENTATIVE | IFA_F_DADFAILED |
                            IFA_F_DEPRECATED | IFA_F_STABLE_PRIVACY | IFA_F_OPTIMISTIC};
    const bool settling = purpose.verb == Verb::settle;
    return ipv6 && !settling ? flags | IFA_F_NODAD | IFA_F_NOPREFIXROUTE : flags;
}

std::string address_message(const KernelObject& object, const InterfaceId& to, Purpose purpose)
{
    const Parsed original(object.message, sizeof(ifaddrmsg));
    ifaddrmsg header = original.payload<ifaddrmsg>();
    header.ifa_index = to.ifindex;
    header.ifa_flags = 0;
    const bool taking = purpose.verb == Verb::take;
    const bool comparing = purpose.verb == Verb::compare;
    if (comparing)
        header.ifa_scope = 0;
    const bool settling = purpose.verb == Verb::settle;
    const int mode = settling ? NLM_F_REPLACE : NLM_F_EXCL;
    const Message copy =
        copy_of(original, taking ? RTM_DELADDR : RTM_NEWADDR, taking ? to_take : to_put | mode, header,
                [&](nl_msg* message, nlattr* attribute) {
                    switch (nla_type(attribute)) {
                    case IFA_LABEL:
                        if (!comparing)
                            check(nla_put_string(
                                message, IFA_LABEL,
                                label_for(nla_get_string(attribute), object.interface, to.name).c_str()));
                        return true;
                    case IFA_FLAGS:
                        if (!taking && !comparing)
                            check(nla_put_u32(message, IFA_FLAGS,
                                              address_flags(nla_get_u32(attribute), object.ipv6, purpose)));
                        return true;
                    case IFA_CACHEINFO:
                        return taking || comparing || purpose.for_good;
                    case IFA_PROTO:
                    case IFA_RT_PRIORITY:
                        return taking || comparing;
                    case IFA_ADDRESS:
                    case IFA_LOCAL:
                        return false;
                    default:
                        return comparing;
                    }
                });
    return bytes_of_message(copy.get());
}

KernelObject address_of(const std::string& message)
{
    const Parsed parsed(message, sizeof(ifaddrmsg));
    KernelObject object;
    object.kind = Kind::address;
    object.ipv6 = parsed.payload<ifaddrmsg>().ifa_family == AF_INET6;
    object.lasting = (parsed.number(IFA_FLAGS) & IFA_F_PERMANENT) != 0;
    return object;
}

// Neighbours
// --------------------------------------------------------------------------------------------------

std::string neighbour_message(const KernelObject& object, const InterfaceId& to, Purpose purpose)
{
    const Parsed original(object.message, sizeof(ndmsg));
    ndmsg header = original.payload<ndmsg>();
    header.ndm_ifindex = static_cast<int>(to.ifindex);
    header.ndm_flags &= NTF_PROXY | NTF_ROUTER;
    header.ndm_state = object.permanent ? NUD_PERMANENT : NUD_STALE;
    const bool comparing = purpose.verb == Verb::compare;
    if (comparing) {
        header.ndm_state = 0;
        header.ndm_flags &= NTF_PROXY;
    }
    const bool taking = purpose.verb == Verb::take;
    const Message copy =
        copy_of(original, taking ? RTM_DELNEIGH : RTM_NEWNEIGH, taking ? to_take : to_put | NLM_F_REPLACE,
                header, [&](nl_msg*, nlattr* attribute) {
                    switch (nla_type(attribute)) {
                    case NDA_DST:
                        return false;
                    case NDA_LLADDR:
                    case NDA_PROTOCOL:
                        return taking || comparing;
                    default:
                        return true;
                    }
                });
    return bytes_of_message(copy.get());
}

std::optional<KernelObject> neighbour_of(const std::string& message)
{
    const Parsed parsed(message, sizeof(ndmsg));
    const auto& neighbour = parsed.payload<ndmsg>();
    const bool proxy = (neighbour.ndm_flags & NTF_PROXY) != 0;
    constexpr unsigned known = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
    if (!proxy && ((neighbour.ndm_state & known) == 0 || parsed.find(NDA_LLADDR) == nullptr))
        return std::nullopt;
    KernelObject object;
    object.kind = Kind::neighbour;
    object.ipv6 = neighbour.ndm_family == AF_INET6;
    object.permanent = proxy || (neighbour.ndm_state & NUD_PERMANENT) != 0;
    return object;
}

// Nexthops
// ----------------------------------------------------------------------------------------------------

std::string nexthop_message(const KernelObject& object, const InterfaceId& to, Purpose purpose)
{
    const Parsed original(object.message, sizeof(nhmsg));
    nhmsg header = original.payload<nhmsg>();
    header.nh_scope = 0;
    header.nh_flags &= RTNH_F_ONLINK;
    const bool comparing = purpose.verb == Verb::compare;
    if (comparing)
        header.nh_protocol = 0;
    const Message copy = copy_of(original, RTM_NEWNEXTHOP, to_put | NLM_F_REPLACE, header,
                                 [&](nl_msg* message, nlattr* attribute) {
                                     switch (nla_type(attribute)) {
                                     case NHA_OIF:
                                         check(nla_put_u32(message, NHA_OIF, to.ifindex));
                                         return true;
                                     case NHA_ID:
                                     case NHA_GATEWAY:
                                     case NHA_ENCAP_TYPE:
                                     case NHA_ENCAP:
                                         return false;
                                     default:
                                         return true;
                                     }
                                 });
    return bytes_of_message(copy.get());
}

KernelObject nexthop_of(const std::string& message)
{
    const Parsed parsed(message, sizeof(nhmsg));
    KernelObject object;
    object.kind = Kind::nexthop;
    object.ipv6 = parsed.payload<nhmsg>().nh_family == AF_INET6;
    object.replaced = true;
    return object;
}

// Rules
// -------------------------------------------------------------------------------------------------------

std::string rule_message(const KernelObject& object, const InterfaceId& to, Purpose purpose)
{
    const Parsed original(object.message, sizeof(fib_rule_hdr));
    fib_rule_hdr header = original.payload<fib_rule_hdr>();
    const bool taking = purpose.verb == Verb::take;
    header.flags &= FIB_RULE_INVERT; // the others are the kernel's word for the rule's state
    const Message copy = copy_of(
        original, taking ? RTM_DELRULE : RTM_NEWRULE, taking ? to_take : to_put | NLM_F_EXCL, header,
        [&](nl_msg* message, nlattr* attribute) {
            const int type = nla_type(attribute);
            if ((type != FRA_IIFNAME && type != FRA_OIFNAME) || object.interface != nla_get_string(attribute))
                return false;
            check(nla_put_string(message, type, to.name.c_str()));
            return true;
        });
    return bytes_of_message(copy.get());
}

std::optional<KernelObject> rule_of(const std::string& message, const std::string& interface)
{
    const Parsed parsed(message, sizeof(fib_rule_hdr));
    if (parsed.text(FRA_IIFNAME) != interface && parsed.text(FRA_OIFNAME) != interface)
        return std::nullopt;
    KernelObject object;
    object.kind = Kind::rule;
    object.ipv6 = parsed.payload<fib_rule_hdr>().family == AF_INET6;
    return object;
}

// All kinds
// ---------------------------------------------------------------------------------------------------

std::string message_for(const KernelObject& object, const InterfaceId& to, Purpose purpose)
{
    switch (object.kind) {
    case Kind::address:
        return address_message(object, to, purpose);
    case Kind::neighbour:
        return neighbour_message(object, to, purpose);
    case Kind::nexthop:
        return nexthop_message(object, to, purpose);
    case Kind::route:
        return route_message(object, to, purpose);
    case Kind::rule:
        return rule_message(object, to, purpose);
    }
    throw Error("an unknown kind of object");
}

std::optional<KernelObject> recognise(const std::string& message, const InterfaceId& interface)
{
    switch (type_of(message)) {
    case RTM_NEWADDR:
        if (Parsed(message, sizeof(ifaddrmsg)).payload<ifaddrmsg>().ifa_index != interface.ifindex)
            return std::nullopt;
        return address_of(message);
    case RTM_NEWNEIGH:
        if (Parsed(message, sizeof(ndmsg)).payload<ndmsg>().ndm_ifindex !=
            static_cast<int>(interface.ifindex))
            return std::nullopt;
        return neighbour_of(message);
    case RTM_NEWNEXTHOP:
        if (Parsed(message, sizeof(nhmsg)).number(NHA_OIF) != interface.ifindex)
            return std::nullopt;
        return nexthop_of(message);
    case RTM_NEWROUTE:
        return route_of(message, interface.ifindex);
    case RTM_NEWRULE:
        return rule_of(message, interface.name);
    default:
        return std::nullopt;
    }
}

} // namespace

std::optional<KernelObject> object_of(const std::string& message, const InterfaceId& interface)
{
    auto object = recognise(message, interface);
    if (!object)
        return std::nullopt;
    object->interface = interface.name;
    object->ifindex = interface.ifindex;
    object->message = message;
    object->identity = message_for(*object, {"%", 0}, {Verb::compare});
    object->words = words_of(message, interface.name, interface.ifindex);
    return object;
}

std::string request_to_add(const KernelObject& object, const InterfaceId& to, bool for_good, bool in_place)
{
    return message_for(object, to, {in_place ? Verb::put_in_place : Verb::put, for_good});
}

std::string request_to_settle(const KernelObject& object, const InterfaceId& to, bool for_good)
{
    return message_for(object, to, {Verb::settle, for_good});
}

std::string request_to_take(const KernelObject& object, const InterfaceId& from)
{
    return message_for(object, from, {Verb::take});
}

bool is_route_by(const std::string& message, unsigned ifindex)
{
    return type_of(message) == RTM_NEWROUTE && uses(Parsed(message, sizeof(rtmsg)), ifindex);
}

std::string address_in(const KernelObject& object)
{
    const Parsed parsed(object.message, sizeof(ifaddrmsg));
    nlattr* local = parsed.find(IFA_LOCAL);
    return data_of(local != nullptr ? local : parsed.find(IFA_ADDRESS));
}

std::optional<std::string> default_gateway_in(const KernelObject& object)
{
    if (object.kind != Kind::route || !object.via_gateway)
        return std::nullopt;
    const Parsed parsed(object.message, sizeof(rtmsg));
    if (parsed.payload<rtmsg>().rtm_dst_len != 0)
        return std::nullopt;
    nlattr* gateway = parsed.find(RTA_GATEWAY);
    if (const nlattr* multipath = parsed.find(RTA_MULTIPATH))
        for (rtnexthop* hop : hops_of(multipath))
            if (static_cast<unsigned>(hop->rtnh_ifindex) == object.ifindex)
                gateway = nla_find(reinterpret_cast<nlattr*>(RTNH_DATA(hop)),
                                   static_cast<int>(hop->rtnh_len - sizeof *hop), RTA_GATEWAY);
    return gateway == nullptr ? std::nullopt : std::optional(data_of(gateway));
}

std::optional<std::string> rank_of_route(const std::string& message)
{
    if (type_of(message) != RTM_NEWROUTE)
        return std::nullopt;
    const Parsed parsed(message, sizeof(rtmsg));
    const auto& header = parsed.payload<rtmsg>();
    std::string rank = {static_cast<char>(header.rtm_family), static_cast<char>(header.rtm_dst_len),
                        static_cast<char>(header.rtm_tos)};
    for (const int type : {RTA_TABLE, RTA_PRIORITY, RTA_DST})
        if (nlattr* attribute = parsed.find(type))
            rank += data_of(attribute) + '/';
        else
            rank += '/';
    return rank;
}

} // namespace uplink
