// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/packet_trace.h"

#include "firewall_values.h"

using namespace uplink;

namespace
{

const FirewallPlace legacy_drop = {FirewallFlavour::legacy, "ip", "filter", "FORWARD",
                                   "-A FORWARD -m ttl --ttl-lt 65 -j DROP"};
const FirewallPlace nft_drop = {FirewallFlavour::nft, "inet", "filter", "forward", "policy drop"};
const PacketTrace vanished = {true, false, std::nullopt};

PacketTrace dropped_in(const TracedDrop& drop)
{
    return {true, false, drop};
}

} // namespace

TEST_CASE("a packet that arrives passes, whatever might have dropped it")
{
    CHECK(settled(depends_on({nft_drop, legacy_drop}), {}, {true, true, std::nullopt}) == it_passes);
}

TEST_CASE("what nf_tables has dropped is told in the words of the chain's owner")
{
    const FirewallRule first = {{}, RuleVerdict::none, "", "-A FORWARD -j LOG"};
    const FirewallRule second = {{}, RuleVerdict::drop, "", "-A FORWARD -m ttl --ttl-lt 65 -j DROP"};
    const HostFirewall firewall = {
        {{FirewallFlavour::iptables_nft, "ip", "filter", "FORWARD", std::nullopt, {first, second}}}};
    const auto open = depends_on({nft_drop});
    CHECK(settled(open, firewall, dropped_in({"ip", "filter", "FORWARD", 1, "ip ttl < 65 counter drop"})) ==
          dropped_by({FirewallFlavour::iptables_nft, "ip", "filter", "FORWARD", second.text}));
    CHECK(settled(open, firewall, dropped_in({"ip", "filter", "FORWARD", std::nullopt, "policy drop"})) ==
          dropped_by({FirewallFlavour::iptables_nft, "ip", "filter", "FORWARD", "policy drop"}));
    CHECK(settled(open, firewall, dropped_in({"inet", "filter", "forward", 0, "ip ttl < 65 drop"})) ==
          dropped_by({FirewallFlavour::nft, "inet", "filter", "forward", "ip ttl < 65 drop"}));
    CHECK(settled(open, firewall, dropped_in({"inet", "filter", "forward", std::nullopt, "policy drop"})) ==
          dropped_by(nft_drop));
}

TEST_CASE("a packet that vanishes without nf_tables was dropped by a legacy table, if any may have")
{
    CHECK(settled(depends_on({nft_drop, legacy_drop}), {}, vanished) == dropped_by(legacy_drop));
    CHECK(settled(depends_on({nft_drop}), {}, vanished) == depends_on({nft_drop}));
}

TEST_CASE("a packet that was not seen tells nothing")
{
    CHECK(settled(depends_on({legacy_drop}), {}, {}) == depends_on({legacy_drop}));
}
