// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iptables_firewall.h"

#include "core/error.h"
#include "core/masquerade.h"
#include "host/file.h"
#include "host/iptables_entry.h"
#include "host/lock.h"
#include "host/owned.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>
#include <sstream>

namespace uplink
{

namespace
{

constexpr const char* table_name = "nat";
constexpr const char* hook_chain = "POSTROUTING";
constexpr auto lock_patience = std::chrono::seconds(10);

std::string reason(int error)
{
    if (error == ENOENT || error == ENOPROTOOPT)
        return "this kernel has no legacy nat table: load or build the module iptable_nat (CONFIG_IP_NF_NAT)";
    return iptc_strerror(error);
}

/// The nat table, taken out of the kernel; it goes back by commit() alone.
class Table
{
  public:
    Table() : handle_(iptc_init(table_name))
    {
        if (!handle_)
            throw Error(reason(errno));
    }

    /// Ours before every change and after it: chains that have a rule, and jumps to them, no more.
    void add(const MasqueradeRule& rule)
    {
        if (find(rule) != 0)
            return;
        const Ipv4Network block = block_of(rule);
        make_main_chain();
        make_chain(block);
        append(chain_of(block), masquerade_entry(rule));
    }

    void remove(const MasqueradeRule& rule)
    {
        const unsigned number = find(rule);
        if (number == 0)
            return;
        const Ipv4Network block = block_of(rule);
        delete_rule(chain_of(block), number);
        if (is_empty(chain_of(block)))
            delete_chain(block);
        if (exists(main_chain) && !has_jumps(main_chain))
            delete_main_chain();
    }

    [[nodiscard]] bool has(const MasqueradeRule& rule) const { return find(rule) != 0; }

    [[nodiscard]] std::vector<OwnedRule> owned() const
    {
        std::vector<OwnedRule> rules;
        for (const char* chain = iptc_first_chain(handle_.get()); chain != nullptr;
             chain = iptc_next_chain(handle_.get()))
            for (const ipt_entry* entry = first(chain); entry != nullptr; entry = next(entry))
                if (auto rule = rule_of(entry, target(entry)); rule && rule->tag.rfind("lxc-uplink:", 0) == 0)
                    rules.push_back({std::move(*rule), entry->counters.pcnt, entry->counters.bcnt});
        return rules;
    }

    /// Returns 0 or the errno.
    int commit() { return iptc_commit(handle_.get()) == 1 ? 0 : errno; }

  private:
    [[nodiscard]] const ipt_entry* first(const std::string& chain) const
    {
        return iptc_first_rule(chain.c_str(), handle_.get());
    }
    [[nodiscard]] const ipt_entry* next(const ipt_entry* entry) const
    {
        return iptc_next_rule(entry, handle_.get());
    }
    [[nodiscard]] std::string target(const ipt_entry* entry) const
    {
        return iptc_get_target(entry, handle_.get());
    }
    [[nodiscard]] bool exists(const std::string& chain) const
    {
        return iptc_is_chain(chain.c_str(), handle_.get()) == 1;
    }
    [[nodiscard]] bool is_empty(const std::string& chain) const { return first(chain) == nullptr; }

    /// The number, from 1, of the first rule of `chain` that `matches`; 0 when there is none.
    unsigned number_of(const std::string& chain, const std::function<bool(const ipt_entry*)>& matches) const
    {
        unsigned number = 0;
        if (!exists(chain))
            return 0;
        for (const ipt_entry* entry = first(chain); entry != nullptr; entry = next(entry)) {
            ++number;
            if (matches(entry))
                return number;
        }
        return 0;
    }

    [[nodiscard]] unsigned find(const MasqueradeRule& rule) const
    {
        return number_of(chain_of(block_of(rule)), [&](const ipt_entry* entry) {
            return comment_of(entry) == rule.tag && rule_of(entry, target(entry)) == rule;
        });
    }

    [[nodiscard]] unsigned jump_to(const std::string& chain, const std::string& from) const
    {
        return number_of(from, [&](const ipt_entry* entry) { return target(entry) == chain; });
    }

