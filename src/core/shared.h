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

/// Of a NIC that is the uplink of a bridge, and of one that carries macvlans, which claims it for them.
std::string key_of_uplink(const std::string& nic);
std::string key_of_parent(const std::string& nic);

/// The key of a shared rule; nothing for a container's own rule.
std::optional<std::string> shared_key_of(const MasqueradeRule& rule);

/// The shared things that a plan adds.
Keys shared_keys(const Plan& plan);

/// A static address on a bridge, or on the LAN of a NIC, which only one living container may have.
struct AddressClaim {
    std::string kind; ///< "bridge" or "NIC"
    std::string place;
    Ipv4Address address;
};
std::vector<AddressClaim> address_claims(const ContainerSpec& spec);
std::string key_of(const AddressClaim& claim);

/// These, and the claims on the NICs that carry macvlans.
Keys claim_keys(const ContainerSpec& spec);

/// Throws Error naming the holder when another living container has claimed an address of `spec`.
/// `holders`: keys that others hold, each with a holder's name.
void check_claims(const ContainerSpec& spec, const std::map<std::string, std::string>& holders);

/// A shared thing in words: "bridge br0", "masquerading of 10.0.3.0/24"; the key itself for a claim.
std::string name_of_key(const std::string& key);

/// The step that removes what a key stands for; nothing for a claim, which is no thing in the kernel.
std::optional<Step> removal_of(const std::string& key);

} // namespace uplink
