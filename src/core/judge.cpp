// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/judge.h"

#include "core/chain_outcome.h"

#include <algorithm>

namespace uplink
{

namespace
{

/// A hook of a bridge, or of IP.
struct Station {
    bool of_bridge = false;
    PacketHook hook = PacketHook::forward;
};

/// A bridge hands what it forwards to the hooks of IP from within its own.
std::vector<Station> way_over_bridge(const FirewallPacket& packet)
{
    std::vector<Station> way;
    for (const PacketHook hook : {PacketHook::prerouting, PacketHook::forward, PacketHook::postrouting}) {
        way.push_back({true, hook});
        if (packet.bridge_calls_ip)
            way.push_back({false, hook});
    }
    return way;
}

std::vector<Station> way_of(const FirewallPacket& packet)
{
    if (packet.bridged)
        return way_over_bridge(packet);
    std::vector<Station> way;
    if (packet.in_port) // to the bridge itself all of them are input
        way = {{true, PacketHook::prerouting}, {true, PacketHook::input}};
    way.push_back({false, PacketHook::prerouting});
    if (packet.to_host) {
        way.push_back({false, PacketHook::input});
    } else {
        way.push_back({false, PacketHook::forward});
        way.push_back({false, PacketHook::postrouting});
    }
    return way;
}

bool stands_at(const FirewallChain& chain, const Station& station, const FirewallPacket& packet)
{
    if (!chain.base || chain.translates || chain.base->hook != station.hook)
        return false;
    if (station.of_bridge)
        return chain.family == "bridge";
    return chain.family == "inet" || chain.family == (packet.ipv6 ? "ip6" : "ip");
}

std::vector<const FirewallChain*> base_chains(const HostFirewall& firewall, const Station& station,
                                              const FirewallPacket& packet)
{
    std::vector<const FirewallChain*> chains;
    for (const FirewallChain& chain : firewall.chains)
        if (stands_at(chain, station, packet))
            chains.push_back(&chain);
    std::stable_sort(chains.begin(), chains.end(), [](const auto* left, const auto* right) {
        return left->base->priority < right->base->priority;
    });
    return chains;
}

/// The packet as it is when it comes to this chain.
FirewallPacket seen_by(const FirewallChain& chain, FirewallPacket packet, const HostFirewall& firewall)
{
    if (!packet.mark && !firewall.sets_marks)
        packet.mark = 0;
    if (chain.base->hook == PacketHook::prerouting) {
        packet.out = "";
        if (chain.base->priority <= tracking_priority)
            packet.state.reset();
        if (packet.redirected && chain.base->priority <= destination_nat_priority) {
            packet.destination.reset();
            packet.destination_port.reset();
            if (packet.state != ConnectionState::established)
                packet.destination_kind = AddressKind::local;
        }
    }
    if (packet.to_host)
        packet.out = "";
    if (chain.base->hook == PacketHook::postrouting && chain.base->priority >= source_nat_priority)
        packet.source.reset();
    if (chain.family == "bridge") {
        packet.state.reset(); // whether a bridge tracks flows is its own affair
        packet.in = packet.in_port;
        packet.out = packet.bridged && chain.base->hook != PacketHook::prerouting ? packet.out_port : "";
    }
    if (packet.bridged && chain.base->hook == PacketHook::postrouting) // br_netfilter: there is no way in
        packet.in = "";
    return packet;
}

} // namespace

Judgement judge(const FirewallPacket& packet, const HostFirewall& firewall)
{
    Judgement judgement;
    for (const Station& station : way_of(packet))
        for (const FirewallChain* chain : base_chains(firewall, station, packet)) {
            const FirewallPacket seen = seen_by(*chain, packet, firewall);
            const ChainOutcome outcome = outcome_of_base_chain(*chain, firewall, seen);
            if (!outcome.drop)
                continue;
            if (!outcome.accepts)
                return {Fate::dropped, outcome.drop, {}, {}};
            judgement.fate = Fate::cannot_tell;
            judgement.may_drop.push_back(*outcome.drop);
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
