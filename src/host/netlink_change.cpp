// SPDX-License-Identifier: GPL-2.0-or-later
// The changes of class Netlink.
#include "host/netlink.h"
#include "host/netlink_message.h"

#include <arpa/inet.h>
#include <cstdint>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <netinet/ether.h>

namespace uplink
{

namespace
{

void put_address(nl_msg* message, const void* bytes, int size)
{
    check(nla_put(message, IFA_LOCAL, size, bytes));
    check(nla_put(message, IFA_ADDRESS, size, bytes));
}

} // namespace

void Netlink::make_bridge(const std::string& name, const std::string& mac, unsigned mtu)
{
    const Message message =
        message_with(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, about_link(0));
    ether_addr address = {};
    if (ether_aton_r(mac.c_str(), &address) == nullptr)
        throw Error("bad MAC address " + mac);
    check(nla_put_string(message.get(), IFLA_IFNAME, name.c_str()));
    check(nla_put(message.get(), IFLA_ADDRESS, sizeof address, &address));
    if (mtu != 0)
        check(nla_put_u32(message.get(), IFLA_MTU, mtu));
    {
        const Nested linkinfo(message.get(), IFLA_LINKINFO);
        check(nla_put_string(message.get(), IFLA_INFO_KIND, "bridge"));
        const Nested data(message.get(), IFLA_INFO_DATA);
        check(nla_put_u32(message.get(), IFLA_BR_STP_STATE, 0));
        check(nla_put_u32(message.get(), IFLA_BR_FORWARD_DELAY, 0));
    }
    request(message.get());
}

void Netlink::make_veth(const std::string& name, const std::string& peer, const std::string& mac_of_peer,
                        unsigned mtu)
{
    const Message message =
        message_with(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, about_link(0));
    ether_addr address = {};
    if (ether_aton_r(mac_of_peer.c_str(), &address) == nullptr)
        throw Error("bad MAC address " + mac_of_peer);
    check(nla_put_string(message.get(), IFLA_IFNAME, name.c_str()));
    check(nla_put_u32(message.get(), IFLA_MTU, mtu));
    {
        const Nested linkinfo(message.get(), IFLA_LINKINFO);
        check(nla_put_string(message.get(), IFLA_INFO_KIND, "veth"));
        const Nested data(message.get(), IFLA_INFO_DATA);
        const Nested other(message.get(), VETH_INFO_PEER);
        const ifinfomsg header = about_link(0);
        check(nlmsg_append(message.get(), const_cast<ifinfomsg*>(&header), sizeof header, NLMSG_ALIGNTO));
        check(nla_put_string(message.get(), IFLA_IFNAME, peer.c_str()));
        check(nla_put(message.get(), IFLA_ADDRESS, sizeof address, &address));
        check(nla_put_u32(message.get(), IFLA_MTU, mtu));
    }
    request(message.get());
}

void Netlink::set_never_spoken_to(unsigned ifindex)
{
    ifinfomsg header = about_link(ifindex);
    header.ifi_family = AF_BRIDGE;
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, header);
    {
        const Nested port(message.get(), IFLA_PROTINFO);
        for (const int flag : {IFLA_BRPORT_LEARNING, IFLA_BRPORT_UNICAST_FLOOD, IFLA_BRPORT_MCAST_FLOOD,
                               IFLA_BRPORT_BCAST_FLOOD})
            check(nla_put_u8(message.get(), flag, 0));
    }
    request(message.get());
}

void Netlink::delete_link(unsigned ifindex)
{
    request(message_with(RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, about_link(ifindex)).get());
}

void Netlink::set_alias(unsigned ifindex, const std::string& alias)
{
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, about_link(ifindex));
    check(nla_put(message.get(), IFLA_IFALIAS, static_cast<int>(alias.size()), alias.data()));
    request(message.get());
}

void Netlink::set_up(unsigned ifindex)
{
    ifinfomsg header = about_link(ifindex);
    header.ifi_flags = IFF_UP;
    header.ifi_change = IFF_UP;
    request(message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, header).get());
}

void Netlink::set_mtu(unsigned ifindex, unsigned bytes)
{
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, about_link(ifindex));
    check(nla_put_u32(message.get(), IFLA_MTU, bytes));
    request(message.get());
}

void Netlink::set_bridge(unsigned ifindex, unsigned bridge_ifindex)
{
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, about_link(ifindex));
    check(nla_put_u32(message.get(), IFLA_MASTER, bridge_ifindex));
    request(message.get());
}

void Netlink::set_port_flags(unsigned ifindex, bool hairpin, bool isolate)
{
    ifinfomsg header = about_link(ifindex);
    header.ifi_family = AF_BRIDGE;
    const Message message = message_with(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, header);
    {
        const Nested port(message.get(), IFLA_PROTINFO);
        check(nla_put_u8(message.get(), IFLA_BRPORT_MODE, hairpin ? 1 : 0));
        check(nla_put_u8(message.get(), IFLA_BRPORT_ISOLATED, isolate ? 1 : 0));
    }
    request(message.get());
}

void Netlink::add_address(unsigned ifindex, const Ipv4Interface& address)
{
    ifaddrmsg header = {};
    header.ifa_family = AF_INET;
    header.ifa_prefixlen = static_cast<unsigned char>(address.prefix_length);
    header.ifa_index = ifindex;
    const Message message =
        message_with(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, header);
    const std::uint32_t local = htonl(address.address.value);
    put_address(message.get(), &local, sizeof local);
    if (address.prefix_length < 31) {
        const std::uint32_t broadcast = htonl(address.address.value | ~netmask(address.prefix_length));
        check(nla_put_u32(message.get(), IFA_BROADCAST, broadcast));
    }
    request(message.get());
}

void Netlink::add_address(unsigned ifindex, const Ipv6Interface& address)
{
    ifaddrmsg header = {};
    header.ifa_family = AF_INET6;
    header.ifa_prefixlen = static_cast<unsigned char>(address.prefix_length);
    header.ifa_flags = IFA_F_NODAD;
    header.ifa_index = ifindex;
    const Message message =
        message_with(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, header);
    in6_addr local = {};
    if (::inet_pton(AF_INET6, address.address.c_str(), &local) != 1)
        throw Error("bad IPv6 address " + address.address);
    put_address(message.get(), &local, sizeof local);
    request(message.get());
}

void Netlink::probe_neighbour(unsigned ifindex, const std::string& address)
{
    ndmsg header = about_neighbour(ifindex, address);
    const bool known =
        neighbour_state(ifindex, address) & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE);
    // One whose MAC address is known is asked at once in state PROBE; else NTF_USE makes the kernel look for
    // it (neigh_add() in net/core/neighbour.c).
    header.ndm_state = known ? NUD_PROBE : 0;
    header.ndm_flags = known ? 0 : NTF_USE;
    const Message message =
        message_with(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, header);
    check(nla_put(message.get(), NDA_DST, static_cast<int>(address.size()), address.data()));
    request(message.get());
}

} // namespace uplink
