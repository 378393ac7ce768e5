// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iptables_entry.h"

#include "core/protocol_number.h"
#include "host/kernel_questions.h"

#include <arpa/inet.h>
#include <cstring>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <string_view>
#include <type_traits>

#define _Bool bool // NOLINT: this header has functions in C
#include <linux/netfilter/xt_sctp.h>
#undef _Bool
#undef bytes // which this header defines as a macro

namespace uplink
{

namespace
{

using Bytes = std::vector<std::uint8_t>;

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

/// Room for a part of an entry, all zeros: what lies between its fields is compared too, by iptables -D.
template<typename Part>
Part& append(Bytes& bytes)
{
    const std::size_t end = bytes.size();
    bytes.resize(end + XT_ALIGN(sizeof(Part)));
    return *reinterpret_cast<Part*>(&bytes[end]);
}

/// A match, or a target, whose head looks the same. The result is good until the next part comes.
template<typename Info>
Info& append_extension(Bytes& bytes, const std::string& name, std::uint8_t revision)
{
    auto& head = append<xt_entry_match>(bytes);
    head.u.match_size = static_cast<std::uint16_t>(XT_ALIGN(sizeof head) + XT_ALIGN(sizeof(Info)));
    set_text(head.u.user.name, name);
    head.u.user.revision = revision;
    return append<Info>(bytes);
}

template<typename Address>
void set_address(Address& field, const IpAddress& address)
{
    static_assert(sizeof field <= sizeof address.bytes);
    std::memcpy(&field, address.bytes.data(), sizeof field);
}

IpAddress mask_of(unsigned prefix_length)
{
    IpAddress ones;
    ones.bytes.fill(0xff);
    ones.ipv6 = true; // so that any length is one of its own
    return network_of(ones, prefix_length).base;
}

void set_interface(char (&field)[IFNAMSIZ], unsigned char (&mask)[IFNAMSIZ], const std::string& name)
{
    set_text(field, name);
    // The name's closing zero is compared too, or the rule would match every name that begins so.
    if (!name.empty())
        std::memset(mask, 0xff, name.size() + 1);
}

void set_network(const std::optional<IpNetwork>& network, auto& address, auto& mask)
{
    if (!network)
        return;
    set_address(address, network->base);
    set_address(mask, mask_of(network->prefix_length));
}

template<typename Header>
void fill_header(Header& header, const IptablesRule& rule)
{
    static_assert(IPT_INV_DSTIP == IP6T_INV_DSTIP && IPT_INV_VIA_IN == IP6T_INV_VIA_IN);
    set_network(rule.source, header.src, header.smsk);
    set_network(rule.destination, header.dst, header.dmsk);
    set_interface(header.iniface, header.iniface_mask, rule.in);
    set_interface(header.outiface, header.outiface_mask, rule.out);
    header.invflags = static_cast<std::uint8_t>((rule.not_destination ? IPT_INV_DSTIP : 0) |
                                                (rule.not_in ? IPT_INV_VIA_IN : 0));
    if (!rule.protocol)
        return;
    header.proto = protocol_number(*rule.protocol);
    if constexpr (std::is_same_v<Header, ip6t_ip6>)
        header.flags |= IP6T_F_PROTO;
}

template<typename Info>
Info& append_ports(Bytes& bytes, Protocol protocol, const PortRange& ports)
{
    auto& info = append_extension<Info>(bytes, to_string(protocol), 0);
    info.dpts[0] = ports.first;
    info.dpts[1] = ports.last;
    return info;
}

void append_ports(Bytes& bytes, Protocol protocol, const PortRange& ports)
{
    constexpr std::uint16_t highest = 0xffff;
    switch (protocol) {
    case Protocol::tcp:
        append_ports<xt_tcp>(bytes, protocol, ports).spts[1] = highest;
        return;
    case Protocol::udp:
        append_ports<xt_udp>(bytes, protocol, ports).spts[1] = highest;
        return;
    case Protocol::sctp:
        auto& info = append_ports<xt_sctp_info>(bytes, protocol, ports);
        info.flags = XT_SCTP_DEST_PORTS;
        for (xt_sctp_flag_info& unused : info.flag_info)
            unused.chunktype = 0xff; // iptables: -1
    }
}

unsigned mask_of(FlowState state)
{
    switch (state) {
    case FlowState::any:
        return 0;
    case FlowState::fresh:
        return XT_CONNTRACK_STATE_BIT(IP_CT_NEW);
    case FlowState::redirected:
        return XT_CONNTRACK_STATE_DNAT;
    case FlowState::expected:
        return XT_CONNTRACK_STATE_BIT(IP_CT_RELATED) | XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED) |
               XT_CONNTRACK_STATE_DNAT;
    }
    return 0;
}

void append_conntrack(Bytes& bytes, const IptablesRule& rule)
{
    if (rule.state == FlowState::any && !rule.original)
        return;
    auto& info = append_extension<xt_conntrack_mtinfo3>(bytes, "conntrack", 3);
    if (!rule.original) {
        info.match_flags = XT_CONNTRACK_STATE;
        info.state_mask = static_cast<std::uint16_t>(mask_of(rule.state));
        return;
    }
    info.match_flags = XT_CONNTRACK_ORIGDST_PORT;
    info.origdst_port = rule.original->ports.first;
    info.origdst_port_high = rule.original->ports.last;
    if (const auto& address = rule.original->address) {
        info.match_flags |= XT_CONNTRACK_ORIGDST;
        set_address(info.origdst_addr, *address);
        set_address(info.origdst_mask, mask_of(128)); // of IPv4 too: iptables sets all of it
    }
}

void append_matches(Bytes& bytes, const IptablesRule& rule)
{
    if (rule.ports)
        append_ports(bytes, *rule.protocol, *rule.ports);
    append_conntrack(bytes, rule);
    if (rule.to_host)
        append_extension<xt_addrtype_info_v1>(bytes, "addrtype", 1).dest = XT_ADDRTYPE_LOCAL;
    if (rule.bridged)
        append_extension<xt_physdev_info>(bytes, "physdev", 0).bitmask = XT_PHYSDEV_OP_BRIDGED;
    if (!rule.comment.empty())
        set_text(append_extension<xt_comment_info>(bytes, "comment", 0).comment, rule.comment);
}

unsigned flags_of(const NatRange& nat)
{
    return (nat.address ? NF_NAT_RANGE_MAP_IPS : 0) | (nat.ports ? NF_NAT_RANGE_PROTO_SPECIFIED : 0) |
           (nat.base ? NF_NAT_RANGE_PROTO_OFFSET : 0) |
           (nat.random_fully ? NF_NAT_RANGE_PROTO_RANDOM_FULLY : 0);
}

template<typename Range>
void fill_range(Range& range, const NatRange& nat)
{
    range.flags = flags_of(nat);
    if (nat.address) {
        set_address(range.min_addr, *nat.address);
        set_address(range.max_addr, *nat.address);
    }
    if (nat.ports) {
        range.min_proto.all = htons(nat.ports->first);
        range.max_proto.all = htons(nat.ports->last);
    }
    if constexpr (std::is_same_v<Range, nf_nat_range2>)
        range.base_proto.all = htons(nat.base.value_or(0));
}

/// As IPv4 has it by itself (xt_MASQUERADE.c, and revision 0 of SNAT in xt_nat.c).
void fill_range(nf_nat_ipv4_multi_range_compat& ranges, const NatRange& nat)
{
    nf_nat_range from = {};
    fill_range(from, nat);
    ranges.rangesize = 1; // the kernel refuses any other number
    ranges.range[0] = {from.flags, from.min_addr.ip, from.max_addr.ip, from.min_proto, from.max_proto};
}

bool rewrites(const std::string& target)
{
    return target == "MASQUERADE" || target == "SNAT" || target == "DNAT";
}

template<typename Family>
void append_target(Bytes& bytes, const IptablesRule& rule)
{
    const std::string& name = rule.target;
    if (!rewrites(name))
        append_extension<int>(bytes, name, 0); // as big as xt_standard_target
    else if (name == "DNAT")
        fill_range(append_extension<nf_nat_range2>(bytes, name, 2), rule.nat);
    else if constexpr (Family::ipv6)
        fill_range(append_extension<nf_nat_range>(bytes, name, name == "SNAT" ? 1 : 0), rule.nat);
    else
        fill_range(append_extension<nf_nat_ipv4_multi_range_compat>(bytes, name, 0), rule.nat);
}

template<typename Entry>
const xt_entry_match* part_at(const Entry* entry, std::size_t offset)
{
    return reinterpret_cast<const xt_entry_match*>(reinterpret_cast<const char*>(entry) + offset);
}

/// Whether two matches or targets say the same. Behind a name's end the kernel leaves what it likes.
bool is_same_part(const xt_entry_match* one, const xt_entry_match* other)
{
    return one->u.match_size == other->u.match_size && one->u.user.revision == other->u.user.revision &&
           text_of(one->u.user.name) == text_of(other->u.user.name) &&
           std::memcmp(one->data, other->data, one->u.match_size - sizeof *one) == 0;
}

template<typename Entry>
bool have_same_matches(const Entry* one, const Entry* other)
{
    if (one->target_offset != other->target_offset)
        return false;
    for (std::size_t offset = sizeof *one; offset < one->target_offset;
         offset += part_at(one, offset)->u.match_size)
        if (!is_same_part(part_at(one, offset), part_at(other, offset)))
            return false;
    return true;
}

} // namespace

