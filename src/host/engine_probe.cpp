// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/engine_probe.h"

#include "host/legacy_tables.h"
#include "host/nft_probe.h"

namespace uplink
{

EngineFacts engine_facts()
{
    EngineFacts facts;
    facts.legacy_tables = has_legacy_tables();
    facts.legacy_rules = others_use_legacy_tables();
    facts.nft_rules = !facts.legacy_rules && others_use_nftables();
    return facts;
}

} // namespace uplink
