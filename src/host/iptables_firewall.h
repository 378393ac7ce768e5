// SPDX-License-Identifier: GPL-2.0-or-later
// Masquerade rules in the legacy nat table, by libiptc. core/masquerade.h shows how they are laid out.
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
    void add(const Masquerade& masquerade) override;
    void remove(const Masquerade& masquerade) override;

    /// Does not make the kernel create the table where nobody has used it.
    std::vector<OwnedRule> owned() override;
};

} // namespace uplink
