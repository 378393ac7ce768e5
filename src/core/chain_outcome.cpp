// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/chain_outcome.h"

#include "core/packet_condition.h"

#include <map>

namespace uplink
{

namespace
{

/// `first` or `second`, when it cannot be told which. Of two drops the second is kept: the one that remains
/// when the doubtful rule does not match.
ChainOutcome either(const ChainOutcome& first, const ChainOutcome& second)
{
    ChainOutcome both = second;
    both.accepts = both.accepts || first.accepts;
    both.leaves = both.leaves || first.leaves;
    if (!both.drop)
        both.drop = first.drop;
    if (both.certain())
        both.unjudged.clear();
    else
        both.unjudged.insert(both.unjudged.begin(), first.unjudged.begin(), first.unjudged.end());
    return both;
}

FirewallPlace place_of(const FirewallChain& chain, const std::string& rule)
{
    return {chain.flavour, chain.family, chain.table, chain.name, rule};
}

/// One packet at one hook.
class ChainWalk
{
  public:
    ChainWalk(const HostFirewall& firewall, const FirewallPacket& packet) : packet_(packet)
    {
        for (const FirewallChain& chain : firewall.chains)
            chains_.emplace(key_of(chain, chain.name), &chain);
    }

    ChainOutcome outcome_of_base(const FirewallChain& chain)
    {
        ChainOutcome outcome = outcome_of(chain);
        if (!outcome.leaves)
            return outcome;
        outcome.leaves = false;
        if (chain.base->drops)
            outcome.drop = place_of(chain, "policy drop");
        else
            outcome.accepts = true;
        if (outcome.certain())
            outcome.unjudged.clear();
        return outcome;
    }

  private:
    /// A table of nf_tables may hold chains of iptables' and of others.
    using Key = std::tuple<bool, std::string, std::string, std::string>;

    static Key key_of(const FirewallChain& chain, const std::string& name)
    {
        return {chain.flavour == FirewallFlavour::legacy, chain.family, chain.table, name};
    }

    /// Backwards, so that each rule knows what follows when it does not match.
    ChainOutcome outcome_of(const FirewallChain& chain)
    {
        if (const auto known = known_.find(&chain); known != known_.end())
            return known->second;
        ChainOutcome outcome;
        outcome.leaves = true;
        for (auto rule = chain.rules.rbegin(); rule != chain.rules.rend(); ++rule)
            if (rule->verdict != RuleVerdict::none)
                outcome = outcome_from(*rule, chain, outcome);
        return known_[&chain] = outcome;
    }

    ChainOutcome outcome_from(const FirewallRule& rule, const FirewallChain& chain, const ChainOutcome& rest)
    {
        const Truth matches = truth_of(rule, packet_);
        if (matches == Truth::no)
            return rest;
        ChainOutcome taken = outcome_of_verdict(rule, chain, rest);
        if (matches == Truth::yes)
            return taken;
        if (taken.fates() == rest.fates())
            return either(taken, rest);
        ChainOutcome doubtful = either(taken, rest);
        doubtful.unjudged.insert(doubtful.unjudged.begin(), place_of(chain, rule.text));
        return doubtful;
    }

    ChainOutcome outcome_of_verdict(const FirewallRule& rule, const FirewallChain& chain,
                                    const ChainOutcome& rest)
    {
        ChainOutcome outcome;
        switch (rule.verdict) {
        case RuleVerdict::none:
            return rest;
        case RuleVerdict::accept:
            outcome.accepts = true;
            return outcome;
        case RuleVerdict::drop:
            outcome.drop = place_of(chain, rule.text);
            return outcome;
        case RuleVerdict::leave:
            outcome.leaves = true;
            return outcome;
        case RuleVerdict::jump:
        case RuleVerdict::go_to:
            return outcome_of_way(rule, chain, rest);
        case RuleVerdict::unknown:
            break;
        }
        return outcome_of_unknown(rule, chain, rest);
    }

    ChainOutcome outcome_of_way(const FirewallRule& rule, const FirewallChain& chain,
                                const ChainOutcome& rest)
    {
        constexpr unsigned deepest = 64; // the kernel allows 16 jumps of nft
        const auto target = chains_.find(key_of(chain, rule.target));
        if (target == chains_.end() || depth_ >= deepest)
            return outcome_of_unknown(rule, chain, rest);
        ++depth_;
        ChainOutcome outcome = outcome_of(*target->second);
        --depth_;
        if (!outcome.leaves || rule.verdict == RuleVerdict::go_to)
            return outcome;
        outcome.leaves = false;
        const bool only_leaves = !outcome.accepts && !outcome.drop;
        return only_leaves ? rest : either(outcome, rest);
    }

    static ChainOutcome outcome_of_unknown(const FirewallRule& rule, const FirewallChain& chain,
                                           const ChainOutcome& rest)
    {
        ChainOutcome outcome = rest;
        outcome.accepts = true;
        if (!outcome.drop)
            outcome.drop = place_of(chain, rule.text);
        outcome.unjudged.insert(outcome.unjudged.begin(), place_of(chain, rule.text));
        return outcome;
    }

    const FirewallPacket& packet_;
    std::map<Key, const FirewallChain*> chains_;
    std::map<const FirewallChain*, ChainOutcome> known_;
    unsigned depth_ = 0;
};

} // namespace

ChainOutcome outcome_of_base_chain(const FirewallChain& base, const HostFirewall& firewall,
                                   const FirewallPacket& packet)
{
    return ChainWalk(firewall, packet).outcome_of_base(base);
}

} // namespace uplink
