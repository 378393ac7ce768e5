// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/peer_route.h"

#include "host/netlink_attributes.h"
#include "host/netlink_message.h"

#include <algorithm>
#include <linux/if_addr.h>

namespace uplink
{

namespace
{

constexpr std::uint32_t metric_of_kernel = 256; // IP6_RT_PRIO_ADDRCONF

nlmsghdr* header_in(const std::string& message)
{
    return reinterpret_cast<nlmsghdr*>(const_cast<char*>(message.data()));
}

template<typename Header>
const Header& payload_of(const std::string& message)
{
    return *static_cast<const Header*>(nlmsg_data(header_in(message)));
}

template<typename Header>
Attributes attributes_in(const std::string& message)
{
    return {nlmsg_attrdata(header_in(message), sizeof(Header)),
            nlmsg_attrlen(header_in(message), sizeof(Header))};
}

std::string network_of(std::string address, unsigned prefix_length)
{
    constexpr unsigned bits = 8;
    for (unsigned bit = prefix_length; bit < address.size() * bits; ++bit)
        address[bit / bits] =
            static_cast<char>(static_cast<unsigned char>(address[bit / bits]) & ~(0x80U >> (bit % bits)));
    return address;
}

bool has_peer(const KernelObject& address)
{
    return address.kind == KernelObject::Kind::address && address.ipv6 &&
           attributes_in<ifaddrmsg>(address.message).has(IFA_LOCAL);
}

bool leads_to(const KernelObject& route, const std::string& network, unsigned prefix_length)
{
    return route.kind == KernelObject::Kind::route && route.ipv6 &&
           payload_of<rtmsg>(route.message).rtm_dst_len == prefix_length &&
           attributes_in<rtmsg>(route.message).number(RTA_TABLE) == RT_TABLE_MAIN &&
           attributes_in<rtmsg>(route.message).bytes(RTA_DST) == network;
}

} // namespace

bool comes_with_peer(const KernelObject& route, const NicConfig& config)
{
    constexpr unsigned all_bits = 128;
    const bool may_be = route.kind == KernelObject::Kind::route && route.ipv6 &&
                        payload_of<rtmsg>(route.message).rtm_dst_len == all_bits &&
                        payload_of<rtmsg>(route.message).rtm_protocol == RTPROT_KERNEL;
    return may_be &&
           std::any_of(config.objects.begin(), config.objects.end(), [&route](const KernelObject& object) {
               return has_peer(object) &&
                      leads_to(route, attributes_in<ifaddrmsg>(object.message).bytes(IFA_ADDRESS), all_bits);
           });
}

bool has_unrouted_peer(const KernelObject& address, const NicConfig& config)
{
    if (!has_peer(address))
        return false;
    const Attributes attributes = attributes_in<ifaddrmsg>(address.message);
    if ((attributes.number(IFA_FLAGS) & IFA_F_NOPREFIXROUTE) != 0)
        return false;
    const unsigned prefix_length = payload_of<ifaddrmsg>(address.message).ifa_prefixlen;
    const std::string network = network_of(attributes.bytes(IFA_ADDRESS), prefix_length);
    return std::none_of(config.objects.begin(), config.objects.end(),
                        [&](const KernelObject& object) { return leads_to(object, network, prefix_length); });
}

std::string request_to_take_peer_route(const KernelObject& address, const InterfaceId& from)
{
    const Attributes attributes = attributes_in<ifaddrmsg>(address.message);
    rtmsg header = {};
    header.rtm_family = AF_INET6;
    header.rtm_dst_len = payload_of<ifaddrmsg>(address.message).ifa_prefixlen;
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = RTPROT_KERNEL;
    header.rtm_type = RTN_UNICAST;
    const Message request = message_with(RTM_DELROUTE, NLM_F_REQUEST | NLM_F_ACK, header);
    const std::string network = network_of(attributes.bytes(IFA_ADDRESS), header.rtm_dst_len);
    const std::uint32_t metric = attributes.number(IFA_RT_PRIORITY);
    check(nla_put(request.get(), RTA_DST, static_cast<int>(network.size()), network.data()));
    check(nla_put_u32(request.get(), RTA_OIF, from.ifindex));
    check(nla_put_u32(request.get(), RTA_PRIORITY, metric != 0 ? metric : metric_of_kernel));
    const nlmsghdr* message = nlmsg_hdr(request.get());
    return {reinterpret_cast<const char*>(message), message->nlmsg_len};
}

} // namespace uplink
