// SPDX-License-Identifier: GPL-2.0-or-later
// Protocols above IP by the names that firewalls' tools give them.
#pragma once

#include "core/rule.h"

#include <cstdint>
#include <optional>
#include <string>

namespace uplink
{

/// "tcp" or "6"; nothing for a name that is not known here.
std::optional<std::uint8_t> protocol_number(const std::string& name);

std::uint8_t protocol_number(Protocol protocol);

} // namespace uplink
