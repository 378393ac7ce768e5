// SPDX-License-Identifier: GPL-2.0-or-later
// Openings in the tables that iptables-nft keeps in nf_tables, written by iptables-nft itself: what anybody
// else writes there may be in words that it cannot read, and then it refuses the whole table.
#pragma once

#include "host/firewall.h"

namespace uplink
{

/// Knows openings alone; of other rules it has none. What iptables-nft does not answer in time is an error.
class IptablesNftFirewall : public Firewall
{
  public:
    void add(const std::vector<Rule>& rules) override;
    void remove(const std::vector<Rule>& rules) override;
    void remove_tagged(const std::string& tag) override;

    /// Without counters.
    std::vector<Standing> standing(const std::vector<Rule>& rules) override;
    std::set<std::string> tags() override;
};

} // namespace uplink
