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

struct Rule {
    std::string bridge; ///< this and the NIC are empty in a rule that is not ours
    std::string nic;
    std::string chain;
    std::uint64_t handle = 0;
    std::uint64_t frames = 0;
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

Rule rule_of(const Json& json)
{
    Rule rule{"", "", json.at("chain"), json.at("handle"), 0};
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
    for (const Json& expression : json.at("expr"))
        if (expression.contains("counter"))
            rule.frames = expression.at("counter").at("packets");
    return rule;
}

/// All rules of our table; nothing when there is no such table.
std::optional<std::vector<Rule>> rules_in_table(Nftables& nftables)
{
    const std::vector<Json> tables = listed(nftables, "tables bridge", "table");
    const auto is_ours = [](const Json& table) {
        return table.at("family").get<std::string>() + " " + table.at("name").get<std::string>() ==
               guard_table;
    };
    if (std::none_of(tables.begin(), tables.end(), is_ours))
        return std::nullopt;
    std::vector<Rule> rules;
    for (const Json& rule : listed(nftables, std::string("table ") + guard_table, "rule"))
        rules.push_back(rule_of(rule));
    return rules;
}

std::string commands_to_remove(const std::vector<Rule>& rules, const std::string& nic)
{
    std::string commands;
    for (const Rule& rule : rules)
        if (rule.nic == nic)
            commands += "delete rule " + std::string(guard_table) + " " + rule.chain + " handle " +
                        std::to_string(rule.handle) + "\n";
    return commands;
}

} // namespace

void add_dhcp_guard(const std::string& bridge, const std::string& nic, bool local_server)
{
    const std::vector<std::string> guard = guard_commands(bridge, nic, local_server);
    Nftables nftables;
    std::string commands = commands_to_remove(rules_in_table(nftables).value_or(std::vector<Rule>()), nic);
    for (const std::string& command : guard)
        commands += command + "\n";
    nftables.run(commands);
}

void remove_dhcp_guard(const std::string& nic)
{
    Nftables nftables;
    const auto rules = rules_in_table(nftables);
    if (!rules)
        return;
    const bool is_last =
        std::all_of(rules->begin(), rules->end(), [&](const Rule& rule) { return rule.nic == nic; });
    nftables.run(is_last ? "delete table " + std::string(guard_table) : commands_to_remove(*rules, nic));
}

std::vector<GuardInForce> dhcp_guards()
{
    Nftables nftables;
    std::map<std::string, GuardInForce> guards;
    for (const Rule& rule : rules_in_table(nftables).value_or(std::vector<Rule>())) {
        if (rule.nic.empty())
            continue;
        GuardInForce& guard = guards[rule.nic];
        guard.nic = rule.nic;
        guard.bridge = rule.bridge;
        guard.local_server = guard.local_server || rule.chain == answers_in;
        auto& counter = rule.chain == answers_out  ? guard.answers_out
                        : rule.chain == answers_in ? guard.answers_in
                                                   : guard.requests_out;
        counter += rule.frames;
    }
    std::vector<GuardInForce> sorted;
    sorted.reserve(guards.size());
    for (auto& [nic, guard] : guards)
        sorted.push_back(std::move(guard));
    return sorted;
}

} // namespace uplink
