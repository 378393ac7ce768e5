// SPDX-License-Identifier: GPL-2.0-or-later
// Rules in the legacy tables, by libiptc. core/iptables_rules.h shows how they are laid out.
//
// The kernel takes the whole table out and in, and notices a concurrent change only by the number of entries:
// each cycle runs under /run/xtables.lock.
#pragma once

#include "host/firewall.h"

namespace uplink
{

class IptablesFirewall : public Firewall
{
  public:
    void add(const std::vector<Rule>& rules) override;
    void remove(const std::vector<Rule>& rules) override;
    void remove_tagged(const std::string& tag) override;
    std::vector<Standing> standing(const std::vector<Rule>& rules) override;
    std::set<std::string> tags() override;
};

} // namespace uplink
