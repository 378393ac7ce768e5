// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iptables_firewall.h"

#include "core/error.h"
#include "host/file.h"
#include "host/iptables_table.h"
#include "host/lock.h"

#include <algorithm>
#include <functional>
#include <sstream>

namespace uplink
{

namespace
{

constexpr auto xtables_patience = std::chrono::seconds(10);

using Edit = std::function<void(Table&)>;
using Done = std::function<bool(const Table&)>;

/// Returns 0 or the errno value of the commit.
int try_to_change(const Edit& edit, const Done& done)
{
    Table table;
    if (done(table))
        return 0;
    edit(table);
    return table.commit();
}

/// Changes the table under the lock. A commit can fail because somebody changed the table without taking the
/// lock, and it can report failure after it took effect; so `done` is asked of a fresh copy before it is
/// tried again.
void change(const Edit& edit, const Done& done)
{
    const Lock lock(xtables_lock, xtables_patience);
    constexpr int most_tries = 5;
    int error = try_to_change(edit, done);
    try {
        for (int i = 1; error != 0 && i < most_tries; ++i)
            error = try_to_change(edit, done);
        if (error != 0 && !done(Table()))
            throw Error(iptables_error_text(error));
    } catch (const NothingChanged& unreadable) {
        throw Error(unreadable.what()); // the commit before may have taken effect
    }
}

/// Whether the kernel already has the table in this network namespace: iptc_init() would make it have it.
bool table_exists()
{
    std::istringstream names(read_file("/proc/net/ip_tables_names").value_or(""));
    for (std::string name; names >> name;)
        if (name == "nat")
            return true;
    return false;
}

std::vector<MasqueradeRule> masquerades_in(const std::vector<Rule>& rules)
{
    std::vector<MasqueradeRule> masquerades;
    for (const Rule& rule : rules)
        if (const auto* masquerade = std::get_if<MasqueradeRule>(&rule))
            masquerades.push_back(*masquerade);
    return masquerades;
}

} // namespace

void IptablesFirewall::add(const std::vector<Rule>& all)
{
    const auto rules = masquerades_in(all);
    change(
        [&](Table& table) {
            std::for_each(rules.begin(), rules.end(), [&](const auto& rule) { table.add(rule); });
        },
        [&](const Table& table) {
            return std::all_of(rules.begin(), rules.end(),
                               [&](const auto& rule) { return table.is_in_force(rule); });
        });
}

void IptablesFirewall::remove(const std::vector<Rule>& all)
{
    if (!table_exists())
        return;
    const auto rules = masquerades_in(all);
    change(
        [&](Table& table) {
            std::for_each(rules.begin(), rules.end(), [&](const auto& rule) { table.remove(rule); });
        },
        [&](const Table& table) {
            return std::all_of(rules.begin(), rules.end(),
                               [&](const auto& rule) { return table.is_rid_of(rule); });
        });
}

void IptablesFirewall::remove_tagged(const std::string& tag)
{
    if (table_exists())
        change([&](Table& table) { table.remove_tagged(tag); },
               [&](const Table& table) { return !table.tags().contains(tag); });
}

std::vector<Standing> IptablesFirewall::standing(const std::vector<Rule>& all)
{
    std::vector<Standing> standings(all.size());
    if (!table_exists())
        return standings;
    const Lock lock(xtables_lock, xtables_patience);
    const Table table;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (const auto* rule = std::get_if<MasqueradeRule>(&all[i]))
            standings[i] = table.standing(*rule);
    return standings;
}

std::set<std::string> IptablesFirewall::tags()
{
    if (!table_exists())
        return {};
    const Lock lock(xtables_lock, xtables_patience);
    return Table().tags();
}

} // namespace uplink