template<typename Family>
BuiltEntry<Family>::BuiltEntry(const IptablesRule& rule)
{
    fill_header(Family::header(append<Entry>(bytes_)), rule);
    append_matches(bytes_, rule);
    const std::size_t target_offset = bytes_.size();
    append_target<Family>(bytes_, rule);
    auto* entry = reinterpret_cast<Entry*>(bytes_.data());
    entry->target_offset = static_cast<std::uint16_t>(target_offset);
    entry->next_offset = static_cast<std::uint16_t>(bytes_.size());
}

template<typename Entry>
std::string comment_of(const Entry* entry)
{
    for (std::size_t offset = sizeof *entry; offset < entry->target_offset;
         offset += part_at(entry, offset)->u.match_size)
        if (const auto* match = part_at(entry, offset); text_of(match->u.user.name) == "comment")
            return text_of(reinterpret_cast<const xt_comment_info*>(match->data)->comment);
    return "";
}

template<typename Family>
bool is_same(const typename Family::Entry* kernels, const std::string& target,
             const BuiltEntry<Family>& built)
{
    const auto* ours = built.get();
    const auto* our_target = part_at(ours, ours->target_offset);
    const std::string our_name = text_of(our_target->u.user.name);
    return target == our_name && have_same_matches(kernels, ours) &&
           bytes_of(Family::header(*kernels)) == bytes_of(Family::header(*ours)) &&
           (!rewrites(our_name) || is_same_part(part_at(kernels, kernels->target_offset), our_target));
}

template class BuiltEntry<Ipv4Family>;
template class BuiltEntry<Ipv6Family>;
template std::string comment_of(const ipt_entry* entry);
template std::string comment_of(const ip6t_entry* entry);
template bool is_same<Ipv4Family>(const ipt_entry* kernels, const std::string& target,
                                  const BuiltEntry<Ipv4Family>& built);
template bool is_same<Ipv6Family>(const ip6t_entry* kernels, const std::string& target,
                                  const BuiltEntry<Ipv6Family>& built);

} // namespace uplink
