// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iptables_firewall.h"

#include "core/error.h"
#include "core/iptables_rules.h"
#include "host/file.h"
#include "host/iptables_table.h"
#include "host/lock.h"

#include <sstream>

namespace uplink
{

namespace
{

constexpr auto xtables_patience = std::chrono::seconds(10);

/// Takes the table out, edits it and puts it back. A commit can fail because somebody changed the table
/// without taking the lock, and it can report failure after it took effect; so a fresh copy, with which there
/// may be nothing left to do, is edited before it is tried again.
template<typename Family, typename Edit>
void change_table(const std::string& name, const Edit& edit, bool& tried)
{
    constexpr int most_tries = 5;
    int error = 0;
    for (int i = 0; i <= most_tries; ++i) {
        Table<Family> table(name);
        edit(table);
        if (!table.changed())
            return;
        if (i == most_tries)
            throw Error(table.error_text(error));
        tried = true;
        error = table.commit();
        if (error == 0)
            return;
    }
}

/// Calls `act` with something that has the type of the table's family.
template<typename Act>
void with_family_of(const IptablesTable& table, const Act& act)
{
    if (table.ipv6)
        act(Ipv6Family());
    else
        act(Ipv4Family());
}

/// `edit` is called with each table and its name.
template<typename Edit>
void change(const std::set<IptablesTable>& tables, const Edit& edit)
{
    if (tables.empty())
        return;
    const Lock lock(xtables_lock, xtables_patience);
    bool tried = false;
    try {
        for (const IptablesTable& table : tables)
            with_family_of(table, [&](auto family) {
                change_table<decltype(family)>(
                    table.name, [&](auto& opened) { edit(opened, table); }, tried);
            });
    } catch (const NothingChanged& unreadable) {
        if (tried)
            throw Error(unreadable.what()); // a table before, or the commit before, may have changed
        throw;
    }
}

/// `look` is called with each table and its name.
template<typename Look>
void look_at(const std::set<IptablesTable>& tables, const Look& look)
{
    if (tables.empty())
        return;
    const Lock lock(xtables_lock, xtables_patience);
    for (const IptablesTable& table : tables)
        with_family_of(table, [&](auto family) { look(Table<decltype(family)>(table.name), table); });
}

/// Those of ours that the kernel already has in this network namespace: iptc_init() would make it have more.
std::set<IptablesTable> existing_tables()
{
    std::set<IptablesTable> tables;
    for (const bool ipv6 : {false, true}) {
        std::istringstream names(
            read_file(ipv6 ? "/proc/net/ip6_tables_names" : "/proc/net/ip_tables_names").value_or(""));
        for (std::string name; names >> name;)
            if (name == "nat" || name == "filter" || name == "raw")
                tables.insert({ipv6, name});
    }
    return tables;
}

std::set<IptablesTable> tables_of(const std::vector<IptablesForm>& forms)
{
    std::set<IptablesTable> tables;
    for (const IptablesForm& form : forms)
        tables.insert(form.table);
    return tables;
}

std::set<IptablesTable> existing_tables_of(const std::vector<IptablesForm>& forms)
{
    std::set<IptablesTable> tables = tables_of(forms);
    const auto existing = existing_tables();
    std::erase_if(tables, [&](const IptablesTable& table) { return !existing.contains(table); });
    return tables;
}

} // namespace

void IptablesFirewall::add(const std::vector<Rule>& rules)
{
    const auto forms = iptables_forms(rules);
    change(tables_of(forms), [&](auto& table, const IptablesTable& name) {
        for (const IptablesForm& form : forms)
            if (form.table == name)
                table.add(form);
    });
}

void IptablesFirewall::remove(const std::vector<Rule>& rules)
{
    const auto forms = iptables_forms(rules);
    change(existing_tables_of(forms), [&](auto& table, const IptablesTable& name) {
        for (const IptablesForm& form : forms)
            if (form.table == name)
                table.remove(form);
    });
}

void IptablesFirewall::remove_tagged(const std::string& tag)
{
    change(existing_tables(), [&](auto& table, const IptablesTable&) { table.remove_tagged(tag); });
}

std::vector<Standing> IptablesFirewall::standing(const std::vector<Rule>& rules)
{
    std::vector<Standing> standings(rules.size());
    std::vector<IptablesForm> forms;
    forms.reserve(rules.size());
    for (const Rule& rule : rules)
        forms.push_back(iptables_form(rule));
    look_at(existing_tables_of(forms), [&](const auto& table, const IptablesTable& name) {
        for (std::size_t i = 0; i < forms.size(); ++i)
            if (forms[i].table == name)
                standings[i] = table.standing(forms[i]);
    });
    return standings;
}

std::set<std::string> IptablesFirewall::tags()
{
    std::set<std::string> tags;
    look_at(existing_tables(), [&](const auto& table, const IptablesTable&) { tags.merge(table.tags()); });
    return tags;
}

} // namespace uplink
