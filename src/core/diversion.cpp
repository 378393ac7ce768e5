// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/diversion.h"

#include "core/iptables_rules.h"
#include "core/nftables_rules.h"

#include <algorithm>

namespace uplink
{

namespace
{

bool is_ours(const FirewallChain& chain)
{
    return chain.table == nftables_table || chain.name == ports_chain;
}

bool are_in_one_table(const FirewallChain& left, const FirewallChain& right)
{
    return left.flavour == right.flavour && left.family == right.family && left.table == right.table;
}

bool is_in_our_table(const FirewallChain& chain, const HostFirewall& firewall)
{
    return std::any_of(firewall.chains.begin(), firewall.chains.end(), [&chain](const FirewallChain& each) {
        return is_ours(each) && are_in_one_table(each, chain);
    });
}

/// The kernel asks the base chains that translate one after the other, until the flow has a translation: an
/// accept is the last word in its own alone.
void show_redirections(FirewallChain& chain, bool in_our_table)
{
    for (FirewallRule& rule : chain.rules) {
        const bool redirects = rule.effect == RuleEffect::redirects;
        if (is_ours(chain) && redirects)
            rule.conditions.clear();
        else if (redirects || (in_our_table && rule.verdict == RuleVerdict::accept))
            rule.verdict = RuleVerdict::drop;
    }
}

/// What drops is told elsewhere.
void show_untracking(FirewallChain& chain)
{
    for (FirewallRule& rule : chain.rules)
        if (rule.effect == RuleEffect::untracks)
            rule.verdict = RuleVerdict::drop;
        else if (rule.verdict == RuleVerdict::drop)
            rule.verdict = RuleVerdict::accept;
}

/// The firewall where only those base chains are on a packet's way.
template<typename Predicate>
HostFirewall with_bases(HostFirewall firewall, const Predicate& is_asked)
{
    for (FirewallChain& chain : firewall.chains) {
        if (chain.base && (chain.base->hook != PacketHook::prerouting || !is_asked(chain)))
            chain.base.reset();
        chain.translates = false;
    }
    return firewall;
}

} // namespace

Judgement judge_redirection(const FirewallPacket& packet, const HostFirewall& firewall)
{
    HostFirewall shown = firewall;
    for (FirewallChain& chain : shown.chains)
        show_redirections(chain, is_in_our_table(chain, firewall));
    Judgement judgement =
        judge(packet, with_bases(shown, [&](const FirewallChain& chain) {
                  return chain.translates && (chain.base->priority < destination_nat_priority ||
                                              is_in_our_table(chain, firewall));
              }));
    if (judgement.fate != Fate::passes)
        return judgement;
    // Of chains with one priority the kernel asks that first which was made last, which no tool tells.
    judgement = judge(packet, with_bases(shown, [&](const FirewallChain& chain) {
                          return chain.translates && chain.base->priority == destination_nat_priority &&
                                 !is_in_our_table(chain, firewall);
                      }));
    if (judgement.fate == Fate::dropped)
        return {Fate::cannot_tell, std::nullopt, {*judgement.dropped_by}, {}};
    return judgement;
}

Judgement judge_tracking(const FirewallPacket& packet, const HostFirewall& firewall)
{
    HostFirewall shown = firewall;
    for (FirewallChain& chain : shown.chains)
        show_untracking(chain);
    return judge(packet, with_bases(shown, [](const FirewallChain& chain) {
                     return !chain.translates && chain.family != "bridge" &&
                            chain.base->priority < tracking_priority;
                 }));
}

} // namespace uplink
