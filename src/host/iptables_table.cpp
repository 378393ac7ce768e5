// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iptables_table.h"

#include "core/error.h"
#include "core/identity.h"

#include <algorithm>
#include <cerrno>

namespace uplink
{

namespace
{

template<typename Family>
std::string text_of_error(const std::string& table, int error)
{
    if (error != ENOENT && error != ENOPROTOOPT)
        return Family::error_text(error);
    std::string option = Family::ipv6 ? "CONFIG_IP6_NF_" : "CONFIG_IP_NF_";
    for (const char c : table)
        option += static_cast<char>(c - 'a' + 'A');
    const std::string family = Family::ipv6 ? " table for IPv6" : " table";
    return "this kernel has no legacy " + table + family + ": load or build the module " +
           (Family::ipv6 ? "ip6table_" : "iptable_") + table + " (" + option +
           "), or say firewall = nftables";
}

} // namespace

template<typename Family>
Table<Family>::Table(const std::string& name) : handle_(Family::init(name.c_str())), name_(name)
{
    if (!handle_)
        throw NothingChanged(error_text(errno));
}

template<typename Family>
int Table<Family>::commit()
{
    return Family::commit(handle_.get()) == 1 ? 0 : errno;
}

template<typename Family>
std::string Table<Family>::error_text(int error) const
{
    return text_of_error<Family>(name_, error);
}

// Editing
// ------------------------------------------------------------------------------------------------------------

template<typename Family>
void Table<Family>::add(const IptablesForm& form)
{
    for (const IptablesChain& chain : form.chains)
        make(chain);
    if (have(form.rules))
        return;
    // All of them anew, since their order matters.
    for (const IptablesRule& rule : form.rules)
        delete_all(rule.chain, equal_to(rule));
    if (form.rules.front().position)
        std::for_each(form.rules.rbegin(), form.rules.rend(), [this](const auto& rule) { put(rule); });
    else
        std::for_each(form.rules.begin(), form.rules.end(), [this](const auto& rule) { put(rule); });
}

template<typename Family>
void Table<Family>::remove(const IptablesForm& form)
{
    for (const IptablesRule& rule : form.rules)
        delete_all(rule.chain, equal_to(rule));
    std::for_each(form.chains.rbegin(), form.chains.rend(),
                  [this](const auto& chain) { delete_if_idle(chain); });
}

template<typename Family>
void Table<Family>::remove_tagged(const std::string& tag)
{
    for (const std::string& chain : gate_chains(Family::ipv6))
        delete_all(chain, [&](const Entry* entry) { return comment_of(entry) == tag; });
    std::vector<std::string> affected;
    for (const std::string& chain : own_chains())
        if (delete_all(chain, [&](const Entry* entry) { return comment_of(entry) == tag; }))
            affected.push_back(chain);
    if (affected.empty())
        return;
    affected.emplace_back(main_chain); // the last, since others are reached by it
    for (const std::string& chain : affected)
        delete_if_idle(chain_named({Family::ipv6, name_}, chain));
}

template<typename Family>
void Table<Family>::make(const IptablesChain& chain)
{
    if (!exists(chain.name))
        edited(Family::create_chain(chain.name.c_str(), handle_.get()));
    for (const std::vector<IptablesRule>& rules : {chain.entries, chain.jumps})
        for (const IptablesRule& rule : rules)
            if (!has(rule))
                put(rule);
}

template<typename Family>
void Table<Family>::put(const IptablesRule& rule)
{
    const BuiltEntry<Family> entry(rule);
    const auto position = rule.before_return ? number_of_closing_return(rule.chain) : rule.position;
    edited(position ? Family::insert_rule(rule.chain.c_str(), entry.get(), *position, handle_.get())
                    : Family::append_rule(rule.chain.c_str(), entry.get(), handle_.get()));
}

template<typename Family>
bool Table<Family>::delete_all(const std::string& chain, const Matches& matches)
{
    bool any = false;
    while (const auto number = number_of(chain, matches)) {
        edited(Family::delete_rule(chain.c_str(), *number, handle_.get()));
        any = true;
    }
    return any;
}

template<typename Family>
void Table<Family>::delete_if_idle(const IptablesChain& chain)
{
    if (!is_idle(chain))
        return;
    for (const IptablesRule& jump : chain.jumps)
        delete_all(jump.chain, [&](const Entry* entry) { return target(entry) == chain.name; });
    edited(Family::flush_chain(chain.name.c_str(), handle_.get()));
    edited(Family::delete_chain(chain.name.c_str(), handle_.get()));
}

template<typename Family>
void Table<Family>::edited(int result)
{
    if (result != 1)
        throw Error(error_text(errno));
    changed_ = true;
}

// Reading
// ------------------------------------------------------------------------------------------------------------

template<typename Family>
Standing Table<Family>::standing(const IptablesForm& form) const
{
    Standing standing = {have(form.rules), true, 0, 0};
    for (const IptablesChain& chain : form.chains)
        standing.reached = standing.reached && have(chain.jumps);
    for (const IptablesRule& rule : form.rules)
        for (const Entry* entry : entries_in(rule.chain))
            if (rule.chain == form.rules.front().chain && equal_to(rule)(entry)) {
                standing.packets += entry->counters.pcnt;
                standing.bytes += entry->counters.bcnt;
            }
    standing.reached = standing.reached && standing.there;
    return standing;
}

template<typename Family>
std::set<std::string> Table<Family>::tags() const
{
    std::set<std::string> tags;
    std::vector<std::string> chains = own_chains();
    for (const std::string& chain : gate_chains(Family::ipv6))
        chains.push_back(chain);
    for (const std::string& chain : chains)
        for (const Entry* entry : entries_in(chain))
            if (const std::string comment = comment_of(entry); is_tag(comment))
                tags.insert(comment);
    return tags;
}

template<typename Family>
std::vector<std::string> Table<Family>::own_chains() const
{
    std::vector<std::string> chains;
    for (const char* chain = Family::first_chain(handle_.get()); chain != nullptr;
         chain = Family::next_chain(handle_.get()))
        if (const std::string name = chain;
            name == main_chain || name.rfind(std::string(main_chain) + "-", 0) == 0)
            chains.push_back(name);
    return chains;
}

template<typename Family>
bool Table<Family>::exists(const std::string& chain) const
{
    return Family::is_chain(chain.c_str(), handle_.get()) == 1;
}

template<typename Family>
std::string Table<Family>::target(const Entry* entry) const
{
    return Family::target(entry, handle_.get());
}

template<typename Family>
auto Table<Family>::entries_in(const std::string& chain) const -> std::vector<const Entry*>
{
    std::vector<const Entry*> entries;
    if (exists(chain))
        for (const Entry* entry = Family::first_rule(chain.c_str(), handle_.get()); entry != nullptr;
             entry = Family::next_rule(entry, handle_.get()))
            entries.push_back(entry);
    return entries;
}

template<typename Family>
std::optional<unsigned> Table<Family>::number_of(const std::string& chain, const Matches& matches) const
{
    const auto entries = entries_in(chain);
    const auto found = std::find_if(entries.begin(), entries.end(), matches);
    if (found == entries.end())
        return std::nullopt;
    return static_cast<unsigned>(found - entries.begin());
}

template<typename Family>
std::optional<unsigned> Table<Family>::number_of_closing_return(const std::string& chain) const
{
    const auto entries = entries_in(chain);
    if (entries.empty() || !equal_to(closing_return(chain))(entries.back()))
        return std::nullopt;
    return static_cast<unsigned>(entries.size() - 1);
}

template<typename Family>
auto Table<Family>::equal_to(const IptablesRule& rule) const -> Matches
{
    return [this, built = BuiltEntry<Family>(rule)](const Entry* entry) {
        return is_same<Family>(entry, target(entry), built);
    };
}

template<typename Family>
bool Table<Family>::has(const IptablesRule& rule) const
{
    return number_of(rule.chain, equal_to(rule)).has_value();
}

template<typename Family>
bool Table<Family>::have(const std::vector<IptablesRule>& rules) const
{
    return std::all_of(rules.begin(), rules.end(), [this](const auto& rule) { return has(rule); });
}

template<typename Family>
bool Table<Family>::is_idle(const IptablesChain& chain) const
{
    if (!exists(chain.name))
        return false;
    const auto is_own = [&](const Entry* entry) {
        return std::any_of(chain.entries.begin(), chain.entries.end(),
                           [&](const auto& rule) { return equal_to(rule)(entry); });
    };
    const auto entries = entries_in(chain.name);
    unsigned jumps = 0;
    for (const IptablesRule& jump : chain.jumps)
        for (const Entry* entry : entries_in(jump.chain))
            jumps += target(entry) == chain.name ? 1 : 0;
    unsigned references = 0;
    Family::references(&references, chain.name.c_str(), handle_.get());
    return references == jumps && std::all_of(entries.begin(), entries.end(), is_own);
}

template class Table<Ipv4Family>;
template class Table<Ipv6Family>;

} // namespace uplink
