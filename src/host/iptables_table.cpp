// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iptables_table.h"

#include "core/error.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>

namespace uplink
{

namespace
{

constexpr const char* hook_chain = "POSTROUTING";

void check(int result)
{
    if (result != 1)
        throw Error(iptables_error_text(errno));
}

bool is_for(const ipt_entry* entry, const IpNetwork& destination)
{
    return std::memcmp(&entry->ip.dst, destination.base.bytes.data(), sizeof entry->ip.dst) == 0 &&
           entry->ip.dmsk.s_addr == htonl(netmask(destination.prefix_length));
}

} // namespace

std::string iptables_error_text(int error)
{
    if (error == ENOENT || error == ENOPROTOOPT)
        return "this kernel has no legacy nat table: load or build the module iptable_nat (CONFIG_IP_NF_NAT)";
    return iptc_strerror(error);
}

Table::Table() : handle_(iptc_init("nat"))
{
    if (!handle_)
        throw NothingChanged(iptables_error_text(errno));
}

void Table::add(const MasqueradeRule& rule)
{
    const IpNetwork block = block_of(rule);
    make_main_chain();
    make_chain(block);
    if (find(rule) == 0)
        append(chain_of(block), masquerade_entry(rule));
}

bool Table::is_in_force(const MasqueradeRule& rule) const
{
    return find(rule) != 0 && jump_to(chain_of(block_of(rule)), main_chain) != 0 &&
           jump_to(main_chain, hook_chain) != 0 &&
           std::all_of(unmasqueraded.begin(), unmasqueraded.end(),
                       [this](const IpNetwork& destination) { return return_for(destination) != 0; });
}

void Table::remove(const MasqueradeRule& rule)
{
    const IpNetwork block = block_of(rule);
    if (const unsigned number = find(rule))
        delete_rule(chain_of(block), number);
    if (is_idle(block))
        delete_chain(block);
    if (main_chain_is_idle())
        delete_main_chain();
}

bool Table::is_rid_of(const MasqueradeRule& rule) const
{
    return find(rule) == 0 && !is_idle(block_of(rule)) && !main_chain_is_idle();
}

Standing Table::standing(const MasqueradeRule& rule) const
{
    const std::string chain = chain_of(block_of(rule));
    if (exists(chain))
        for (const ipt_entry* entry = first(chain); entry != nullptr; entry = next(entry))
            if (rule_of(entry, target(entry)) == rule)
                return {true, jump_to(main_chain, hook_chain) != 0 && jump_to(chain, main_chain) != 0,
                        entry->counters.pcnt, entry->counters.bcnt};
    return {};
}

std::set<std::string> Table::tags() const
{
    std::set<std::string> tags;
    for (const char* chain = iptc_first_chain(handle_.get()); chain != nullptr;
         chain = iptc_next_chain(handle_.get()))
        for (const ipt_entry* entry = first(chain); entry != nullptr; entry = next(entry))
            if (const std::string tag = comment_of(entry); tag.rfind("lxc-uplink:", 0) == 0)
                tags.insert(tag);
    return tags;
}

void Table::remove_tagged(const std::string& tag)
{
    std::vector<MasqueradeRule> rules;
    for (const char* chain = iptc_first_chain(handle_.get()); chain != nullptr;
         chain = iptc_next_chain(handle_.get()))
        for (const ipt_entry* entry = first(chain); entry != nullptr; entry = next(entry))
            if (auto rule = rule_of(entry, target(entry)); rule && rule->tag == tag)
                rules.push_back(std::move(*rule));
    for (const MasqueradeRule& rule : rules)
        remove(rule);
}

const ipt_entry* Table::first(const std::string& chain) const
{
    return iptc_first_rule(chain.c_str(), handle_.get());
}

const ipt_entry* Table::next(const ipt_entry* entry) const
{
    return iptc_next_rule(entry, handle_.get());
}

std::string Table::target(const ipt_entry* entry) const
{
    return iptc_get_target(entry, handle_.get());
}

bool Table::exists(const std::string& chain) const
{
    return iptc_is_chain(chain.c_str(), handle_.get()) == 1;
}

unsigned Table::number_of(const std::string& chain, const Matches& matches) const
{
    if (!exists(chain))
        return 0;
    unsigned number = 0;
    for (const ipt_entry* entry = first(chain); entry != nullptr; entry = next(entry)) {
        ++number;
        if (matches(entry))
            return number;
    }
    return 0;
}

unsigned Table::find(const MasqueradeRule& rule) const
{
    return number_of(chain_of(block_of(rule)),
                     [&](const ipt_entry* entry) { return rule_of(entry, target(entry)) == rule; });
}

unsigned Table::jump_to(const std::string& chain, const std::string& from) const
{
    return number_of(from, [&](const ipt_entry* entry) { return target(entry) == chain; });
}

unsigned Table::return_for(const IpNetwork& destination) const
{
    return number_of(main_chain, [&](const ipt_entry* entry) {
        return target(entry) == IPTC_LABEL_RETURN && is_for(entry, destination);
    });
}

bool Table::only_we_jump_to(const std::string& chain, const std::string& from) const
{
    unsigned jumps = 0;
    if (exists(from))
        for (const ipt_entry* entry = first(from); entry != nullptr; entry = next(entry))
            jumps += target(entry) == chain ? 1 : 0;
    unsigned references = 0;
    check(iptc_get_references(&references, chain.c_str(), handle_.get()));
    return references == jumps;
}

bool Table::is_idle(const IpNetwork& block) const
{
    const std::string chain = chain_of(block);
    return exists(chain) && first(chain) == nullptr && only_we_jump_to(chain, main_chain);
}

bool Table::main_chain_is_idle() const
{
    const auto is_not_ours = [&](const ipt_entry* entry) {
        return target(entry) != IPTC_LABEL_RETURN ||
               std::none_of(unmasqueraded.begin(), unmasqueraded.end(),
                            [&](const IpNetwork& destination) { return is_for(entry, destination); });
    };
    return exists(main_chain) && number_of(main_chain, is_not_ours) == 0 &&
           only_we_jump_to(main_chain, hook_chain);
}

void Table::make_main_chain()
{
    if (!exists(main_chain))
        check(iptc_create_chain(main_chain, handle_.get()));
    unsigned position = 0;
    for (const IpNetwork& destination : unmasqueraded) {
        if (return_for(destination) == 0) {
            const Entry entry = jump_entry({}, destination, "", IPTC_LABEL_RETURN);
            check(iptc_insert_entry(main_chain, entry.get(), position, handle_.get()));
        }
        ++position;
    }
    if (jump_to(main_chain, hook_chain) == 0)
        append(hook_chain, jump_entry({}, {}, jump_tag, main_chain));
}

void Table::make_chain(const IpNetwork& block)
{
    const std::string chain = chain_of(block);
    if (!exists(chain))
        check(iptc_create_chain(chain.c_str(), handle_.get()));
    if (jump_to(chain, main_chain) == 0)
        append(main_chain, jump_entry(block, {}, "", chain));
}

void Table::delete_chain(const IpNetwork& block)
{
    const std::string chain = chain_of(block);
    delete_jumps(chain, main_chain);
    check(iptc_delete_chain(chain.c_str(), handle_.get()));
}

void Table::delete_main_chain()
{
    delete_jumps(main_chain, hook_chain);
    check(iptc_flush_entries(main_chain, handle_.get()));
    check(iptc_delete_chain(main_chain, handle_.get()));
}

void Table::delete_jumps(const std::string& chain, const std::string& from)
{
    while (const unsigned number = jump_to(chain, from))
        delete_rule(from, number);
}

void Table::append(const std::string& chain, const Entry& entry)
{
    check(iptc_append_entry(chain.c_str(), entry.get(), handle_.get()));
}

void Table::delete_rule(const std::string& chain, unsigned number)
{
    // libiptc counts from 0 here.
    check(iptc_delete_num_entry(chain.c_str(), number - 1, handle_.get()));
}

} // namespace uplink
