// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/ip_words.h"

#include "core/shell_word.h"

#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>

namespace uplink
{

namespace
{

using Names = std::map<std::uint32_t, std::string>;

std::string name_in(const Names& names, std::uint32_t number)
{
    const auto found = names.find(number);
    return found == names.end() ? std::to_string(number) : found->second;
}

} // namespace

std::string Placeholder::word_for(const std::string& interface) const
{
    return interface == name ? "%" : shell_word(interface);
}

std::string Placeholder::word_for(unsigned interface) const
{
    if (interface == ifindex)
        return "%";
    std::array<char, IF_NAMESIZE> found{};
    if (::if_indextoname(interface, found.data()) == nullptr)
        return "if" + std::to_string(interface);
    return shell_word(found.data());
}

std::string address_word(const std::string& bytes)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = bytes.size() == sizeof(in6_addr) ? AF_INET6 : AF_INET;
    ::inet_ntop(family, bytes.data(), text.data(), text.size());
    return text.data();
}

std::string link_address_word(const std::string& bytes)
{
    std::string word;
    for (const char byte : bytes) {
        std::array<char, sizeof ":02"> octet{};
        (void)std::snprintf(octet.data(), octet.size(), "%s%02x", word.empty() ? "" : ":",
                            static_cast<unsigned char>(byte));
        word += octet.data();
    }
    return word;
}

std::string hexadecimal(std::uint32_t number)
{
    std::array<char, sizeof "0x12345678"> text{};
    (void)std::snprintf(text.data(), text.size(), "0x%x", number);
    return text.data();
}

std::string protocol_word(std::uint32_t protocol)
{
    static const Names names = {
        {RTPROT_KERNEL, "kernel"}, {RTPROT_BOOT, "boot"}, {RTPROT_STATIC, "static"},
        {RTPROT_RA, "ra"},         {RTPROT_DHCP, "dhcp"},
    };
    return name_in(names, protocol);
}

std::string scope_word(std::uint32_t scope)
{
    static const Names names = {
        {RT_SCOPE_UNIVERSE, "global"},
        {RT_SCOPE_LINK, "link"},
        {RT_SCOPE_HOST, "host"},
    };
    return name_in(names, scope);
}

std::string type_word(std::uint32_t type)
{
    static const Names names = {
        {RTN_UNICAST, "unicast"},         {RTN_LOCAL, "local"},         {RTN_BROADCAST, "broadcast"},
        {RTN_ANYCAST, "anycast"},         {RTN_MULTICAST, "multicast"}, {RTN_BLACKHOLE, "blackhole"},
        {RTN_UNREACHABLE, "unreachable"}, {RTN_PROHIBIT, "prohibit"},   {RTN_THROW, "throw"},
    };
    return name_in(names, type);
}

std::string realms_word(std::uint32_t realms)
{
    constexpr unsigned bits = 16;
    return std::to_string(realms >> bits) + "/" + std::to_string(realms & UINT16_MAX);
}

void add_encapsulation(IpWords& words, const Attributes& attributes, int type)
{
    static const Names names = {
        {LWTUNNEL_ENCAP_MPLS, "mpls"},   {LWTUNNEL_ENCAP_IP, "ip"},
        {LWTUNNEL_ENCAP_ILA, "ila"},     {LWTUNNEL_ENCAP_IP6, "ip6"},
        {LWTUNNEL_ENCAP_SEG6, "seg6"},   {LWTUNNEL_ENCAP_BPF, "bpf"},
        {LWTUNNEL_ENCAP_RPL, "rpl"},     {LWTUNNEL_ENCAP_SEG6_LOCAL, "seg6local"},
        {LWTUNNEL_ENCAP_IOAM6, "ioam6"}, {LWTUNNEL_ENCAP_XFRM, "xfrm"},
    };
    if (attributes.has(type))
        words.add("encap " + name_in(names, attributes.number(type)) + " ...");
}

} // namespace uplink
