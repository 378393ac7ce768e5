// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/iptables_nft_firewall.h"

#include "core/error.h"
#include "core/identity.h"
#include "core/iptables_words.h"
#include "host/child.h"
#include "host/nft_probe.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace uplink
{

namespace
{

constexpr std::chrono::seconds iptables_patience(10); // others may hold the lock of iptables
constexpr std::array<bool, 2> families = {false, true};

std::string program_of(bool ipv6)
{
    return ipv6 ? "ip6tables-nft" : "iptables-nft";
}

/// The chains of gatekeepers that are there, each with its rules as `iptables -S` prints them behind its
/// name.
using Chains = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> rules_in(bool ipv6, const std::string& chain)
{
    std::vector<std::string> rules;
    std::istringstream lines(
        output_of({program_of(ipv6), "-w", "-t", "filter", "-S", chain}, iptables_patience));
    const std::string start = "-A " + chain + " ";
    for (std::string line; std::getline(lines, line);)
        if (line.rfind(start, 0) == 0)
            rules.push_back(line.substr(start.size()));
    return rules;
}

Chains chains_of(bool ipv6)
{
    Chains chains;
    for (const std::string& chain : gate_chains(ipv6))
        if (has_nft_filter_chain(ipv6, chain))
            chains[chain] = rules_in(ipv6, chain);
    return chains;
}

/// The rules of the openings of one family.
std::vector<IptablesRule> rules_of(const std::vector<Rule>& rules, bool ipv6)
{
    std::vector<IptablesRule> all;
    for (const Rule& rule : rules) {
        if (!is_opening(rule))
            continue;
        const IptablesForm form = iptables_form(rule);
        if (form.table.ipv6 == ipv6)
            all.insert(all.end(), form.rules.begin(), form.rules.end());
    }
    return all;
}

/// Where a rule comes to stand, counted from 1: behind all but a closing RETURN.
std::size_t place_in(const std::vector<std::string>& rules)
{
    const bool returns = !rules.empty() && rules.back() == "-j RETURN";
    return rules.size() + (returns ? 0 : 1);
}

void change(bool ipv6, const std::string& lines)
{
    if (!lines.empty())
        output_of({program_of(ipv6) + "-restore", "-w", "--noflush"}, iptables_patience,
                  "*filter\n" + lines + "COMMIT\n");
}

} // namespace

void IptablesNftFirewall::add(const std::vector<Rule>& rules)
{
    for (const bool ipv6 : families) {
        const auto wanted = rules_of(rules, ipv6);
        if (wanted.empty())
            continue;
        Chains chains = chains_of(ipv6);
        std::string lines;
        for (const IptablesRule& rule : wanted) {
            const auto chain = chains.find(rule.chain);
            if (chain == chains.end())
                throw NothingChanged("chain " + rule.chain + " is gone: its owner has stopped meanwhile");
            const std::string words = iptables_save_words(rule);
            auto& there = chain->second;
            if (std::find(there.begin(), there.end(), words) != there.end())
                continue;
            const std::size_t place = place_in(there);
            lines += "-I " + rule.chain + " " + std::to_string(place) + " " + words + "\n";
            there.insert(there.begin() + static_cast<std::ptrdiff_t>(place - 1), words);
        }
        change(ipv6, lines);
    }
}

void IptablesNftFirewall::remove(const std::vector<Rule>& rules)
{
    for (const bool ipv6 : families) {
        const auto unwanted = rules_of(rules, ipv6);
        if (unwanted.empty())
            continue;
        const Chains chains = chains_of(ipv6);
        std::string lines;
        for (const IptablesRule& rule : unwanted)
            if (const auto chain = chains.find(rule.chain); chain != chains.end()) {
                const std::string words = iptables_save_words(rule);
                const auto count = std::count(chain->second.begin(), chain->second.end(), words);
                for (std::ptrdiff_t i = 0; i < count; ++i)
                    lines += "-D " + rule.chain + " " + words + "\n";
            }
        change(ipv6, lines);
    }
}

void IptablesNftFirewall::remove_tagged(const std::string& tag)
{
    for (const bool ipv6 : families) {
        std::string lines;
        for (const auto& [chain, rules] : chains_of(ipv6))
            for (const std::string& rule : rules)
                if (comment_in(rule) == tag)
                    lines += "-D " + chain + " " + rule + "\n";
        change(ipv6, lines);
    }
}

std::vector<Standing> IptablesNftFirewall::standing(const std::vector<Rule>& rules)
{
    std::vector<Standing> standings(rules.size());
    for (const bool ipv6 : families) {
        if (rules_of(rules, ipv6).empty())
            continue;
        const Chains chains = chains_of(ipv6);
        const auto is_there = [&chains](const IptablesRule& rule) {
            const auto chain = chains.find(rule.chain);
            return chain != chains.end() && std::find(chain->second.begin(), chain->second.end(),
                                                      iptables_save_words(rule)) != chain->second.end();
        };
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const auto parts = rules_of({rules[i]}, ipv6);
            if (!parts.empty() && std::all_of(parts.begin(), parts.end(), is_there))
                standings[i] = {true, true, 0, 0};
        }
    }
    return standings;
}

std::set<std::string> IptablesNftFirewall::tags()
{
    std::set<std::string> tags;
    for (const bool ipv6 : families)
        for (const auto& [chain, rules] : chains_of(ipv6))
            for (const std::string& rule : rules)
                if (const std::string comment = comment_in(rule); is_tag(comment))
                    tags.insert(comment);
    return tags;
}

} // namespace uplink
