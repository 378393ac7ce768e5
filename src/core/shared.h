// SPDX-License-Identifier: GPL-2.0-or-later
// Keys: the names under which living containers hold what they share, and claim what only one may have.
#pragma once

#include "core/plan.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace uplink
{

std::string key_of(const Bridge& bridge);
std::string key_of(const DhcpGuard& guard);
std::string key_of(const UplinkMove& move);

std::string key_of(const RouteLocalnet& localnet);

/// The key of a shared rule; nothing for a container's own rule.
std::optional<std::string> shared_key_of(const Rule& rule);

/// Whether a key stands for a rule that the containers on this bridge share.
bool is_shared_rule_of(const std::string& bridge, const std::string& key);

/// The shared things that a plan adds.
Keys shared_keys(const Plan& plan);

/// A static address on a bridge, which only one living container may have.
struct AddressClaim {
    std::string bridge;
    Ipv4Address address;
};
std::vector<AddressClaim> address_claims(const ContainerSpec& spec);
std::string key_of(const AddressClaim& claim);
Keys claim_keys(const ContainerSpec& spec);

/// Throws Error naming the holder when another living container has claimed an address of `spec`.
/// `holders`: keys that others hold, each with a holder's name.
void check_claims(const ContainerSpec& spec, const std::map<std::string, std::string>& holders);

/// A shared thing in words: "bridge br0", "masquerading of 10.0.3.0/24"; the key itself for a claim.
std::string name_of_key(const std::string& key);

/// The step that removes what a key stands for; nothing for a claim, which is no thing in the kernel.
std::optional<Step> removal_of(const std::string& key);

} // namespace uplink
