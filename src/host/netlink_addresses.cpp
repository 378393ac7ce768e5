// SPDX-License-Identifier: GPL-2.0-or-later
// The questions of class Netlink about addresses, and about what routers advertise.
#include "host/netlink.h"
#include "host/netlink_attributes.h"
#include "host/netlink_message.h"

#include <arpa/inet.h>
#include <climits>
#include <cstring>
#include <linux/if_addr.h>
#include <netinet/ether.h>

namespace uplink
{

namespace
{

/// Nothing for what is no address; of a point-to-point link's two the own one.
std::optional<LinkAddress> address_of(const nlmsghdr* answer)
{
    if (answer->nlmsg_type != RTM_NEWADDR)
        return std::nullopt;
    const auto* info = static_cast<const ifaddrmsg*>(nlmsg_data(answer));
    const Attributes attributes(nlmsg_attrdata(answer, sizeof *info), nlmsg_attrlen(answer, sizeof *info));
    const std::string bytes = attributes.bytes(attributes.has(IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS);
    const std::uint32_t flags = attributes.has(IFA_FLAGS) ? attributes.number(IFA_FLAGS) : info->ifa_flags;
    LinkAddress address;
    address.address.ipv6 = info->ifa_family == AF_INET6;
    if (bytes.size() != full_length(address.address) / CHAR_BIT)
        return std::nullopt;
    std::memcpy(address.address.bytes.data(), bytes.data(), bytes.size());
    address.ifindex = info->ifa_index;
    address.prefix_length = info->ifa_prefixlen;
    address.global = info->ifa_scope == RT_SCOPE_UNIVERSE;
    address.tentative = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
    address.failed = (flags & IFA_F_DADFAILED) != 0;
    // The same bit says of an IPv4 address that it is a secondary one.
    address.temporary = address.address.ipv6 && (flags & IFA_F_TEMPORARY) != 0;
    address.lasting = (flags & IFA_F_PERMANENT) != 0;
    return address;
}

Ipv4Address ipv4_of(const IpAddress& address)
{
    std::uint32_t value = 0;
    std::memcpy(&value, address.bytes.data(), sizeof value);
    return {ntohl(value)};
}

} // namespace

std::vector<LinkAddress> Netlink::addresses(int family, unsigned ifindex)
{
    ifaddrmsg header = {};
    header.ifa_family = static_cast<unsigned char>(family);
    header.ifa_index = ifindex;
    std::vector<LinkAddress> addresses;
    // Kernels before 4.20 take no filter, and one without IPv6 answers with its IPv4 addresses.
    dump(
        message_with(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, header).get(), [&] { addresses.clear(); },
        [&](nlmsghdr* answer) {
            const auto address = address_of(answer);
            if (address && (ifindex == 0 || address->ifindex == ifindex) &&
                address->address.ipv6 == (family == AF_INET6))
                addresses.push_back(*address);
        });
    return addresses;
}

std::vector<Ipv4Interface> Netlink::ipv4_addresses(unsigned ifindex)
{
    std::vector<Ipv4Interface> of_link;
    for (const LinkAddress& one : addresses(AF_INET, ifindex))
        of_link.push_back({ipv4_of(one.address), one.prefix_length});
    return of_link;
}

std::vector<Ipv6Interface> Netlink::ipv6_addresses(unsigned ifindex)
{
    std::vector<Ipv6Interface> of_link;
    for (const LinkAddress& one : addresses(AF_INET6, ifindex))
        if (serves_network(one))
            of_link.push_back({to_string(one.address), one.prefix_length});
    return of_link;
}

std::set<unsigned> Netlink::links_of_advertised_routes()
{
    rtmsg header = {};
    header.rtm_family = AF_INET6;
    header.rtm_protocol = RTPROT_RA;
    std::set<unsigned> links;
    dump(
        message_with(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, header).get(), [&] { links.clear(); },
        [&](nlmsghdr* answer) {
            std::array<nlattr*, RTA_MAX + 1> attributes{};
            const auto* route = static_cast<const rtmsg*>(nlmsg_data(answer));
            if (answer->nlmsg_type != RTM_NEWROUTE || route->rtm_family != AF_INET6 ||
                route->rtm_protocol != RTPROT_RA || !parse(answer, sizeof(rtmsg), attributes))
                return;
            if (attributes[RTA_OIF] != nullptr)
                links.insert(nla_get_u32(attributes[RTA_OIF]));
            if (attributes[RTA_MULTIPATH] != nullptr)
                for (const rtnexthop* hop : hops_of(attributes[RTA_MULTIPATH]))
                    links.insert(static_cast<unsigned>(hop->rtnh_ifindex));
        });
    return links;
}

} // namespace uplink
