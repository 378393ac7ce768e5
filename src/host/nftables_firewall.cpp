// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nftables_firewall.h"

#include "core/error.h"
#include "core/nftables_rules.h"
#include "host/nftables.h"
#include "host/nftables_elements.h"

#include <algorithm>
#include <map>

namespace uplink
{

namespace
{

using Chains = std::map<std::string, ChainInTable>;

bool is_intact(const NftablesChain& chain, const Chains& chains)
{
    const auto found = chains.find(chain.name);
    return found != chains.end() && found->second.rules == chain.rules.size() &&
           found->second.hooked == !chain.hook.empty();
}

bool are_intact(const std::vector<NftablesChain>& wanted, const Chains& chains)
{
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](const NftablesChain& chain) { return is_intact(chain, chains); });
}

std::string text_to_flush(const std::vector<NftablesChain>& wanted, const Chains& chains)
{
    std::string text;
    for (const NftablesChain& chain : wanted)
        if (chains.contains(chain.name))
            text += nftables_chain_command("flush", chain.name) + "\n";
    return text;
}

/// What makes the table and its chains whole; nothing when they are. Somebody may have flushed any of them.
std::string text_to_repair(std::vector<NftablesChain> policies, const std::optional<Chains>& there)
{
    const Chains chains = there.value_or(Chains());
    const std::vector<NftablesChain> base = nftables_base_chains();
    policies.erase(std::remove_if(policies.begin(), policies.end(),
                                  [&](const NftablesChain& policy) { return is_intact(policy, chains); }),
                   policies.end());
    std::string text = text_to_flush(policies, chains);
    if (!are_intact(base, chains))
        return text + text_to_flush(base, chains) + nftables_table_text(policies);
    for (const NftablesChain& policy : policies)
        text += nftables_chain_text(policy);
    return text;
}

/// What deletes these elements, the policies that nothing else leads to, and the table when no policy is
/// left.
std::string text_to_remove(const std::vector<ListedElement>& doomed, const Chains& chains)
{
    std::map<std::string, unsigned> released;
    std::string text;
    for (const ListedElement& element : doomed) {
        ++released[element.policy];
        text += nftables_delete_text(element.map, element.key) + "\n";
    }
    bool needed = false;
    for (const auto& [name, chain] : chains) {
        if (!is_nftables_policy(name))
            continue;
        if (chain.uses == chain.rules + released[name])
            text += nftables_chain_command("delete", name) + "\n";
        else
            needed = true;
    }
    return needed ? text : std::string("delete table inet ") + nftables_table;
}

void run(const std::string& text)
{
    if (!text.empty())
        Nftables().run(text);
}

bool is_same(const std::optional<ElementInTable>& found, const NftablesElement& element)
{
    return found && found->comment == element.tag && found->value == element.value.bytes;
}

/// Nothing for a rule that nft cannot write: such a one cannot be there.
std::vector<NftablesElement> elements_if_any(const Rule& rule)
{
    try {
        return nftables_elements(rule);
    } catch (const NothingChanged&) {
        return {};
    }
}

} // namespace

void NftablesFirewall::add(const std::vector<Rule>& rules)
{
    const auto chains = reader_.chains();
    std::string text = text_to_repair(nftables_policies(rules), chains);
    for (const Rule& rule : rules)
        for (const NftablesElement& element : nftables_elements(rule)) {
            const auto found = chains ? reader_.element(element.map, element.key.bytes) : std::nullopt;
            if (is_same(found, element))
                continue;
            // A container can start again before the last hook of its earlier life has run.
            if (found)
                text += nftables_delete_text(element.map, element.key.text) + "\n";
            text += nftables_add_text(element) + "\n";
        }
    run(text);
}

void NftablesFirewall::remove(const std::vector<Rule>& rules)
{
    const auto chains = reader_.chains();
    if (!chains)
        return;
    std::map<std::string, ListedElement> doomed; // by its words, since a rule may be named twice
    for (const Rule& rule : rules)
        for (const NftablesElement& element : elements_if_any(rule)) {
            const auto found = reader_.element(element.map, element.key.bytes);
            if (found && found->comment == element.tag)
                doomed[element.map + " " + element.key.text] = {element.map, element.key.text, element.tag,
                                                                element.policy};
        }
    std::vector<ListedElement> elements;
    elements.reserve(doomed.size());
    for (const auto& [words, element] : doomed)
        elements.push_back(element);
    run(text_to_remove(elements, *chains));
}

void NftablesFirewall::remove_tagged(const std::string& tag)
{
    const auto chains = reader_.chains();
    if (!chains)
        return;
    Nftables nftables;
    auto elements = listed_elements(nftables);
    elements.erase(std::remove_if(elements.begin(), elements.end(),
                                  [&](const ListedElement& element) { return element.tag != tag; }),
                   elements.end());
    run(text_to_remove(elements, *chains));
}

std::vector<Standing> NftablesFirewall::standing(const std::vector<Rule>& rules)
{
    std::vector<Standing> standings(rules.size());
    const auto chains = reader_.chains();
    if (!chains)
        return standings;
    const bool base_is_intact = are_intact(nftables_base_chains(), *chains);
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto elements = elements_if_any(rules[i]);
        standings[i].there = !elements.empty();
        for (const NftablesElement& element : elements) {
            const auto found = reader_.element(element.map, element.key.bytes);
            if (!is_same(found, element)) {
                standings[i].there = false;
                continue;
            }
            standings[i].packets += found->packets;
            standings[i].bytes += found->bytes;
        }
        standings[i].reached =
            standings[i].there && base_is_intact && are_intact(nftables_policies({rules[i]}), *chains);
    }
    return standings;
}

std::set<std::string> NftablesFirewall::tags()
{
    std::set<std::string> tags;
    if (!reader_.chains())
        return tags;
    Nftables nftables;
    for (const ListedElement& element : listed_elements(nftables))
        tags.insert(element.tag);
    return tags;
}

} // namespace uplink