    [[nodiscard]] bool has_jumps(const std::string& chain) const
    {
        return number_of(chain, [&](const ipt_entry* entry) { return exists(target(entry)); }) != 0;
    }

    void make_main_chain()
    {
        if (!exists(main_chain)) {
            check(iptc_create_chain(main_chain, handle_.get()));
            for (const Ipv4Network& destination : unmasqueraded)
                append(main_chain, jump_entry({}, destination, "", IPTC_LABEL_RETURN));
        }
        if (jump_to(main_chain, hook_chain) == 0)
            append(hook_chain, jump_entry({}, {}, jump_tag, main_chain));
    }

    void make_chain(const Ipv4Network& block)
    {
        const std::string chain = chain_of(block);
        if (!exists(chain))
            check(iptc_create_chain(chain.c_str(), handle_.get()));
        if (jump_to(chain, main_chain) == 0)
            append(main_chain, jump_entry(block, {}, "", chain));
    }

    void delete_chain(const Ipv4Network& block)
    {
        const std::string chain = chain_of(block);
        delete_jumps(chain, main_chain);
        check(iptc_delete_chain(chain.c_str(), handle_.get()));
    }

    void delete_main_chain()
    {
        delete_jumps(main_chain, hook_chain);
        check(iptc_flush_entries(main_chain, handle_.get()));
        check(iptc_delete_chain(main_chain, handle_.get()));
    }

    void delete_jumps(const std::string& chain, const std::string& from)
    {
        while (const unsigned number = jump_to(chain, from))
            delete_rule(from, number);
    }

    void append(const std::string& chain, const Entry& entry)
    {
        check(iptc_append_entry(chain.c_str(), entry.get(), handle_.get()));
    }

    /// `number` counts from 1, libiptc here from 0.
    void delete_rule(const std::string& chain, unsigned number)
    {
        check(iptc_delete_num_entry(chain.c_str(), number - 1, handle_.get()));
    }

    static void check(int result)
    {
        if (result != 1)
            throw Error(reason(errno));
    }

    Owned<xtc_handle, iptc_free> handle_;
};

/// Changes the table under the lock. A commit can fail because somebody changed the table without taking the
/// lock, and it can report failure after it took effect; so `done` is asked of a fresh copy before it is
/// tried again.
void change(const std::function<void(Table&)>& edit, const std::function<bool(const Table&)>& done)
{
    const Lock lock(xtables_lock, lock_patience);
    constexpr int most_tries = 5;
    int error = 0;
    for (int i = 0; i < most_tries; ++i) {
        Table table;
        if (done(table))
            return;
        edit(table);
        error = table.commit();
        if (error == 0)
            return;
    }
    if (!done(Table()))
        throw Error(reason(error));
}

/// Whether the kernel already has the table in this network namespace: iptc_init() would make it have it.
bool table_exists()
{
    std::istringstream names(read_file("/proc/net/ip_tables_names").value_or(""));
    for (std::string name; names >> name;)
        if (name == table_name)
            return true;
    return false;
}

} // namespace

void IptablesFirewall::add(const Masquerade& masquerade)
{
    const auto& rules = masquerade.rules;
    change(
        [&](Table& table) {
            std::for_each(rules.begin(), rules.end(), [&](const auto& rule) { table.add(rule); });
        },
        [&](const Table& table) {
            return std::all_of(rules.begin(), rules.end(), [&](const auto& rule) { return table.has(rule); });
        });
}

void IptablesFirewall::remove(const Masquerade& masquerade)
{
    if (!table_exists())
        return;
    const auto& rules = masquerade.rules;
    change(
        [&](Table& table) {
            std::for_each(rules.begin(), rules.end(), [&](const auto& rule) { table.remove(rule); });
        },
        [&](const Table& table) {
            return std::none_of(rules.begin(), rules.end(),
                                [&](const auto& rule) { return table.has(rule); });
        });
}

std::vector<OwnedRule> IptablesFirewall::owned()
{
    if (!table_exists())
        return {};
    const Lock lock(xtables_lock, lock_patience);
    return Table().owned();
}

} // namespace uplink
