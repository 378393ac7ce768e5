// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/conntrack.h"

#include "core/error.h"
#include "core/tracked_flow.h"
#include "host/file.h"
#include "host/kernel_questions.h"
#include "host/netlink.h"
#include "host/netlink_attributes.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <optional>
#include <string_view>

namespace uplink
{

namespace
{

/// The value of an attribute in a run of them; empty when it is not there. These are looked for one by one,
/// since most entries are passed over at the first.
std::string_view find(std::string_view attributes, int type)
{
    const auto* found = nla_find(reinterpret_cast<const nlattr*>(attributes.data()),
                                 static_cast<int>(attributes.size()), type);
    if (found == nullptr)
        return {};
    return {static_cast<const char*>(nla_data(found)), static_cast<std::size_t>(nla_len(found))};
}

std::uint16_t port_in(std::string_view tuple, int type)
{
    const auto data = find(find(tuple, CTA_TUPLE_PROTO), type);
    std::uint16_t port = 0;
    std::memcpy(&port, data.data(), std::min(sizeof port, data.size()));
    return ntohs(port);
}

IpAddress address_in(std::string_view tuple, int ipv4_type, int ipv6_type)
{
    const auto addresses = find(tuple, CTA_TUPLE_IP);
    const auto ipv4 = find(addresses, ipv4_type);
    const auto data = ipv4.empty() ? find(addresses, ipv6_type) : ipv4;
    IpAddress address;
    address.ipv6 = ipv4.empty();
    std::memcpy(address.bytes.data(), data.data(), std::min(address.bytes.size(), data.size()));
    return address;
}

std::optional<Protocol> protocol_in(std::string_view tuple)
{
    const auto number = find(find(tuple, CTA_TUPLE_PROTO), CTA_PROTO_NUM);
    switch (number.empty() ? 0 : static_cast<unsigned char>(number.front())) {
    case IPPROTO_TCP:
        return Protocol::tcp;
    case IPPROTO_UDP:
        return Protocol::udp;
    case IPPROTO_SCTP:
        return Protocol::sctp;
    default:
        return std::nullopt;
    }
}

std::optional<TrackedFlow> flow_in(std::string_view entry)
{
    const auto original = find(entry, CTA_TUPLE_ORIG);
    const auto reply = find(entry, CTA_TUPLE_REPLY);
    const auto protocol = protocol_in(original);
    if (!protocol)
        return std::nullopt;
    return TrackedFlow{*protocol, address_in(original, CTA_IP_V4_DST, CTA_IP_V6_DST),
                       port_in(original, CTA_PROTO_DST_PORT), address_in(reply, CTA_IP_V4_SRC, CTA_IP_V6_SRC),
                       port_in(reply, CTA_PROTO_SRC_PORT)};
}

std::string message(int type, int flags, int family, const std::string& attributes = "")
{
    const nfgenmsg header = {static_cast<std::uint8_t>(family), NFNETLINK_V0, 0};
    return netlink_request(NFNL_SUBSYS_CTNETLINK << 8 | type, flags, bytes_of(header), attributes);
}

/// By tuple, zone and identity, so that a later entry with the same tuple stays.
std::string request_to_delete(int family, std::string_view entry)
{
    std::string attributes;
    for (const int type : {CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID})
        if (const auto value = find(entry, type); !value.empty())
            attributes += netlink_attribute(type | (type == CTA_TUPLE_ORIG ? NLA_F_NESTED : 0), value);
    return message(IPCTNL_MSG_CT_DELETE, NLM_F_ACK, family, attributes);
}

std::set<IpAddress> own_addresses(int family)
{
    std::set<IpAddress> own;
    for (const LinkAddress& one : Netlink().addresses(family))
        own.insert(one.address);
    return own;
}

/// A kernel without ctnetlink says EINVAL, one without netfilter's netlink at all EPROTONOSUPPORT.
void check(int error)
{
    if (error != 0 && error != ENOENT && error != EINVAL && error != EPROTONOSUPPORT)
        throw Error("cannot read or flush tracked connections: " + error_text(error));
}

unsigned flush(int family, const std::vector<PublishedPort>& ports)
{
    const auto own = own_addresses(family);
    std::vector<std::string> requests; // sent once the list is read, since the socket answers one at a time
    KernelQuestions kernel(NETLINK_NETFILTER);
    check(kernel.ask(message(IPCTNL_MSG_CT_GET, NLM_F_DUMP, family), [&](const nlmsghdr* answer) {
        const auto entry = attributes_of<nfgenmsg>(answer);
        const auto flow = flow_in(entry);
        if (flow && std::any_of(ports.begin(), ports.end(),
                                [&](const PublishedPort& port) { return came_by(*flow, port, own); }))
            requests.push_back(request_to_delete(family, entry));
        return true;
    }));
    unsigned deleted = 0;
    for (std::string& request : requests) {
        const int error = kernel.ask(std::move(request));
        check(error); // ENOENT: it has ended by itself
        deleted += error == 0 ? 1 : 0;
    }
    return deleted;
}

/// Whether the entry's first packet was of UDP and had these ends.
bool began_as(std::string_view entry, const IpAddress& source, std::uint16_t source_port,
              const IpAddress& destination, std::uint16_t destination_port)
{
    const auto original = find(entry, CTA_TUPLE_ORIG);
    return protocol_in(original) == Protocol::udp && port_in(original, CTA_PROTO_SRC_PORT) == source_port &&
           port_in(original, CTA_PROTO_DST_PORT) == destination_port &&
           address_in(original, CTA_IP_V4_SRC, CTA_IP_V6_SRC) == source &&
           address_in(original, CTA_IP_V4_DST, CTA_IP_V6_DST) == destination;
}

} // namespace

std::optional<IpAddress> source_behind(const IpAddress& source, std::uint16_t source_port,
                                       const IpAddress& destination, std::uint16_t destination_port)
{
    std::optional<IpAddress> found;
    KernelQuestions kernel(NETLINK_NETFILTER);
    check(kernel.ask(message(IPCTNL_MSG_CT_GET, NLM_F_DUMP, source.ipv6 ? AF_INET6 : AF_INET),
                     [&](const nlmsghdr* answer) {
                         const auto entry = attributes_of<nfgenmsg>(answer);
                         if (began_as(entry, source, source_port, destination, destination_port))
                             found = address_in(find(entry, CTA_TUPLE_REPLY), CTA_IP_V4_DST, CTA_IP_V6_DST);
                         return !found;
                     }));
    return found;
}

unsigned flush_conntrack(const std::vector<PublishedPort>& ports)
{
    unsigned deleted = 0;
    for (const bool ipv6 : {false, true})
        if (std::any_of(ports.begin(), ports.end(), [&](const auto& port) { return port.to.ipv6 == ipv6; }))
            deleted += flush(ipv6 ? AF_INET6 : AF_INET, ports);
    return deleted;
}

} // namespace uplink
