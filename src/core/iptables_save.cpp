// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/iptables_save.h"

#include "core/iptables_match.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace uplink
{

namespace
{

using SavedWords = std::vector<std::string>;

constexpr std::array targets_that_go_on = {
    "AUDIT",   "CHECKSUM",  "CLASSIFY", "CONNMARK", "CONNSECMARK", "CT",    "DSCP",    "ECN",
    "HL",      "IDLETIMER", "LED",      "LOG",      "MARK",        "NFLOG", "NOTRACK", "RATEEST",
    "SECMARK", "SET",       "TCPMSS",   "TEE",      "TOS",         "TRACE", "TTL",     "ULOG"};

constexpr std::array targets_that_translate = {"DNAT", "MASQUERADE", "NETMAP", "REDIRECT", "SNAT"};
constexpr std::array targets_that_redirect = {"DNAT", "NETMAP", "REDIRECT"};

template<typename Names>
bool is_one_of(const std::string& word, const Names& names)
{
    return std::find(names.begin(), names.end(), word) != names.end();
}

constexpr const char* translating_table = "nat";

/// Of those that translate where redirections are made: what the others do is not judged.
std::optional<ChainBase> base_of(const std::string& table, const std::string& chain,
                                 const std::string& policy)
{
    static const std::map<std::string, int> priorities = {
        {"raw", -300}, {"mangle", -150}, {"nat", -100}, {"filter", 0}, {"security", 50}};
    static const std::map<std::string, PacketHook> hooks = {{"PREROUTING", PacketHook::prerouting},
                                                            {"INPUT", PacketHook::input},
                                                            {"FORWARD", PacketHook::forward},
                                                            {"POSTROUTING", PacketHook::postrouting}};
    const auto priority = priorities.find(table);
    const auto hook = hooks.find(chain);
    if (priority == priorities.end() || hook == hooks.end() || policy == "-" ||
        (table == translating_table && hook->second != PacketHook::prerouting))
        return std::nullopt;
    return ChainBase{hook->second, priority->second, policy == "DROP"};
}

/// Which it is of its own accord; nothing: it is a chain.
std::optional<RuleVerdict> verdict_named(const std::string& target)
{
    static const std::map<std::string, RuleVerdict> verdicts = {{"ACCEPT", RuleVerdict::accept},
                                                                {"DROP", RuleVerdict::drop},
                                                                {"REJECT", RuleVerdict::drop},
                                                                {"RETURN", RuleVerdict::leave}};
    if (const auto found = verdicts.find(target); found != verdicts.end())
        return found->second;
    if (is_one_of(target, targets_that_go_on))
        return RuleVerdict::none;
    if (is_one_of(target, targets_that_translate))
        return RuleVerdict::accept;
    return std::nullopt;
}

/// Of the words from -j on.
RuleEffect effect_of(const SavedWords& target)
{
    if (is_one_of(target[1], targets_that_redirect))
        return RuleEffect::redirects;
    const bool untracks = target[1] == "NOTRACK" || (target[1] == "CT" && is_one_of("--notrack", target));
    return untracks ? RuleEffect::untracks : RuleEffect::none;
}

/// Reads a text line by line, a table at a time.
class SavedTables
{
  public:
    SavedTables(bool ipv6, FirewallFlavour flavour) : ipv6_(ipv6), flavour_(flavour) {}

    void read(const std::string& line)
    {
        if (line.starts_with("*"))
            table_ = line.substr(1);
        else if (line.starts_with(":"))
            add_chain(iptables_words_of(line.substr(1)));
        else if (line.starts_with("-A "))
            add_rule(line);
    }

    HostFirewall firewall; ///< what has been read

  private:
    // ":FORWARD DROP [0:0]"
    void add_chain(const SavedWords& words)
    {
        const std::string policy = words.size() > 1 ? words[1] : "-";
        chains_[{table_, words.at(0)}] = firewall.chains.size();
        firewall.chains.push_back({flavour_,
                                   ipv6_ ? "ip6" : "ip",
                                   table_,
                                   words.at(0),
                                   base_of(table_, words.at(0), policy),
                                   {},
                                   table_ == translating_table});
    }

    FirewallChain* chain_named(const std::string& name)
    {
        const auto found = chains_.find({table_, name});
        return found == chains_.end() ? nullptr : &firewall.chains[found->second];
    }

    // Options of the rule itself come first, then matches and last the target, each from its own option on.
    void add_rule(const std::string& line)
    {
        const SavedWords words = iptables_words_of(line);
        FirewallChain* const chain = words.size() > 1 ? chain_named(words[1]) : nullptr;
        if (chain == nullptr)
            return;
        FirewallRule rule;
        rule.text = line;
        for (auto part = words.begin() + 2; part != words.end();) {
            const auto end = std::find_if(part + 1, words.end(), [](const std::string& word) {
                return word == "-m" || word == "-j" || word == "-g";
            });
            add_part({part, end}, rule);
            part = end;
        }
        chain->rules.push_back(std::move(rule));
    }

    void add_part(const SavedWords& part, FirewallRule& rule)
    {
        if (part.size() > 1 && (part[0] == "-j" || part[0] == "-g")) {
            set_target(part[1], part[0] == "-g", rule);
            rule.effect = effect_of(part);
            return;
        }
        for (PacketCondition& condition : conditions_of_match(part))
            rule.conditions.push_back(std::move(condition));
    }

    void set_target(const std::string& target, bool for_good, FirewallRule& rule)
    {
        firewall.sets_marks = firewall.sets_marks || target == "MARK" || target == "CONNMARK";
        if (chain_named(target) != nullptr) {
            rule.verdict = for_good ? RuleVerdict::go_to : RuleVerdict::jump;
            rule.target = target;
        } else {
            rule.verdict = verdict_named(target).value_or(RuleVerdict::unknown);
        }
    }

    bool ipv6_;
    FirewallFlavour flavour_;
    std::string table_;
    std::map<std::pair<std::string, std::string>, std::size_t> chains_; ///< by table and name
};

} // namespace

HostFirewall read_iptables_save(const std::string& text, bool ipv6, FirewallFlavour flavour)
{
    SavedTables tables(ipv6, flavour);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        tables.read(line);
    return tables.firewall;
}

} // namespace uplink
