// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink_nftables.h"

#include "core/nftables_rules.h"
#include "host/netlink_message.h"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>

namespace uplink
{

namespace
{

constexpr int type_of(int message)
{
    return NFNL_SUBSYS_NFTABLES << 8 | message;
}

Message question(int message, int flags = 0)
{
    nfgenmsg header = {};
    header.nfgen_family = NFPROTO_INET;
    header.version = NFNETLINK_V0;
    return message_with(type_of(message), NLM_F_REQUEST | flags, header);
}

template<std::size_t size>
bool parse_answer(nlmsghdr* header, std::array<nlattr*, size>& attributes)
{
    return parse(header, sizeof(nfgenmsg), attributes);
}

template<std::size_t size>
bool parse_nested(nlattr* nest, std::array<nlattr*, size>& attributes)
{
    return nest != nullptr && nla_parse_nested(attributes.data(), size - 1, nest, nullptr) >= 0;
}

std::string text_in(const nlattr* attribute)
{
    return attribute == nullptr ? "" : nla_get_string(const_cast<nlattr*>(attribute));
}

std::string bytes_in(const nlattr* attribute)
{
    return {static_cast<const char*>(nla_data(attribute)), static_cast<std::size_t>(nla_len(attribute))};
}

std::uint64_t number_in(nlattr* attribute)
{
    return attribute == nullptr ? 0 : be64toh(nla_get_u64(attribute));
}

std::string value_in(nlattr* data)
{
    std::array<nlattr*, NFTA_DATA_MAX + 1> parts{};
    std::array<nlattr*, NFTA_VERDICT_MAX + 1> verdict{};
    if (!parse_nested(data, parts))
        return "";
    if (parts[NFTA_DATA_VALUE] != nullptr)
        return bytes_in(parts[NFTA_DATA_VALUE]);
    return parse_nested(parts[NFTA_DATA_VERDICT], verdict) ? text_in(verdict[NFTA_VERDICT_CHAIN]) : "";
}

/// nft(8) keeps it as a type of one byte (0), its length in another, and text that ends with a zero byte.
std::string comment_in(const nlattr* user_data)
{
    const std::string bytes = user_data == nullptr ? "" : bytes_in(user_data);
    if (bytes.size() < 3 || bytes[0] != 0)
        return "";
    return bytes.substr(2, static_cast<unsigned char>(bytes[1]) - 1U);
}

void read_counter(nlattr* expression, ElementInTable& element)
{
    std::array<nlattr*, NFTA_EXPR_MAX + 1> parts{};
    std::array<nlattr*, NFTA_COUNTER_MAX + 1> counter{};
    if (!parse_nested(expression, parts) || text_in(parts[NFTA_EXPR_NAME]) != "counter" ||
        !parse_nested(parts[NFTA_EXPR_DATA], counter))
        return;
    element.packets = number_in(counter[NFTA_COUNTER_PACKETS]);
    element.bytes = number_in(counter[NFTA_COUNTER_BYTES]);
}

std::optional<ElementInTable> element_in(nlmsghdr* header)
{
    std::array<nlattr*, NFTA_SET_ELEM_LIST_MAX + 1> list{};
    std::array<nlattr*, NFTA_LIST_MAX + 1> first{};
    std::array<nlattr*, NFTA_SET_ELEM_MAX + 1> parts{};
    if (!parse_answer(header, list) || !parse_nested(list[NFTA_SET_ELEM_LIST_ELEMENTS], first) ||
        !parse_nested(first[NFTA_LIST_ELEM], parts))
        return std::nullopt;
    ElementInTable element;
    element.value = value_in(parts[NFTA_SET_ELEM_DATA]);
    element.comment = comment_in(parts[NFTA_SET_ELEM_USERDATA]);
    read_counter(parts[NFTA_SET_ELEM_EXPR], element);
    return element;
}

int on_valid(nl_msg* message, void* argument)
{
    (*static_cast<const std::function<void(nlmsghdr*)>*>(argument))(nlmsg_hdr(message));
    return NL_OK;
}

} // namespace

NftablesReader::NftablesReader() : socket_(nl_socket_alloc())
{
    if (!socket_)
        throw Error("out of memory");
    nl_socket_disable_auto_ack(socket_.get());
    check(nl_connect(socket_.get(), NETLINK_NETFILTER));
}

/// False when what is asked for is not there, or changed while it was read.
bool NftablesReader::ask(nl_msg* question, const OnMessage& on_message)
{
    nlmsg_hdr(question)->nlmsg_seq = NL_AUTO_SEQ; // a message that is sent again needs a new number
    check(nl_socket_modify_cb(socket_.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid,
                              const_cast<OnMessage*>(&on_message)));
    check(nl_send_auto(socket_.get(), question));
    const int result = nl_recvmsgs_default(socket_.get());
    if (result == -NLE_OBJ_NOTFOUND || result == -NLE_DUMP_INTR)
        return false;
    check(result);
    return true;
}

bool NftablesReader::table_exists()
{
    const Message message = question(NFT_MSG_GETTABLE);
    check(nla_put_string(message.get(), NFTA_TABLE_NAME, nftables_table));
    return ask(message.get(), [](nlmsghdr*) {});
}

std::map<std::string, ChainInTable> NftablesReader::read_chains()
{
    std::map<std::string, ChainInTable> chains;
    const Message all = question(NFT_MSG_GETCHAIN, NLM_F_DUMP);
    check(nla_put_string(all.get(), NFTA_CHAIN_TABLE, nftables_table));
    const Message rules = question(NFT_MSG_GETRULE, NLM_F_DUMP);
    check(nla_put_string(rules.get(), NFTA_RULE_TABLE, nftables_table));
    const auto on_chain = [&](nlmsghdr* header) {
        std::array<nlattr*, NFTA_CHAIN_MAX + 1> parts{};
        if (!parse_answer(header, parts) || text_in(parts[NFTA_CHAIN_TABLE]) != nftables_table)
            return;
        ChainInTable& chain = chains[text_in(parts[NFTA_CHAIN_NAME])];
        chain.hooked = parts[NFTA_CHAIN_HOOK] != nullptr;
        chain.uses = parts[NFTA_CHAIN_USE] == nullptr ? 0 : be32toh(nla_get_u32(parts[NFTA_CHAIN_USE]));
    };
    const auto on_rule = [&](nlmsghdr* header) {
        std::array<nlattr*, NFTA_RULE_MAX + 1> parts{};
        if (parse_answer(header, parts) && text_in(parts[NFTA_RULE_TABLE]) == nftables_table)
            ++chains[text_in(parts[NFTA_RULE_CHAIN])].rules;
    };
    constexpr int most_tries = 100; // the tables change often on a host where containers come and go
    for (int i = 0; i < most_tries; ++i) {
        chains.clear();
        if (ask(all.get(), on_chain) && ask(rules.get(), on_rule))
            return chains;
    }
    throw Error("the kernel's list of chains changed each time that it was read");
}

std::optional<std::map<std::string, ChainInTable>> NftablesReader::chains()
{
    if (!table_exists())
        return std::nullopt;
    return read_chains();
}

std::optional<ElementInTable> NftablesReader::element(const std::string& map, const std::string& key)
{
    const Message message = question(NFT_MSG_GETSETELEM);
    check(nla_put_string(message.get(), NFTA_SET_ELEM_LIST_TABLE, nftables_table));
    check(nla_put_string(message.get(), NFTA_SET_ELEM_LIST_SET, map.c_str()));
    {
        const Nested elements(message.get(), NFTA_SET_ELEM_LIST_ELEMENTS);
        const Nested element(message.get(), NFTA_LIST_ELEM);
        const Nested data(message.get(), NFTA_SET_ELEM_KEY);
        check(nla_put(message.get(), NFTA_DATA_VALUE, static_cast<int>(key.size()), key.data()));
    }
    std::optional<ElementInTable> found;
    ask(message.get(), [&](nlmsghdr* header) { found = element_in(header); });
    return found;
}

} // namespace uplink
