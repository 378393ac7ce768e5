// SPDX-License-Identifier: GPL-2.0-or-later
// firewalld's run-time configuration, by its D-Bus interface (firewalld.dbus(5)): what an interface or an
// address is bound to there holds until its reload.
#pragma once

#include "core/coexist.h"
#include "host/firewall.h"
#include "host/system_bus.h"

#include <optional>

namespace uplink
{

/// Knows openings of firewalld alone. Where firewalld does not run nothing is there and nothing to be
/// removed.
class FirewalldFirewall : public Firewall
{
  public:
    void add(const std::vector<Rule>& rules) override;
    void remove(const std::vector<Rule>& rules) override;

    /// None: a member of a zone has no comment.
    void remove_tagged(const std::string& tag) override;
    std::set<std::string> tags() override;

    /// Without counters.
    std::vector<Standing> standing(const std::vector<Rule>& rules) override;

    /// Whether it has its name on the bus.
    bool runs();

    /// Waits until one that has just started has loaded its rules: it takes its name before, by which systemd
    /// calls it started (Type=dbus), and answers only after. 10 seconds at most.
    void settle();

    /// The zone that it was put into; empty where it was put into none: an interface is in the default zone.
    std::string zone_of(const ZoneMember& member);

    /// That one or the default; empty where firewalld does not run.
    std::string zone_in_force(const std::string& interface);

  private:
    std::string default_zone(); ///< where it runs

    std::optional<SystemBus> bus_;
};

} // namespace uplink
