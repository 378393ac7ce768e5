// SPDX-License-Identifier: GPL-2.0-or-later
// What this program asks of a firewall engine.
#pragma once

#include "core/rule.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace uplink
{

/// How a rule of ours stands in the kernel.
struct Standing {
    bool there = false;
    bool reached = false;      ///< packets come to it: somebody may have deleted what leads there
    std::uint64_t packets = 0; ///< first packets of flows, since only these pass the nat tables
    std::uint64_t bytes = 0;
};

class Firewall
{
  public:
    Firewall() = default;
    Firewall(const Firewall&) = delete;
    Firewall& operator=(const Firewall&) = delete;
    virtual ~Firewall() = default;

    /// Adds the rules that are not there yet, in one change (of each table). Throws Error with the bare
    /// reason.
    virtual void add(const std::vector<Rule>& rules) = 0;

    /// Removes those that are there, and the chains and tables that become empty, in one change (of each
    /// table). Does not make the kernel instantiate a table. Throws Error.
    virtual void remove(const std::vector<Rule>& rules) = 0;

    /// The same for all rules with this tag.
    virtual void remove_tagged(const std::string& tag) = 0;

    /// One for each of `rules`. Throws Error.
    virtual std::vector<Standing> standing(const std::vector<Rule>& rules) = 0;

    /// All tags of ours ("lxc-uplink:...") that rules in the kernel carry. Throws Error.
    virtual std::set<std::string> tags() = 0;
};

} // namespace uplink
