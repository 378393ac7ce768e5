// SPDX-License-Identifier: GPL-2.0-or-later
// Matches and verdict maps of nft, with the sets that they look in, as conditions: from the JSON of
// libnftables-json(5).
#pragma once

#include "core/firewall_model.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace uplink
{

/// The elements of a table's sets and maps, by name.
using NftSets = std::map<std::string, nlohmann::json>;

/// What {"match": ...} asks, its implied conditions included.
std::vector<PacketCondition> nft_conditions(const nlohmann::json& match, const NftSets& sets);

/// What leads to a verdict, and the verdict: its JSON.
using NftBranch = std::pair<std::vector<PacketCondition>, nlohmann::json>;

/// The elements of {"vmap": ...}, of which no packet meets two.
std::vector<NftBranch> nft_branches(const nlohmann::json& vmap, const NftSets& sets);

} // namespace uplink
