// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink_words.h"

#include "core/shell_word.h"
#include "host/ip_words.h"
#include "host/route_words.h"

#include <cstring>
#include <endian.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace uplink
{

namespace
{

/// One that is not the interface's name, which is what the kernel sets by itself. ip(8) takes only those that
/// begin with it.
void add_label(IpWords& words, const std::string& label, const std::string& name)
{
    if (label.size() > name.size() && label.compare(0, name.size(), name) == 0)
        words.add("label", "%" + shell_word(label.substr(name.size())));
}

/// Without IFA_PROTO, for which ip(8) of iproute2 6.1 has no word.
std::string address_words(const nlmsghdr* message, const std::string& name)
{
    const auto header = header_of<ifaddrmsg>(message);
    const Attributes attributes(attributes_of<ifaddrmsg>(message));
    const std::string remote = address_word(attributes.bytes(IFA_ADDRESS));
    const std::string local = attributes.has(IFA_LOCAL) ? address_word(attributes.bytes(IFA_LOCAL)) : remote;
    const std::string prefix = remote + "/" + std::to_string(header.ifa_prefixlen);
    IpWords words;
    words.add(local == remote ? prefix : local + " peer " + prefix);
    words.add("dev %");
    if (attributes.has(IFA_BROADCAST))
        words.add("broadcast", address_word(attributes.bytes(IFA_BROADCAST)));
    if (header.ifa_family == AF_INET) // the kernel knows the scope of an IPv6 address by itself
        words.add("scope", scope_word(header.ifa_scope));
    if (attributes.has(IFA_RT_PRIORITY))
        words.add("metric", attributes.number(IFA_RT_PRIORITY));
    const std::uint32_t flags = attributes.number(IFA_FLAGS);
    words.add_if((flags & IFA_F_HOMEADDRESS) != 0, "home");
    words.add_if((flags & IFA_F_MANAGETEMPADDR) != 0, "mngtmpaddr");
    words.add_if((flags & IFA_F_MCAUTOJOIN) != 0, "autojoin");
    words.add_if((flags & IFA_F_NODAD) != 0, "nodad");
    words.add_if((flags & IFA_F_NOPREFIXROUTE) != 0, "noprefixroute");
    add_label(words, attributes.text(IFA_LABEL), name);
    return words.text();
}

std::string neighbour_words(const nlmsghdr* message)
{
    const auto header = header_of<ndmsg>(message);
    const Attributes attributes(attributes_of<ndmsg>(message));
    const bool proxy = (header.ndm_flags & NTF_PROXY) != 0;
    IpWords words;
    words.add_if(proxy, "proxy");
    words.add(address_word(attributes.bytes(NDA_DST)));
    words.add("dev %");
    if (attributes.has(NDA_LLADDR))
        words.add("lladdr", link_address_word(attributes.bytes(NDA_LLADDR)));
    if (!proxy)
        words.add("nud", (header.ndm_state & NUD_PERMANENT) != 0 ? "permanent" : "stale");
    words.add_if((header.ndm_flags & NTF_ROUTER) != 0, "router");
    words.add_if((header.ndm_flags & NTF_EXT_LEARNED) != 0, "extern_learn");
    if (const std::uint32_t protocol = attributes.number(NDA_PROTOCOL); protocol != RTPROT_UNSPEC)
        words.add("protocol", protocol_word(protocol));
    return words.text();
}

std::string nexthop_words(const nlmsghdr* message, const Placeholder& interface)
{
    const auto header = header_of<nhmsg>(message);
    const Attributes attributes(attributes_of<nhmsg>(message));
    IpWords words;
    words.add("id", attributes.number(NHA_ID));
    add_encapsulation(words, attributes, NHA_ENCAP_TYPE);
    if (attributes.has(NHA_GATEWAY))
        words.add("via", address_word(attributes.bytes(NHA_GATEWAY)));
    words.add("dev", interface.word_for(attributes.number(NHA_OIF)));
    words.add_if((header.nh_flags & RTNH_F_ONLINK) != 0, "onlink");
    if (header.nh_protocol != RTPROT_UNSPEC)
        words.add("protocol", protocol_word(header.nh_protocol));
    return words.text();
}

/// "10-20".
template<typename Range>
void add_range(IpWords& words, const std::string& keyword, const Attributes& rule, int type)
{
    if (!rule.has(type))
        return;
    const auto range = rule.value<Range>(type);
    words.add(keyword, std::to_string(range.start) + "-" + std::to_string(range.end));
}

void add_prefix(IpWords& words, const std::string& keyword, const std::string& address, unsigned length)
{
    if (!address.empty())
        words.add(keyword, address_word(address) + "/" + std::to_string(length));
}

/// Which packets the rule is for.
void add_selectors(IpWords& words, const fib_rule_hdr& header, const Attributes& rule,
                   const Placeholder& interface)
{
    words.add_if((header.flags & FIB_RULE_INVERT) != 0, "not");
    add_prefix(words, "from", rule.bytes(FRA_SRC), header.src_len);
    add_prefix(words, "to", rule.bytes(FRA_DST), header.dst_len);
    if (header.tos != 0)
        words.add("tos", hexadecimal(header.tos));
    if (rule.has(FRA_FWMARK) || rule.has(FRA_FWMASK))
        words.add("fwmark",
                  hexadecimal(rule.number(FRA_FWMARK)) + "/" + hexadecimal(rule.number(FRA_FWMASK)));
    if (rule.has(FRA_IIFNAME))
        words.add("iif", interface.word_for(rule.text(FRA_IIFNAME)));
    if (rule.has(FRA_OIFNAME))
        words.add("oif", interface.word_for(rule.text(FRA_OIFNAME)));
    if (rule.has(FRA_TUN_ID))
        words.add("tun_id", std::to_string(be64toh(rule.value<std::uint64_t>(FRA_TUN_ID))));
    add_range<fib_rule_uid_range>(words, "uidrange", rule, FRA_UID_RANGE);
    if (rule.has(FRA_IP_PROTO))
        words.add("ipproto", rule.number(FRA_IP_PROTO));
    add_range<fib_rule_port_range>(words, "sport", rule, FRA_SPORT_RANGE);
    add_range<fib_rule_port_range>(words, "dport", rule, FRA_DPORT_RANGE);
}

void add_suppression(IpWords& words, const std::string& keyword, const Attributes& rule, int type)
{
    constexpr std::uint32_t none = UINT32_MAX; // -1, which the kernel tells too (fib_nl_fill_rule())
    if (rule.has(type) && rule.number(type) != none)
        words.add(keyword, rule.number(type));
}

void add_action(IpWords& words, const fib_rule_hdr& header, const Attributes& rule)
{
    switch (header.action) {
    case FR_ACT_TO_TBL:
        if (rule.number(FRA_L3MDEV) != 0)
            words.add("l3mdev");
        else
            words.add("lookup", rule.number(FRA_TABLE));
        break;
    case FR_ACT_GOTO:
        words.add("goto", rule.number(FRA_GOTO));
        break;
    case FR_ACT_NOP:
        words.add("nop");
        break;
    default:
        words.add(type_word(header.action));
    }
    add_suppression(words, "suppress_prefixlength", rule, FRA_SUPPRESS_PREFIXLEN);
    add_suppression(words, "suppress_ifgroup", rule, FRA_SUPPRESS_IFGROUP);
}

std::string rule_words(const nlmsghdr* message, const Placeholder& interface)
{
    const auto header = header_of<fib_rule_hdr>(message);
    const Attributes attributes(attributes_of<fib_rule_hdr>(message));
    IpWords words;
    add_selectors(words, header, attributes, interface);
    words.add("pref", attributes.number(FRA_PRIORITY)); // which the kernel leaves out when it is 0
    if (const std::uint32_t protocol = attributes.number(FRA_PROTOCOL); protocol != RTPROT_UNSPEC)
        words.add("protocol", protocol_word(protocol));
    add_action(words, header, attributes);
    if (attributes.has(FRA_FLOW))
        words.add("realms", realms_word(attributes.number(FRA_FLOW)));
    return words.text();
}

} // namespace

std::string words_of(const std::string& message, const std::string& name, unsigned ifindex)
{
    const auto* header = reinterpret_cast<const nlmsghdr*>(message.data());
    const Placeholder interface = {name, ifindex};
    switch (header->nlmsg_type) {
    case RTM_NEWADDR:
        return address_words(header, name);
    case RTM_NEWNEIGH:
        return neighbour_words(header);
    case RTM_NEWNEXTHOP:
        return nexthop_words(header, interface);
    case RTM_NEWROUTE:
        return route_words(header_of<rtmsg>(header), Attributes(attributes_of<rtmsg>(header)), interface);
    case RTM_NEWRULE:
        return rule_words(header, interface);
    default:
        return "";
    }
}

} // namespace uplink
