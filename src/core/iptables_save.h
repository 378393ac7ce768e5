// SPDX-License-Identifier: GPL-2.0-or-later
// What `iptables-save` and its kin print, of either family and flavour, read into core/firewall_model.h.
#pragma once

#include "core/firewall_model.h"

#include <string>

namespace uplink
{

/// Reads all tables in `text`. What is not understood becomes a condition or a verdict that cannot be told.
/// Chains of the nat table come without a base: nothing drops packets there.
HostFirewall read_iptables_save(const std::string& text, bool ipv6, FirewallFlavour flavour);

} // namespace uplink
