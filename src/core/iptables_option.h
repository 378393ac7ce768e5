// SPDX-License-Identifier: GPL-2.0-or-later
// One option of a rule of iptables ("! --ctstate NEW") as tests of a packet.
#pragma once

#include "core/firewall_model.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

using PacketTests = std::vector<PacketTest>;

/// An option with its values, up to the next.
struct IptablesOption {
    std::string name;
    std::vector<std::string> values;
    bool negated = false;

    [[nodiscard]] std::string value() const { return values.size() == 1 ? values[0] : ""; }
};

/// Whether the module is what `-p` brings with it, such as tcp or icmp.
bool is_module_of_protocol(const std::string& module);

/// The tests of which one has to hold, whether negated or not; an option of the rule itself has no module.
/// What is not understood cannot be told.
PacketTests tests_of_option(const std::string& module, const IptablesOption& option);

/// The same for an address's type, as the interface sees it or as the host does.
PacketTests tests_of_kinds(const IptablesOption& option, bool of_interface);

} // namespace uplink
