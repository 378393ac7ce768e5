// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/packet_trace.h"

#include <algorithm>

namespace uplink
{

namespace
{

/// As the tools of the chain's owner print it.
FirewallPlace place_of(const TracedDrop& drop, const HostFirewall& firewall)
{
    FirewallPlace place = {FirewallFlavour::nft, drop.family, drop.table, drop.chain, drop.text};
    const auto chain =
        std::find_if(firewall.chains.begin(), firewall.chains.end(), [&drop](const FirewallChain& each) {
            return each.flavour == FirewallFlavour::iptables_nft && each.family == drop.family &&
                   each.table == drop.table && each.name == drop.chain;
        });
    if (chain == firewall.chains.end())
        return place;
    place.flavour = chain->flavour;
    if (drop.position && *drop.position < chain->rules.size())
        place.rule = chain->rules.at(*drop.position).text;
    return place;
}

} // namespace

Judgement settled(const Judgement& judgement, const HostFirewall& firewall, const PacketTrace& trace)
{
    if (trace.arrived)
        return {};
    if (trace.drop)
        return {Fate::dropped, place_of(*trace.drop, firewall), {}, {}};
    const auto& places = judgement.may_drop;
    const auto legacy = std::find_if(places.begin(), places.end(), [](const FirewallPlace& place) {
        return place.flavour == FirewallFlavour::legacy;
    });
    if (!trace.seen || legacy == places.end())
        return judgement;
    return {Fate::dropped, *legacy, {}, {}};
}

} // namespace uplink
