// SPDX-License-Identifier: GPL-2.0-or-later
// All elements of our table, as libnftables lists them: for what must look at all of them.
#pragma once

#include "host/nftables.h"

#include <string>
#include <vector>

namespace uplink
{

struct ListedElement {
    std::string map;
    std::string key; ///< as nft(8) reads it
    std::string tag;
    std::string policy; ///< the chain that it leads to; empty when it leads to an address
};

/// Those that have a comment. The table must be there. Throws Error.
std::vector<ListedElement> listed_elements(Nftables& nftables);

} // namespace uplink
