// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nftables_guard.h"

#include "core/dhcp_guard.h"
#include "core/error.h"
#include "host/nftables.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace uplink
{

namespace
{

using Json = nlohmann::json;

struct GuardRule {
    std::string bridge; ///< this and the NIC are empty in a rule that is not ours
    std::string nic;
    std::string chain;
    std::uint64_t handle = 0;
    std::uint64_t frames = 0;
    bool drops = false;
};

std::vector<Json> listed(Nftables& nftables, const std::string& what, const char* kind)
{
    std::vector<Json> found;
    const Json answer = Json::parse(nftables.run("list " + what));
    for (const Json& object : answer.at("nftables"))
        if (object.contains(kind))
            found.push_back(object.at(kind));
    return found;
}

GuardRule rule_of(const Json& json)
{
    GuardRule rule{"", "", json.at("chain"), json.at("handle"), 0, false};
    const std::string comment = json.value("comment", "");
    const auto colon = comment.rfind(':');
    const auto start = guard_comment("", "").size() - 1;
    if (colon != std::string::npos && colon > start) {
        std::string nic = comment.substr(start, colon - start);
        std::string bridge = comment.substr(colon + 1);
        if (guard_comment(bridge, nic) == comment) {
            rule.nic = std::move(nic);
            rule.bridge = std::move(bridge);
        }
    }
    for (const Json& expression : json.at("expr")) {
        if (expression.contains("counter"))
            rule.frames = expression.at("counter").at("packets");
        rule.drops = rule.drops || expression.contains("drop");
    }
    return rule;
}

/// All rules of a table of ours; nothing when there is no such table.
std::optional<std::vector<GuardRule>> rules_in(const std::string& guards, Nftables& nftables)
{
    const std::vector<Json> tables =
        listed(nftables, "tables " + guards.substr(0, guards.find(' ')), "table");
    const auto is_ours = [&](const Json& table) {
        return table.at("family").get<std::string>() + " " + table.at("name").get<std::string>() == guards;
    };
    if (std::none_of(tables.begin(), tables.end(), is_ours))
        return std::nullopt;
    std::vector<GuardRule> rules;
    for (const Json& rule : listed(nftables, "table " + guards, "rule"))
        rules.push_back(rule_of(rule));
    return rules;
}

std::string commands_to_remove(const std::string& guards, const std::vector<GuardRule>& rules,
                               const std::string& nic)
{
    std::string commands;
    for (const GuardRule& rule : rules)
        if (rule.nic == nic)
            commands +=
                "delete rule " + guards + " " + rule.chain + " handle " + std::to_string(rule.handle) + "\n";
    return commands;
}

/// Puts rules in the place of those that the NIC has in this table.
void add_guard(const std::string& guards, const std::string& nic, const std::vector<std::string>& guard)
{
    Nftables nftables;
    const auto earlier = rules_in(guards, nftables).value_or(std::vector<GuardRule>());
    std::string commands = commands_to_remove(guards, earlier, nic);
    for (const std::string& command : guard)
        commands += command + "\n";
    nftables.run(commands);
}

/// `and_then`: a command for after the rules have gone, where others stay in the table.
void remove_guard(const std::string& guards, const std::string& nic, const std::string& and_then)
{
    Nftables nftables;
    const auto rules = rules_in(guards, nftables);
    if (!rules)
        return;
    const auto of_nic = [&](const GuardRule& rule) { return rule.nic == nic; };
    if (std::all_of(rules->begin(), rules->end(), of_nic))
        nftables.run("delete table " + guards);
    else if (std::any_of(rules->begin(), rules->end(), of_nic))
        nftables.run(commands_to_remove(guards, *rules, nic) + and_then);
}

} // namespace

void add_dhcp_guard(const std::string& bridge, const std::string& nic)
{
    add_guard(guard_table, nic, guard_commands(bridge, nic));
}

void remove_dhcp_guard(const std::string& nic)
{
    remove_guard(guard_table, nic, "");
}

void add_macvlan_guard(const std::string& nic, const std::string& mac)
{
    const std::vector<std::string> guard = macvlan_guard_commands(nic, mac);
    try {
        add_guard(macvlan_guard_table, nic, guard);
    } catch (const Error& error) {
        throw Error(std::string(error.what()) + ": where the kernel is older than 5.16 say dhcp-guard = no");
    }
}

void remove_macvlan_guard(const std::string& nic)
{
    remove_guard(macvlan_guard_table, nic, "delete chain " + macvlan_guard_chain(nic));
}

std::vector<GuardInForce> dhcp_guards()
{
    Nftables nftables;
    std::map<std::pair<std::string, std::string>, GuardInForce> guards; // by NIC and table
    for (const std::string table : {guard_table, macvlan_guard_table})
        for (const GuardRule& rule : rules_in(table, nftables).value_or(std::vector<GuardRule>())) {
            if (rule.nic.empty())
                continue;
            GuardInForce& guard = guards[{rule.nic, table}];
            guard.nic = rule.nic;
            guard.bridge = rule.bridge;
            guard.held += rule.frames;
            guard.rules += rule.drops ? 1 : 0;
        }
    std::vector<GuardInForce> sorted;
    sorted.reserve(guards.size());
    for (auto& [nic, guard] : guards)
        sorted.push_back(std::move(guard));
    return sorted;
}

} // namespace uplink
