// SPDX-License-Identifier: GPL-2.0-or-later
// What an expression of nft asks of a packet ("tcp dport", "iifname"), from the JSON of libnftables-json(5).
#pragma once

#include "core/firewall_model.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace uplink
{

struct NftField {
    std::vector<PacketTest> implied; ///< "tcp dport": it is TCP
    /// For a value, a range or a prefix; nothing for one that is not understood.
    std::function<std::optional<PacketTest>(const nlohmann::json&)> test;
};

/// Where the expression is not understood, its tests cannot be told.
NftField nft_field(const nlohmann::json& expression);

} // namespace uplink
