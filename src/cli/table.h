// SPDX-License-Identifier: GPL-2.0-or-later
// Columns for people.
#pragma once

#include <string>
#include <vector>

namespace uplink
{

/// Rows of cells; a short row leaves the rest of its cells empty.
using Table = std::vector<std::vector<std::string>>;

/// One line a row, columns as wide as their widest cell and two spaces apart.
std::string text_of(const Table& table);

} // namespace uplink
