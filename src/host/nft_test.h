// SPDX-License-Identifier: GPL-2.0-or-later
// The right side of a match of nft as a test of a packet: a value, a range or a prefix, by number or by name,
// from the JSON of libnftables-json(5). For one that is not understood they return nothing.
#pragma once

#include "core/firewall_model.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace uplink
{

using NftTest = std::optional<PacketTest>;

/// Bits, one or more: [2, 16].
std::optional<std::uint64_t> nft_bits(const nlohmann::json& value);

NftTest nft_interface_test(const nlohmann::json& value, bool out);
NftTest nft_address_test(const nlohmann::json& value, bool destination);
NftTest nft_port_test(const nlohmann::json& value, bool destination);
NftTest nft_protocol_test(const nlohmann::json& value);
NftTest nft_nfproto_test(const nlohmann::json& value);
NftTest nft_ethertype_test(const nlohmann::json& value);
NftTest nft_icmp_test(const nlohmann::json& value);
NftTest nft_state_test(const nlohmann::json& value);
NftTest nft_status_test(const nlohmann::json& value);
NftTest nft_kind_test(const nlohmann::json& value, bool destination, bool of_interface);
NftTest nft_frame_kind_test(const nlohmann::json& value);
NftTest nft_way_back_test(const nlohmann::json& value);
NftTest nft_header_test(const nlohmann::json& value);
NftTest nft_mark_test(const nlohmann::json& value, std::uint64_t mask);
NftTest nft_tcp_flags_test(const nlohmann::json& value, std::uint64_t mask);

} // namespace uplink
