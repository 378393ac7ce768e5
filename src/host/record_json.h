// SPDX-License-Identifier: GPL-2.0-or-later
// Records as JSON text, which a person can read and, from the "undo" lines, act on by hand.
#pragma once

#include "core/record.h"

#include <string>

namespace uplink
{

std::string to_json(const Record& record);

/// Throws Error for text that is no record of this version.
Record record_from_json(const std::string& text);

} // namespace uplink
