// SPDX-License-Identifier: GPL-2.0-or-later
// Whether gateways answer: the proof that a host which moved its uplink is still reached.
#pragma once

#include "core/nic_config.h"
#include "host/netlink.h"

#include <chrono>
#include <string>
#include <vector>

namespace uplink
{

/// Gateways of the default routes in `config`, each 4 or 16 bytes in network order, without repetition.
std::vector<std::string> default_gateways(const NicConfig& config);

/// Which of `gateways` answer on the interface `ifindex`, by ARP or neighbour discovery: the kernel's own, as
/// for its packets. Returns as soon as all have answered, or when `patience` is over.
std::vector<std::string> answering(Netlink& netlink, unsigned ifindex,
                                   const std::vector<std::string>& gateways,
                                   std::chrono::milliseconds patience);

/// "192.0.2.1"
std::string text_of_address(const std::string& address);

} // namespace uplink
