// SPDX-License-Identifier: GPL-2.0-or-later
// Rules in nf_tables, by libnftables. core/nftables_rules.h shows how they are laid out.
//
// Called under our own lock alone, since a change is made of what was read before it.
#pragma once

#include "host/firewall.h"
#include "host/netlink_nftables.h"

namespace uplink
{

class NftablesFirewall : public Firewall
{
  public:
    void add(const std::vector<Rule>& rules) override;
    void remove(const std::vector<Rule>& rules) override;
    void remove_tagged(const std::string& tag) override;
    std::vector<Standing> standing(const std::vector<Rule>& rules) override;
    std::set<std::string> tags() override;

  private:
    NftablesReader reader_;
};

} // namespace uplink
