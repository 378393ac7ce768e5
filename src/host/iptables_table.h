// SPDX-License-Identifier: GPL-2.0-or-later
// The legacy nat table, taken out of the kernel to be read and edited; it goes back by commit() alone.
#pragma once

#include "core/masquerade.h"
#include "host/firewall.h"
#include "host/iptables_entry.h"
#include "host/owned.h"

#include <functional>
#include <libiptc/libiptc.h>
#include <set>
#include <string>
#include <vector>

namespace uplink
{

/// What went wrong in a call of libiptc, in words; `error` is an errno value.
std::string iptables_error_text(int error);

class Table
{
  public:
    /// The caller holds /run/xtables.lock. Makes the kernel create the table where nobody has used it. Throws
    /// Error.
    Table();

    /// Adds a rule where it is not there yet, and the chains and jumps that lead to it.
    void add(const MasqueradeRule& rule);

    /// Whether add() has nothing to do: the rule is there and packets come to it.
    [[nodiscard]] bool is_in_force(const MasqueradeRule& rule) const;

    /// Deletes a rule where it is there, and of its chains and jumps those that lead to no rule then.
    void remove(const MasqueradeRule& rule);

    /// Whether remove() has nothing to do: somebody may have flushed the rules and left the chains.
    [[nodiscard]] bool is_rid_of(const MasqueradeRule& rule) const;
    [[nodiscard]] Standing standing(const MasqueradeRule& rule) const;
    [[nodiscard]] std::set<std::string> tags() const;
    void remove_tagged(const std::string& tag);

    /// Returns 0 or an errno value.
    int commit() { return iptc_commit(handle_.get()) == 1 ? 0 : errno; }

  private:
    using Matches = std::function<bool(const ipt_entry*)>;

    [[nodiscard]] const ipt_entry* first(const std::string& chain) const;
    [[nodiscard]] const ipt_entry* next(const ipt_entry* entry) const;
    [[nodiscard]] std::string target(const ipt_entry* entry) const;
    [[nodiscard]] bool exists(const std::string& chain) const;

    // Numbers count from 1; 0 stands for a rule that is not there.
    [[nodiscard]] unsigned number_of(const std::string& chain, const Matches& matches) const;
    [[nodiscard]] unsigned find(const MasqueradeRule& rule) const;
    [[nodiscard]] unsigned jump_to(const std::string& chain, const std::string& from) const;
    [[nodiscard]] unsigned return_for(const IpNetwork& destination) const; ///< in the main chain

    // A chain that exists, leads to no rule of ours, and that nobody else jumps to.
    [[nodiscard]] bool is_idle(const IpNetwork& block) const;
    [[nodiscard]] bool main_chain_is_idle() const;
    [[nodiscard]] bool only_we_jump_to(const std::string& chain, const std::string& from) const;

    void make_main_chain();
    void make_chain(const IpNetwork& block);
    void delete_chain(const IpNetwork& block);
    void delete_main_chain();
    void delete_jumps(const std::string& chain, const std::string& from);
    void append(const std::string& chain, const Entry& entry);
    void delete_rule(const std::string& chain, unsigned number);

    Owned<xtc_handle, iptc_free> handle_;
};

} // namespace uplink
