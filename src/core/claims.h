// SPDX-License-Identifier: GPL-2.0-or-later
// What only one living container may have: a static address on a bridge, a published port of the host's; and
// shared rules, of which all on a bridge must want the same.
#pragma once

#include "core/plan.h"

#include <map>
#include <string>
#include <vector>

namespace uplink
{

/// A static address on a bridge, or on the LAN of a NIC.
struct AddressClaim {
    std::string place;
    IpAddress address;
};
std::vector<AddressClaim> address_claims(const ContainerSpec& spec);

std::string key_of(const AddressClaim& claim);
std::string key_of(const Publication& publication);

/// All that a container of this spec claims, the NICs that carry its macvlans included. In nf_tables, whose
/// maps have an address once, that of a container in mode nat is claimed whatever its bridge.
Keys claim_keys(const ContainerSpec& spec, Engine engine = Engine::iptables);

/// Of `keys`, which anybody holds, those that stand in the way of a container that wants `wanted`.
Keys contested_keys(const Keys& wanted, const Keys& keys);

/// Throws Error naming the holder and the remedy when somebody holds such a key. `holders`: by key.
void check_claims(const ContainerSpec& spec, const std::map<std::string, std::string>& holders);

/// Throws Error naming the first of the programs that listen where a port is to be published.
void check_listeners(const std::vector<Listener>& listeners);

} // namespace uplink
