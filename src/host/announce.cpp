// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/announce.h"

#include "host/kernel_object.h"
#include "host/owned.h"

#include <arpa/inet.h>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/ether.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <sys/socket.h>

namespace uplink
{

namespace
{

/// An ARP request for the sender's own address: what every neighbour that knows it takes the MAC address
/// from.
void send_gratuitous_arp(int socket, const Link& link, const ether_addr& mac, const std::string& address)
{
    ether_arp arp = {};
    arp.arp_hrd = htons(ARPHRD_ETHER);
    arp.arp_pro = htons(ETH_P_IP);
    arp.arp_hln = ETH_ALEN;
    arp.arp_pln = sizeof(in_addr);
    arp.arp_op = htons(ARPOP_REQUEST);
    std::memcpy(arp.arp_sha, &mac, sizeof mac);
    std::memcpy(arp.arp_spa, address.data(), sizeof arp.arp_spa);
    std::memcpy(arp.arp_tpa, address.data(), sizeof arp.arp_tpa);
    sockaddr_ll to = {};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(ETH_P_ARP);
    to.sll_ifindex = static_cast<int>(link.ifindex);
    to.sll_halen = ETH_ALEN;
    std::memset(to.sll_addr, 0xff, ETH_ALEN);
    ::sendto(socket, &arp, sizeof arp, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&to), sizeof to);
}

struct Advertisement {
    nd_neighbor_advert header;
    nd_opt_hdr option;
    ether_addr mac;
};

void send_advertisement(const Link& link, const ether_addr& mac, const std::string& address)
{
    const Fd socket(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6)); // fills in the checksum
    const int hops = 255; // receivers insist on it (RFC 4861, 7.1.2)
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, link.name.c_str(),
                 static_cast<socklen_t>(link.name.size()));
    sockaddr_in6 from = {};
    from.sin6_family = AF_INET6;
    from.sin6_scope_id = link.ifindex;
    std::memcpy(&from.sin6_addr, address.data(), sizeof from.sin6_addr);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&from), sizeof from) != 0)
        return;
    Advertisement advertisement = {};
    advertisement.header.nd_na_type = ND_NEIGHBOR_ADVERT;
    advertisement.header.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE;
    advertisement.header.nd_na_target = from.sin6_addr;
    advertisement.option = {ND_OPT_TARGET_LINKADDR, 1};
    advertisement.mac = mac;
    sockaddr_in6 to = {};
    to.sin6_family = AF_INET6;
    to.sin6_scope_id = link.ifindex;
    ::inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
    ::sendto(socket.get(), &advertisement, sizeof advertisement, MSG_DONTWAIT,
             reinterpret_cast<sockaddr*>(&to), sizeof to);
}

} // namespace

void announce(const Link& link, const NicConfig& config)
{
    ether_addr mac = {};
    if (ether_aton_r(link.mac.c_str(), &mac) == nullptr)
        return;
    const Fd arp_socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ARP)));
    for (const KernelObject& object : config.objects) {
        if (object.kind != KernelObject::Kind::address)
            continue;
        if (object.ipv6)
            send_advertisement(link, mac, address_in(object));
        else
            send_gratuitous_arp(arp_socket.get(), link, mac, address_in(object));
    }
}

} // namespace uplink
