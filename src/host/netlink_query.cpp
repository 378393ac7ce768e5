// SPDX-License-Identifier: GPL-2.0-or-later
// The questions of class Netlink.
#include "host/file.h"
#include "host/netlink.h"
#include "host/netlink_attributes.h"
#include "host/netlink_message.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/nexthop.h>
#include <net/ethernet.h>

namespace uplink
{

namespace
{

std::string kind_of(nlattr* linkinfo)
{
    std::array<nlattr*, IFLA_INFO_MAX + 1> info{};
    if (linkinfo == nullptr || nla_parse_nested(info.data(), IFLA_INFO_MAX, linkinfo, nullptr) < 0 ||
        info[IFLA_INFO_KIND] == nullptr)
        return "";
    return nla_get_string(info[IFLA_INFO_KIND]);
}

std::string macvlan_mode_of(nlattr* linkinfo)
{
    std::array<nlattr*, IFLA_INFO_MAX + 1> info{};
    std::array<nlattr*, IFLA_MACVLAN_MAX + 1> data{};
    if (nla_parse_nested(info.data(), IFLA_INFO_MAX, linkinfo, nullptr) < 0 ||
        info[IFLA_INFO_DATA] == nullptr ||
        nla_parse_nested(data.data(), IFLA_MACVLAN_MAX, info[IFLA_INFO_DATA], nullptr) < 0 ||
        data[IFLA_MACVLAN_MODE] == nullptr)
        return "other";
    const auto mode = nla_get_u32(data[IFLA_MACVLAN_MODE]);
    return mode == MACVLAN_MODE_BRIDGE ? "bridge" : mode == MACVLAN_MODE_VEPA ? "vepa" : "other";
}

void read_bridge_port(Link& link, nlattr* linkinfo)
{
    std::array<nlattr*, IFLA_INFO_MAX + 1> info{};
    std::array<nlattr*, IFLA_BRPORT_MAX + 1> port{};
    const bool is_port =
        linkinfo != nullptr && nla_parse_nested(info.data(), IFLA_INFO_MAX, linkinfo, nullptr) >= 0 &&
        info[IFLA_INFO_SLAVE_KIND] != nullptr && info[IFLA_INFO_SLAVE_DATA] != nullptr &&
        std::string(nla_get_string(info[IFLA_INFO_SLAVE_KIND])) == "bridge" &&
        nla_parse_nested(port.data(), IFLA_BRPORT_MAX, info[IFLA_INFO_SLAVE_DATA], nullptr) >= 0;
    const auto value = [&port](int type) { return port.at(type) == nullptr ? 0 : nla_get_u8(port.at(type)); };
    link.forwards = is_port && value(IFLA_BRPORT_STATE) == BR_STATE_FORWARDING;
    link.hairpin = is_port && value(IFLA_BRPORT_MODE) != 0;
    link.isolated = is_port && value(IFLA_BRPORT_ISOLATED) != 0;
}

std::optional<Link> link_of(nlmsghdr* header)
{
    std::array<nlattr*, IFLA_MAX + 1> attributes{};
    if (header->nlmsg_type != RTM_NEWLINK || !parse(header, sizeof(ifinfomsg), attributes))
        return std::nullopt;
    const auto* info = static_cast<const ifinfomsg*>(nlmsg_data(header));
    const auto number = [&attributes](int type) {
        return attributes.at(type) == nullptr ? 0 : nla_get_u32(attributes.at(type));
    };
    Link link;
    link.ifindex = static_cast<unsigned>(info->ifi_index);
    link.up = (info->ifi_flags & IFF_UP) != 0;
    // Until a link's queue is in place the kernel drops what is sent by it.
    link.carries = (info->ifi_flags & IFF_RUNNING) != 0 && attributes[IFLA_QDISC] != nullptr &&
                   std::string(nla_get_string(attributes[IFLA_QDISC])) != "noop";
    link.mtu = number(IFLA_MTU);
    link.master = number(IFLA_MASTER);
    link.kind = kind_of(attributes[IFLA_LINKINFO]);
    read_bridge_port(link, attributes[IFLA_LINKINFO]);
    if (link.kind == "veth" || link.kind == "macvlan")
        link.peer = number(IFLA_LINK);
    if (link.kind == "macvlan")
        link.macvlan_mode = macvlan_mode_of(attributes[IFLA_LINKINFO]);
    if (link.kind == "veth" && attributes[IFLA_LINK_NETNSID] != nullptr)
        link.peer_namespace = nla_get_s32(attributes[IFLA_LINK_NETNSID]);
    if (attributes[IFLA_IFNAME] != nullptr)
        link.name = nla_get_string(attributes[IFLA_IFNAME]);
    if (attributes[IFLA_ADDRESS] != nullptr && nla_len(attributes[IFLA_ADDRESS]) == ETH_ALEN) {
        const auto* address = static_cast<const ether_addr*>(nla_data(attributes[IFLA_ADDRESS]));
        std::array<char, sizeof "02:00:00:00:00:01"> mac{};
        const std::uint8_t* octet = address->ether_addr_octet;
        (void)std::snprintf(mac.data(), mac.size(), "%02x:%02x:%02x:%02x:%02x:%02x", octet[0], octet[1],
                            octet[2], octet[3], octet[4], octet[5]);
        link.mac = mac.data();
    }
    if (attributes[IFLA_IFALIAS] != nullptr)
        link.alias = nla_get_string(attributes[IFLA_IFALIAS]);
    return link;
}

/// The NIC of a route: of several hops the first that is alive. A route by nexthop object has these
/// attributes too, unless net.ipv4.nexthop_compat_mode is off (fib_dump_info() in net/ipv4/fib_semantics.c).
std::optional<unsigned> nic_of(const std::array<nlattr*, RTA_MAX + 1>& route)
{
    if (route[RTA_OIF] != nullptr)
        return nla_get_u32(route[RTA_OIF]);
    if (route[RTA_MULTIPATH] == nullptr)
        return std::nullopt;
    for (const rtnexthop* hop : hops_of(route[RTA_MULTIPATH]))
        if ((hop->rtnh_flags & RTNH_F_DEAD) == 0)
            return static_cast<unsigned>(hop->rtnh_ifindex);
    return std::nullopt;
}

} // namespace

std::optional<Link> Netlink::ask_for_link(nl_msg* message)
{
    std::optional<Link> found;
    std::string explanation;
    const int error = transact(
        message, [&found](nlmsghdr* header) { found = link_of(header); }, explanation);
    if (error == ENODEV)
        return std::nullopt;
    if (error != 0)
        throw Error(error_text(error));
    return found;
}

std::optional<Link> Netlink::link(const std::string& name)
{
    const Message message = message_with(RTM_GETLINK, NLM_F_REQUEST, about_link(0));
    check(nla_put_string(message.get(), IFLA_IFNAME, name.c_str()));
    return ask_for_link(message.get());
}

Link Netlink::existing_link(const std::string& name)
{
    auto found = link(name);
    if (!found)
        throw Error("interface " + name + " does not exist");
    return *found;
}

std::optional<Link> Netlink::link(unsigned ifindex)
{
    return ask_for_link(message_with(RTM_GETLINK, NLM_F_REQUEST, about_link(ifindex)).get());
}

std::vector<Link> Netlink::links(const std::string& kind, unsigned master)
{
    const Message message = message_with(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, about_link(0));
    if (master != 0)
        check(nla_put_u32(message.get(), IFLA_MASTER, master));
    std::vector<Link> links;
    // Kernels before 4.20 take no filter, so that the answer is looked through again here.
    dump(
        message.get(), [&] { links.clear(); },
        [&](nlmsghdr* header) {
            auto link = link_of(header);
            if (link && (kind.empty() || link->kind == kind) && (master == 0 || link->master == master))
                links.push_back(std::move(*link));
        });
    return links;
}

std::optional<unsigned> Netlink::default_route(int family)
{
    rtmsg header = {};
    header.rtm_family = static_cast<unsigned char>(family);
    header.rtm_table = RT_TABLE_MAIN;
    std::optional<unsigned> best;
    std::uint32_t best_metric = UINT32_MAX;
    dump(
        message_with(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, header).get(),
        [&] {
            best.reset();
            best_metric = UINT32_MAX;
        },
        [&](nlmsghdr* answer) {
            std::array<nlattr*, RTA_MAX + 1> attributes{};
            const auto* route = static_cast<const rtmsg*>(nlmsg_data(answer));
            if (answer->nlmsg_type != RTM_NEWROUTE || route->rtm_dst_len != 0 ||
                route->rtm_table != RT_TABLE_MAIN || route->rtm_type != RTN_UNICAST ||
                !parse(answer, sizeof(rtmsg), attributes))
                return;
            const auto nic = nic_of(attributes);
            const auto metric =
                attributes[RTA_PRIORITY] == nullptr ? 0 : nla_get_u32(attributes[RTA_PRIORITY]);
            if (nic && (!best || metric < best_metric)) {
                best = nic;
                best_metric = metric;
            }
        });
    return best;
}

std::vector<std::string> Netlink::list(int type, int family, unsigned flags)
{
    // Strict checking wants the header of each kind, of which only the family, and a neighbour's flags,
    // count.
    Message message;
    const auto of_family = static_cast<unsigned char>(family);
    const int mode = NLM_F_REQUEST | NLM_F_DUMP;
    if (type == RTM_GETNEIGH) {
        ndmsg header = {};
        header.ndm_family = of_family;
        header.ndm_flags = static_cast<unsigned char>(flags);
        message = message_with(type, mode, header);
    } else if (type == RTM_GETADDR) {
        ifaddrmsg header = {};
        header.ifa_family = of_family;
        message = message_with(type, mode, header);
    } else if (type == RTM_GETNEXTHOP) {
        nhmsg header = {};
        header.nh_family = of_family;
        message = message_with(type, mode, header);
    } else {
        rtmsg header = {}; // fib_rule_hdr is as long
        header.rtm_family = of_family;
        message = message_with(type, mode, header);
    }
    std::vector<std::string> messages;
    dump(
        message.get(), [&] { messages.clear(); },
        [&](nlmsghdr* answer) {
            messages.emplace_back(reinterpret_cast<const char*>(answer), answer->nlmsg_len);
        });
    return messages;
}

unsigned Netlink::neighbour_state(unsigned ifindex, const std::string& address)
{
    const Message message = message_with(RTM_GETNEIGH, NLM_F_REQUEST, about_neighbour(ifindex, address));
    check(nla_put(message.get(), NDA_DST, static_cast<int>(address.size()), address.data()));
    unsigned state = 0;
    std::string explanation;
    const int error = transact(
        message.get(),
        [&state](nlmsghdr* answer) {
            if (answer->nlmsg_type == RTM_NEWNEIGH)
                state = static_cast<const ndmsg*>(nlmsg_data(answer))->ndm_state;
        },
        explanation);
    if (error != 0 && error != ENOENT)
        throw Error(error_text(error));
    return state;
}

int Netlink::namespace_id(pid_t pid)
{
    const Message message = message_with(RTM_GETNSID, NLM_F_REQUEST, rtgenmsg{AF_UNSPEC});
    check(nla_put_u32(message.get(), NETNSA_PID, static_cast<std::uint32_t>(pid)));
    int id = -1;
    request(message.get(), [&id](nlmsghdr* answer) {
        std::array<nlattr*, NETNSA_MAX + 1> attributes{};
        if (answer->nlmsg_type == RTM_NEWNSID && parse(answer, sizeof(rtgenmsg), attributes) &&
            attributes[NETNSA_NSID] != nullptr)
            id = nla_get_s32(attributes[NETNSA_NSID]);
    });
    return id;
}

} // namespace uplink
