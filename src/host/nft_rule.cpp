// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nft_rule.h"

#include <algorithm>
#include <map>
#include <set>

namespace uplink
{

namespace
{

using Json = nlohmann::json;

/// Whether it lets all packets go on to what stands behind it. A statement that adds to a set does so unless
/// it has statements of its own.
bool lets_all_go_on(const std::string& name, const Json& statement)
{
    static const std::set<std::string> names = {
        "counter", "continue",  "log",        "mangle",         "flow",   "dup",
        "last",    "ct helper", "ct timeout", "ct expectation", "secmark"};
    return names.contains(name) || ((name == "set" || name == "map") && !statement.contains("stmt"));
}

std::optional<RuleVerdict> verdict_named(const std::string& name)
{
    static const std::map<std::string, RuleVerdict> verdicts = {
        {"accept", RuleVerdict::accept},  {"drop", RuleVerdict::drop},
        {"reject", RuleVerdict::drop},    {"return", RuleVerdict::leave},
        {"jump", RuleVerdict::jump},      {"goto", RuleVerdict::go_to},
        {"queue", RuleVerdict::unknown},  {"synproxy", RuleVerdict::unknown},
        {"tproxy", RuleVerdict::unknown}, {"snat", RuleVerdict::accept},
        {"dnat", RuleVerdict::accept},    {"masquerade", RuleVerdict::accept},
        {"redirect", RuleVerdict::accept}};
    const auto found = verdicts.find(name);
    return found == verdicts.end() ? std::nullopt : std::optional(found->second);
}

/// What it translates to may depend on a map, which has no answer for some.
void add_redirection(FirewallRule& rule, const Json& to)
{
    rule.effect = RuleEffect::redirects;
    if (to.is_object() && to.contains("addr") && to.at("addr").is_object() && to.at("addr").contains("map"))
        rule.conditions.push_back({{{NotToBeTold{to.dump()}}}, false});
}

/// Of iptables' own matches and targets only the name is listed, if that.
void add_of_iptables(FirewallRule& rule, const Json& xt)
{
    if (!xt.is_object() || xt.value("type", "") != "match")
        rule.verdict = RuleVerdict::unknown;
    else
        rule.conditions.push_back({{{NotToBeTold{xt.dump()}}}, false});
}

void add_statement(FirewallRule& rule, const Json& statement, const NftSets& sets)
{
    const std::string& name = statement.begin().key();
    const Json& value = *statement.begin();
    if (name == "match") {
        for (PacketCondition& condition : nft_conditions(value, sets))
            rule.conditions.push_back(std::move(condition));
    } else if (name == "xt") {
        add_of_iptables(rule, value);
    } else if (const auto verdict = verdict_named(name)) {
        rule.verdict = *verdict;
        if (name == "dnat" || name == "redirect")
            add_redirection(rule, value);
        if (*verdict == RuleVerdict::jump || *verdict == RuleVerdict::go_to)
            rule.target = value.at("target");
    } else if (name == "notrack") {
        rule.effect = RuleEffect::untracks;
    } else if (!lets_all_go_on(name, value)) {
        rule.conditions.push_back({{{NotToBeTold{statement.dump()}}}, false});
    }
}

std::vector<FirewallRule> branches_of(const FirewallRule& rule, const Json& vmap, const NftSets& sets)
{
    std::vector<FirewallRule> branches;
    for (const auto& [conditions, verdict] : nft_branches(vmap, sets)) {
        branches.push_back(rule);
        branches.back().conditions.insert(branches.back().conditions.end(), conditions.begin(),
                                          conditions.end());
        add_statement(branches.back(), verdict, sets);
    }
    return branches;
}

} // namespace

std::vector<FirewallRule> nft_rules(const Json& statements, const std::string& text, const NftSets& sets)
{
    FirewallRule rule;
    rule.text = text;
    try {
        for (const Json& statement : statements) {
            if (statement.contains("vmap"))
                return branches_of(rule, statement.at("vmap"), sets);
            add_statement(rule, statement, sets);
        }
    } catch (const Json::exception&) { // of a newer libnftables
        return {{{}, RuleVerdict::unknown, "", text}};
    }
    return {rule};
}

bool sets_mark(const Json& statements)
{
    return std::any_of(statements.begin(), statements.end(), [](const Json& statement) {
        if (!statement.contains("mangle"))
            return false;
        const Json& key = statement.at("mangle").at("key");
        return key.is_object() && key.begin()->is_object() && key.begin()->value("key", "") == "mark";
    });
}

} // namespace uplink
