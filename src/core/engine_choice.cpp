// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/engine_choice.h"

#include "core/error.h"

namespace uplink
{

EngineChoice choose_engine(std::optional<Engine> asked, const std::optional<EngineHolder>& holder,
                           const EngineFacts& facts)
{
    if (asked == Engine::iptables && !facts.legacy_tables)
        throw Error(
            "firewall = iptables cannot be had, since this kernel has no legacy tables: run \"modprobe "
            "iptable_nat\", or say firewall = nftables");
    if (asked)
        return {*asked, "since option firewall says so"};
    if (holder)
        return {holder->engine, "since the rules of container " + holder->container + " are there"};
    if (!facts.legacy_tables)
        return {Engine::nftables, "since this kernel has no legacy tables"};
    if (facts.legacy_rules)
        return {Engine::iptables, "since others have rules in the legacy tables"};
    if (facts.nft_rules)
        return {Engine::nftables, "since others have rules in nftables and none in the legacy tables"};
    return {Engine::iptables, "since nobody else has rules here"};
}

std::string to_string(const EngineChoice& choice)
{
    return to_string(choice.engine) + ", " + choice.reason;
}

} // namespace uplink
