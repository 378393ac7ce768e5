// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/judge.h"

#include "core/chain_outcome.h"

#include <algorithm>
#include <utility>

namespace uplink
{

namespace
{

std::vector<PacketHook> way_of(const FirewallPacket& packet)
{
    if (packet.to_host)
        return {PacketHook::prerouting, PacketHook::input};
    return {PacketHook::prerouting, PacketHook::forward, PacketHook::postrouting};
}

bool sees(const FirewallChain& chain, const FirewallPacket& packet)
{
    if (chain.family == "bridge")
        return packet.bridged;
    if (packet.bridged && !packet.bridge_calls_ip)
        return false;
    return chain.family == "inet" || chain.family == (packet.ipv6 ? "ip6" : "ip");
}

std::vector<const FirewallChain*> base_chains(const HostFirewall& firewall, PacketHook hook,
                                              const FirewallPacket& packet)
{
    std::vector<const FirewallChain*> chains;
    for (const FirewallChain& chain : firewall.chains)
        if (chain.base && chain.base->hook == hook && sees(chain, packet))
            chains.push_back(&chain);
    // A bridge hands its packets to the hooks of IP from within its own.
    std::stable_sort(chains.begin(), chains.end(), [](const auto* left, const auto* right) {
        return std::pair(left->family != "bridge", left->base->priority) <
               std::pair(right->family != "bridge", right->base->priority);
    });
    return chains;
}

/// The packet as it is when it comes to this chain.
FirewallPacket seen_by(const FirewallChain& chain, FirewallPacket packet, const HostFirewall& firewall)
{
    constexpr int tracking = -200; // priorities: NF_IP_PRI_CONNTRACK and its neighbours
    constexpr int destination_nat = -100;
    constexpr int source_nat = 100;
    if (!packet.mark && !firewall.sets_marks)
        packet.mark = 0;
    if (chain.base->hook == PacketHook::prerouting) {
        packet.out = "";
        if (chain.base->priority <= tracking)
            packet.state.reset();
        if (packet.redirected && chain.base->priority <= destination_nat) {
            packet.destination.reset();
            packet.destination_port.reset();
            if (packet.state != ConnectionState::established)
                packet.destination_kind = AddressKind::local;
        }
    }
    if (packet.to_host)
        packet.out = "";
    if (chain.base->hook == PacketHook::postrouting && chain.base->priority >= source_nat)
        packet.source.reset();
    if (chain.family == "bridge") {
        packet.in = packet.in_port;
        packet.out = chain.base->hook == PacketHook::prerouting ? "" : packet.out_port;
    }
    if (packet.bridged && chain.base->hook == PacketHook::postrouting) // br_netfilter: there is no way in
        packet.in = "";
    return packet;
}

} // namespace

Judgement judge(const FirewallPacket& packet, const HostFirewall& firewall)
{
    Judgement judgement;
    for (const PacketHook hook : way_of(packet))
        for (const FirewallChain* chain : base_chains(firewall, hook, packet)) {
            const FirewallPacket seen = seen_by(*chain, packet, firewall);
            const ChainOutcome outcome = outcome_of_base_chain(*chain, firewall, seen);
            if (!outcome.drop)
                continue;
            if (!outcome.accepts)
                return {Fate::dropped, outcome.drop, {}};
            judgement.fate = Fate::cannot_tell;
            for (const FirewallPlace& place : outcome.unjudged)
                if (std::find(judgement.unjudged.begin(), judgement.unjudged.end(), place) ==
                    judgement.unjudged.end())
                    judgement.unjudged.push_back(place);
        }
    return judgement;
}

std::string to_string(const FirewallPlace& place)
{
    return to_string(place.flavour) + ", table " + place.family + " " + place.table + ", chain " +
           place.chain + ": " + place.rule;
}

} // namespace uplink
