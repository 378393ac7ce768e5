// SPDX-License-Identifier: GPL-2.0-or-later
// Keys: the names under which living containers hold what they share. What only one may have: core/claims.h.
#pragma once

#include "core/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

std::string key_of(const Bridge& bridge);
std::string key_of(const DhcpGuard& guard);
std::string key_of(const UplinkMove& move);

std::string key_of(const RouteLocalnet& localnet);

/// Held by all whose rules are written by this engine, so that the next container's go there too.
std::string key_of(Engine engine);

/// Of a NIC that is the uplink of a bridge, and of one that carries macvlans, which claims it for them.
std::string key_of_uplink(const std::string& nic);
std::string key_of_parent(const std::string& nic);

/// The key of a shared rule; nothing for a container's own rule.
std::optional<std::string> shared_key_of(const Rule& rule);

/// Whether a key stands for a rule that the containers on this bridge share.
bool is_shared_rule_of(const std::string& bridge, const std::string& key);

/// The shared things that a plan adds.
Keys shared_keys(const Plan& plan);

/// The words of a key: what kind of thing it stands for, and which.
std::vector<std::string> words_of_key(const std::string& key);

/// A network or an address as a word of a key, which is a folder's name and has colons between its words.
std::string key_word(const IpNetwork& network);
std::string key_word(const IpAddress& address);
std::optional<IpNetwork> network_of_key_word(std::string word);
std::optional<IpAddress> address_of_key_word(std::string word);

/// A shared thing in words: "bridge br0", "masquerading of 10.0.3.0/24"; the key itself for a claim.
std::string name_of_key(const std::string& key);

/// The step that removes what a key stands for; nothing for a claim, which is no thing in the kernel.
std::optional<Step> removal_of(const std::string& key);

} // namespace uplink
