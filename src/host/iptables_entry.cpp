// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iptables_entry.h"

#include <arpa/inet.h>
#include <bit>
#include <cstring>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_comment.h>

namespace uplink
{

namespace
{

constexpr std::size_t entry_size = XT_ALIGN(sizeof(ipt_entry));
constexpr std::size_t comment_size = XT_ALIGN(sizeof(xt_entry_match)) + XT_ALIGN(sizeof(xt_comment_info));

/// Copies text into a field of the kernel's, which is zero and keeps a zero at its end.
template<std::size_t size>
void set_text(char (&field)[size], const std::string& text)
{
    text.copy(field, size - 1);
}

template<std::size_t size>
std::string text_of(const char (&field)[size])
{
    return std::string(field, ::strnlen(field, size));
}

char* at(Entry& entry, std::size_t offset)
{
    return reinterpret_cast<char*>(entry.get()) + offset;
}

in_addr in_addr_of(const IpAddress& address)
{
    in_addr result = {};
    std::memcpy(&result, address.bytes.data(), sizeof result);
    return result;
}

/// An entry with room for a comment, when there is one, and a target of `target_size` bytes.
Entry entry_with(const IpNetwork& source, const IpNetwork& destination, const std::string& comment,
                 std::size_t target_size)
{
    const std::size_t target_offset = entry_size + (comment.empty() ? 0 : comment_size);
    Entry entry(target_offset + target_size);
    ipt_ip& ip = entry.get()->ip;
    ip.src = in_addr_of(source.base);
    ip.smsk.s_addr = htonl(netmask(source.prefix_length));
    ip.dst = in_addr_of(destination.base);
    ip.dmsk.s_addr = htonl(netmask(destination.prefix_length));
    entry.get()->target_offset = static_cast<std::uint16_t>(target_offset);
    entry.get()->next_offset = static_cast<std::uint16_t>(target_offset + target_size);
    if (!comment.empty()) {
        auto* match = reinterpret_cast<xt_entry_match*>(at(entry, entry_size));
        match->u.match_size = comment_size;
        set_text(match->u.user.name, "comment");
        set_text(reinterpret_cast<xt_comment_info*>(match->data)->comment, comment);
    }
    return entry;
}

/// Names the target and returns its private part.
unsigned char* set_target(Entry& entry, const std::string& name)
{
    auto* target = reinterpret_cast<xt_entry_target*>(at(entry, entry.get()->target_offset));
    target->u.target_size = static_cast<std::uint16_t>(entry.get()->next_offset - entry.get()->target_offset);
    set_text(target->u.user.name, name);
    return target->data;
}

unsigned prefix_length_of(in_addr mask)
{
    return static_cast<unsigned>(std::popcount(mask.s_addr));
}

IpNetwork network_of(in_addr address, in_addr mask)
{
    return {Ipv4Address{ntohl(address.s_addr)}, prefix_length_of(mask)};
}

} // namespace

Entry masquerade_entry(const MasqueradeRule& rule)
{
    constexpr std::size_t target_size =
        XT_ALIGN(sizeof(xt_entry_target)) + XT_ALIGN(sizeof(nf_nat_ipv4_multi_range_compat));
    Entry entry = entry_with(rule.source, rule.inside, rule.tag, target_size);
    ipt_ip& ip = entry.get()->ip;
    ip.invflags = IPT_INV_DSTIP;
    if (!rule.out.empty()) {
        set_text(ip.outiface, rule.out);
        // The name's closing zero is compared too, or the rule would match every name that begins so.
        std::memset(ip.outiface_mask, 0xff, rule.out.size() + 1);
    }
    auto* ranges = reinterpret_cast<nf_nat_ipv4_multi_range_compat*>(set_target(entry, "MASQUERADE"));
    ranges->rangesize = 1; // the kernel refuses any other number (xt_MASQUERADE.c)
    return entry;
}

Entry jump_entry(const IpNetwork& source, const IpNetwork& destination, const std::string& comment,
                 const std::string& target)
{
    Entry entry = entry_with(source, destination, comment, XT_ALIGN(sizeof(xt_standard_target)));
    // libiptc makes the standard target of it: it looks the name up among verdicts and chains.
    set_target(entry, target);
    return entry;
}

std::string comment_of(const ipt_entry* entry)
{
    const auto* bytes = reinterpret_cast<const char*>(entry);
    for (std::size_t offset = sizeof(ipt_entry); offset < entry->target_offset;) {
        const auto* match = reinterpret_cast<const xt_entry_match*>(bytes + offset);
        if (text_of(match->u.user.name) == "comment")
            return text_of(reinterpret_cast<const xt_comment_info*>(match->data)->comment);
        offset += match->u.match_size;
    }
    return "";
}

std::optional<MasqueradeRule> rule_of(const ipt_entry* entry, const std::string& target)
{
    const std::string comment = comment_of(entry);
    if (target != "MASQUERADE" || comment.empty() || entry->ip.invflags != IPT_INV_DSTIP)
        return std::nullopt;
    return MasqueradeRule{network_of(entry->ip.src, entry->ip.smsk),
                          network_of(entry->ip.dst, entry->ip.dmsk),
                          text_of(entry->ip.outiface),
                          comment,
                          {}};
}

} // namespace uplink
