// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/engine_choice.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

constexpr std::optional<Engine> automatic;

EngineFacts facts(bool legacy_tables, bool legacy_rules, bool nft_rules)
{
    return {legacy_tables, legacy_rules, nft_rules};
}

std::string choice(std::optional<Engine> asked, const std::optional<EngineHolder>& holder,
                   const EngineFacts& facts)
{
    return to_string(choose_engine(asked, holder, facts));
}

} // namespace

TEST_CASE("what option firewall says is done, whoever has rules")
{
    const EngineHolder web1 = {Engine::iptables, "web1"};
    CHECK(choice(Engine::nftables, web1, facts(true, true, false)) ==
          "nftables, since option firewall says so");
    CHECK(choice(Engine::nftables, std::nullopt, facts(false, false, false)) ==
          "nftables, since option firewall says so");
    CHECK(choice(Engine::iptables, std::nullopt, facts(true, false, true)) ==
          "iptables, since option firewall says so");
}

TEST_CASE("iptables is refused in a kernel without legacy tables")
{
    CHECK(refusal_of([] { choose_engine(Engine::iptables, std::nullopt, facts(false, false, true)); }) ==
          "firewall = iptables cannot be had, since this kernel has no legacy tables: run \"modprobe "
          "iptable_nat\", or say firewall = nftables");
}

TEST_CASE("the engine of a living container's rules is kept, whatever others have meanwhile")
{
    CHECK(choice(automatic, EngineHolder{Engine::nftables, "web1"}, facts(true, true, false)) ==
          "nftables, since the rules of container web1 are there");
    CHECK(choice(automatic, EngineHolder{Engine::iptables, "web1"}, facts(true, false, true)) ==
          "iptables, since the rules of container web1 are there");
}

TEST_CASE("a kernel without legacy tables leaves nftables alone")
{
    CHECK(choice(automatic, std::nullopt, facts(false, false, false)) ==
          "nftables, since this kernel has no legacy tables");
    CHECK(choice(automatic, std::nullopt, facts(false, false, true)) ==
          "nftables, since this kernel has no legacy tables");
}

TEST_CASE("rules go where those of others are, and the legacy tables come first")
{
    CHECK(choice(automatic, std::nullopt, facts(true, true, false)) ==
          "iptables, since others have rules in the legacy tables");
    CHECK(choice(automatic, std::nullopt, facts(true, true, true)) ==
          "iptables, since others have rules in the legacy tables");
    CHECK(choice(automatic, std::nullopt, facts(true, false, true)) ==
          "nftables, since others have rules in nftables and none in the legacy tables");
}

TEST_CASE("a host without any rules gets iptables")
{
    CHECK(choice(automatic, std::nullopt, facts(true, false, false)) ==
          "iptables, since nobody else has rules here");
}
