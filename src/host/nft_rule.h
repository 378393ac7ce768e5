// SPDX-License-Identifier: GPL-2.0-or-later
// The statements of one rule of nft as rules of core/firewall_model.h, from the JSON of libnftables-json(5).
#pragma once

#include "core/firewall_model.h"
#include "host/nft_condition.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace uplink
{

/// One rule, or where it has a verdict map one for each of its elements, of which a packet matches one at
/// most.
std::vector<FirewallRule> nft_rules(const nlohmann::json& statements, const std::string& text,
                                    const NftSets& sets);

/// Whether one of the statements sets the mark of the packet or of its flow.
bool sets_mark(const nlohmann::json& statements);

} // namespace uplink
