// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/kernel_object.h"

#include "core/error.h"
#include "host/netlink_attributes.h"
#include "host/netlink_message.h"
#include "host/netlink_words.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <set>

namespace uplink
{

namespace
{

using Kind = KernelObject::Kind;

/// What a copy of a message is for.
enum class Verb { put, put_in_place, settle, take, compare };

struct Purpose {
    Verb verb = Verb::compare;
    bool for_good = false;
};

/// The bytes of a netlink message, as libnl's functions take them.
class Parsed
{
  public:
    Parsed(std::string message, int header_size) : bytes_(std::move(message))
    {
        int left = nlmsg_attrlen(header(), header_size);
        for (nlattr* attribute = nlmsg_attrdata(header(), header_size); nla_ok(attribute, left) != 0;
             attribute = nla_next(attribute, &left))
            attributes_.push_back(attribute);
    }

    Parsed(const Parsed&) = delete; // the attributes point into the bytes
    Parsed& operator=(const Parsed&) = delete;

    template<typename Header>
    [[nodiscard]] const Header& payload() const
    {
        return *static_cast<const Header*>(nlmsg_data(header()));
    }
    [[nodiscard]] const std::vector<nlattr*>& attributes() const { return attributes_; }
    [[nodiscard]] nlattr* find(int type) const
    {
        const auto found = std::find_if(attributes_.begin(), attributes_.end(),
                                        [type](nlattr* attribute) { return nla_type(attribute) == type; });
        return found == attributes_.end() ? nullptr : *found;
    }
    [[nodiscard]] std::uint32_t number(int type) const
    {
        nlattr* attribute = find(type);
        return attribute == nullptr ? 0 : nla_get_u32(attribute);
    }
    [[nodiscard]] std::string text(int type) const
    {
        nlattr* attribute = find(type);
        return attribute == nullptr ? "" : nla_get_string(attribute);
    }

  private:
    [[nodiscard]] nlmsghdr* header() const
    {
        return reinterpret_cast<nlmsghdr*>(const_cast<char*>(bytes_.data()));
    }

    std::string bytes_;
    std::vector<nlattr*> attributes_;
};

std::string data_of(nlattr* attribute)
{
    if (attribute == nullptr)
        return "";
    return {static_cast<const char*>(nla_data(attribute)), static_cast<std::size_t>(nla_len(attribute))};
}

/// What becomes of one attribute: true when `put` has put something in its place, or nothing.
using Replace = std::function<bool(nl_msg* copy, nlattr* attribute)>;

std::string bytes_of_message(nl_msg* message)
{
    const nlmsghdr* header = nlmsg_hdr(message);
    return {reinterpret_cast<const char*>(header), header->nlmsg_len};
}

template<typename Header>
Message copy_of(const Parsed& original, int type, int flags, const Header& header, const Replace& replace)
{
    Message copy = message_with(type, flags, header);
    for (nlattr* attribute : original.attributes())
        if (!replace(copy.get(), attribute))
            check(nla_put(copy.get(), attribute->nla_type, nla_len(attribute), nla_data(attribute)));
    return copy;
}

constexpr int to_put = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
constexpr int to_take = NLM_F_REQUEST | NLM_F_ACK;

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

// Routes
// ------------------------------------------------------------------------------------------------------

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

int type_of(const std::string& message)
{
    nlmsghdr header = {};
    std::memcpy(&header, message.data(), sizeof header);
    return header.nlmsg_type;
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
