// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nft_probe.h"

#include "core/error.h"
#include "host/file.h"
#include "host/kernel_questions.h"
#include "host/netlink_attributes.h"

#include <algorithm>
#include <array>
#include <netinet/in.h> // before the kernel's own headers, which leave out then what it has

#include <cerrno>
#include <filesystem>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string>
#include <sys/utsname.h>
#include <vector>

namespace uplink
{

namespace
{

struct Table {
    std::uint8_t family = 0;
    std::string name;
};

/// A question to nf_tables would load a module that lies ready.
bool may_be_asked()
{
    if (std::filesystem::exists("/sys/module/nf_tables"))
        return true;
    utsname system = {};
    ::uname(&system);
    const std::string module =
        std::string("/lib/modules/") + system.release + "/kernel/net/netfilter/nf_tables.ko";
    constexpr std::array packings = {"", ".xz", ".zst", ".gz"};
    return std::none_of(packings.begin(), packings.end(),
                        [&module](const char* packing) { return std::filesystem::exists(module + packing); });
}

Attributes parsed(const nlmsghdr* answer)
{
    return Attributes(attributes_of<nfgenmsg>(answer));
}

void list(KernelQuestions& kernel, int type, const Table& of, const KernelQuestions::OnAnswer& on_answer)
{
    const nfgenmsg header = {of.family, NFNETLINK_V0, 0};
    // The number of the attribute is the same for rules and chains.
    const std::string attributes =
        of.name.empty() ? "" : netlink_attribute(NFTA_RULE_TABLE, {of.name.c_str(), of.name.size() + 1});
    const int error = kernel.ask(
        netlink_request(NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_DUMP, bytes_of(header), attributes),
        on_answer);
    // A kernel without nf_tables says EINVAL, one without netfilter's netlink at all EPROTONOSUPPORT.
    if (error != 0 && error != EINVAL && error != EOPNOTSUPP && error != EPROTONOSUPPORT && error != ENOENT)
        throw Error("cannot list the rules of nf_tables: " + error_text(error));
}

std::vector<Table> tables_of_others(KernelQuestions& kernel)
{
    std::vector<Table> tables;
    list(kernel, NFT_MSG_GETTABLE, {}, [&](const nlmsghdr* answer) {
        std::string name = parsed(answer).text(NFTA_TABLE_NAME);
        if (!name.starts_with("lxc-uplink") && !name.starts_with("lxc_uplink"))
            tables.push_back({header_of<nfgenmsg>(answer).nfgen_family, std::move(name)});
        return true;
    });
    return tables;
}

/// Kernels before 5.17 do not sort chains by their table, so that this is done here.
bool is_in(const nlmsghdr* answer, const Table& table)
{
    return parsed(answer).text(NFTA_RULE_TABLE) == table.name;
}

bool has_any_table(KernelQuestions& kernel)
{
    bool found = false;
    list(kernel, NFT_MSG_GETTABLE, {}, [&found](const nlmsghdr*) {
        found = true;
        return false;
    });
    return found;
}

bool has_rule(KernelQuestions& kernel, const Table& table)
{
    bool found = false;
    list(kernel, NFT_MSG_GETRULE, table, [&](const nlmsghdr* answer) {
        found = is_in(answer, table);
        return !found;
    });
    return found;
}

bool has_policy(KernelQuestions& kernel, const Table& table)
{
    bool found = false;
    list(kernel, NFT_MSG_GETCHAIN, table, [&](const nlmsghdr* answer) {
        const auto attributes = parsed(answer);
        found = attributes.has(NFTA_CHAIN_POLICY) &&
                ntohl(attributes.number(NFTA_CHAIN_POLICY)) != NF_ACCEPT && is_in(answer, table);
        return !found;
    });
    return found;
}

/// Asks for one thing by its names.
bool exists(int type, std::uint8_t family, const std::string& attributes)
{
    if (!may_be_asked())
        return false;
    KernelQuestions kernel(NETLINK_NETFILTER);
    const nfgenmsg header = {family, NFNETLINK_V0, 0};
    bool found = false;
    const int error =
        kernel.ask(netlink_request(NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_ACK, bytes_of(header), attributes),
                   [&found](const nlmsghdr*) { return found = true; });
    if (error != 0 && error != EINVAL && error != EOPNOTSUPP && error != EPROTONOSUPPORT && error != ENOENT)
        throw Error("cannot read nf_tables: " + error_text(error));
    return found;
}

std::string name_attribute(int type, const std::string& name)
{
    return netlink_attribute(type, {name.c_str(), name.size() + 1});
}

} // namespace

bool has_nft_table_of_firewalld()
{
    return exists(NFT_MSG_GETTABLE, NFPROTO_INET, name_attribute(NFTA_TABLE_NAME, "firewalld"));
}

bool has_nft_filter_chain(bool ipv6, const std::string& chain)
{
    return exists(NFT_MSG_GETCHAIN, ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
                  name_attribute(NFTA_CHAIN_TABLE, "filter") + name_attribute(NFTA_CHAIN_NAME, chain));
}

bool others_use_nftables()
{
    if (!may_be_asked())
        return false;
    KernelQuestions kernel(NETLINK_NETFILTER);
    for (const Table& table : tables_of_others(kernel))
        if (has_rule(kernel, table) || has_policy(kernel, table))
            return true;
    return false;
}

bool has_nftables_tables()
{
    if (!may_be_asked())
        return false;
    KernelQuestions kernel(NETLINK_NETFILTER);
    return has_any_table(kernel);
}

} // namespace uplink
