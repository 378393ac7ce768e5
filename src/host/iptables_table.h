// SPDX-License-Identifier: GPL-2.0-or-later
// A legacy table, taken out of the kernel to be read and edited; it goes back by commit() alone.
#pragma once

#include "core/iptables_rules.h"
#include "host/firewall.h"
#include "host/iptables_entry.h"
#include "host/owned.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace uplink
{

template<typename Family>
class Table
{
  public:
    /// The caller holds /run/xtables.lock. Makes the kernel create the table where nobody has used it. Throws
    /// Error.
    explicit Table(const std::string& name);

    /// Adds the rules where they are not there yet, and the chains and jumps that lead to them.
    void add(const IptablesForm& form);

    /// Deletes the rules where they are there, and of their chains and jumps those that lead to no rule then.
    void remove(const IptablesForm& form);

    /// The same for all rules in chains of ours, and in those of gatekeepers, that have this comment.
    void remove_tagged(const std::string& tag);

    [[nodiscard]] Standing standing(const IptablesForm& form) const;
    [[nodiscard]] std::set<std::string> tags() const;

    /// Whether anything had to be edited.
    [[nodiscard]] bool changed() const { return changed_; }

    /// Returns 0 or an errno value.
    int commit();

    /// What an errno value of commit() means, in words.
    [[nodiscard]] std::string error_text(int error) const;

  private:
    using Entry = typename Family::Entry;
    using Matches = std::function<bool(const Entry*)>;

    [[nodiscard]] std::vector<std::string> own_chains() const;
    [[nodiscard]] bool exists(const std::string& chain) const;
    [[nodiscard]] std::string target(const Entry* entry) const;
    [[nodiscard]] std::vector<const Entry*> entries_in(const std::string& chain) const;

    /// The first that matches, counted from 0.
    [[nodiscard]] std::optional<unsigned> number_of(const std::string& chain, const Matches& matches) const;
    [[nodiscard]] std::optional<unsigned> number_of_closing_return(const std::string& chain) const;
    [[nodiscard]] Matches equal_to(const IptablesRule& rule) const;
    [[nodiscard]] bool has(const IptablesRule& rule) const;
    [[nodiscard]] bool have(const std::vector<IptablesRule>& rules) const;

    /// It exists, leads to no rule, and nobody else jumps to it.
    [[nodiscard]] bool is_idle(const IptablesChain& chain) const;

    void make(const IptablesChain& chain);
    void put(const IptablesRule& rule);
    bool delete_all(const std::string& chain, const Matches& matches);
    void delete_if_idle(const IptablesChain& chain);
    void edited(int result);

    Owned<xtc_handle, Family::free> handle_;
    std::string name_;
    bool changed_ = false;
};

} // namespace uplink
