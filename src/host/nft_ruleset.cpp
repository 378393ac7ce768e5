// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nft_ruleset.h"

#include "core/error.h"
#include "host/nft_rule.h"

#include <map>
#include <sstream>
#include <tuple>

namespace uplink
{

namespace
{

using Json = nlohmann::json;

/// Family, table and handle, which is a rule's own in its table.
using RuleKey = std::tuple<std::string, std::string, std::uint64_t>;

std::map<RuleKey, std::string> texts_of_rules(const std::string& listing)
{
    std::map<RuleKey, std::string> texts;
    NftTable table;
    std::istringstream lines(listing);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("table ")) {
            std::string word;
            std::istringstream(line) >> word >> table.first >> table.second;
        }
        if (const auto rule = listed_rule(line))
            texts[{table.first, table.second, rule->handle}] = rule->text;
    }
    return texts;
}

bool translates(const Json& chain)
{
    return chain.value("type", "") == "nat";
}

/// None for a chain that neither drops anything of what is forwarded or comes to the host nor redirects it.
std::optional<ChainBase> base_of(const Json& chain)
{
    static const std::map<std::string, PacketHook> hooks = {{"prerouting", PacketHook::prerouting},
                                                            {"input", PacketHook::input},
                                                            {"forward", PacketHook::forward},
                                                            {"postrouting", PacketHook::postrouting}};
    const auto hook = hooks.find(chain.value("hook", ""));
    if (hook == hooks.end() || (translates(chain) && hook->second != PacketHook::prerouting))
        return std::nullopt;
    return ChainBase{hook->second, chain.at("prio"), chain.value("policy", "") == "drop"};
}

/// As iptables would have made it; a chain without a hook may be anybody's.
bool is_of_iptables(const Json& chain)
{
    static const std::map<std::string, int> priorities = {
        {"raw", -300}, {"mangle", -150}, {"filter", 0}, {"security", 50}};
    static const std::map<std::string, std::string> hooks = {{"PREROUTING", "prerouting"},
                                                             {"INPUT", "input"},
                                                             {"FORWARD", "forward"},
                                                             {"OUTPUT", "output"},
                                                             {"POSTROUTING", "postrouting"}};
    if (!chain.contains("hook"))
        return true;
    const auto hook = hooks.find(chain.at("name").get<std::string>());
    const auto priority = priorities.find(chain.at("table").get<std::string>());
    return hook != hooks.end() && chain.at("hook") == hook->second &&
           (priority == priorities.end() || chain.at("prio") == priority->second);
}

bool is_of_iptables_match(const Json& match)
{
    const Json& right = match.at("right");
    if (right.is_string())
        return !right.get<std::string>().starts_with("@");
    if (!right.is_object() || right.contains("prefix"))
        return true;
    const Json& left = match.at("left");
    const auto field = left.contains("payload") ? left.at("payload").value("field", "") : "";
    return right.contains("range") && (field == "sport" || field == "dport");
}

/// Every rule of iptables counts; none looks into a set, or compares addresses but by their prefix.
bool may_be_of_iptables(const Json& rule)
{
    bool counts = false;
    for (const Json& statement : rule.at("expr")) {
        counts = counts || statement.contains("counter");
        if (statement.contains("vmap") ||
            (statement.contains("match") && !is_of_iptables_match(statement.at("match"))))
            return false;
    }
    return counts;
}

NftTable table_of(const Json& object)
{
    return {object.at("family").get<std::string>(), object.at("table").get<std::string>()};
}

class NftReader
{
  public:
    NftReader(const std::string& listing, const std::set<NftTable>& left_out)
        : texts_(texts_of_rules(listing)), left_out_(left_out)
    {
    }

    void read(const std::string& kind, const Json& object)
    {
        const NftTable table = table_of(object);
        if (kind == "chain")
            add_chain(object, table);
        else if (kind == "set" || kind == "map")
            sets_[table][object.at("name").get<std::string>()] = object.value("elem", Json::array());
        else if (kind == "rule")
            add_rule(object, table);
    }

    HostFirewall firewall; ///< what has been read

  private:
    void add_chain(const Json& chain, const NftTable& table)
    {
        if (left_out_.contains(table) && is_of_iptables(chain))
            return;
        chains_[{table, chain.at("name").get<std::string>()}] = firewall.chains.size();
        firewall.chains.push_back({FirewallFlavour::nft,
                                   table.first,
                                   table.second,
                                   chain.at("name"),
                                   base_of(chain),
                                   {},
                                   translates(chain)});
    }

    void add_rule(const Json& json, const NftTable& table)
    {
        const Json& statements = json.at("expr");
        firewall.sets_marks = firewall.sets_marks || sets_mark(statements);
        const auto chain = chains_.find({table, json.at("chain").get<std::string>()});
        if (chain == chains_.end())
            return;
        const auto handle = json.at("handle").get<std::uint64_t>();
        const auto text = texts_.find({table.first, table.second, handle});
        for (FirewallRule& rule :
             nft_rules(statements, text == texts_.end() ? statements.dump() : text->second, sets_[table])) {
            rule.handle = handle;
            firewall.chains.at(chain->second).rules.push_back(std::move(rule));
        }
    }

    std::map<RuleKey, std::string> texts_;
    const std::set<NftTable>& left_out_;
    std::map<std::pair<NftTable, std::string>, std::size_t> chains_;
    std::map<NftTable, NftSets> sets_;
};

/// Each as {"rule": {...}}.
Json objects_in(const std::string& json)
{
    const Json all = Json::parse(json, nullptr, false);
    if (!all.is_object() || !all.contains("nftables"))
        throw Error("cannot read what nft lists");
    return all.at("nftables");
}

} // namespace

std::optional<ListedRule> listed_rule(const std::string& line)
{
    const std::string mark = " # handle ";
    const auto end = line.rfind(mark);
    const auto start = line.find_first_not_of("\t ");
    if (end == std::string::npos || end <= start || line[end - 1] == '{')
        return std::nullopt;
    const auto handle = parse_number(line.substr(end + mark.size()));
    if (!handle)
        return std::nullopt;
    return ListedRule{*handle, line.substr(start, end - start)};
}

std::set<NftTable> iptables_nft_tables(const std::string& json)
{
    static const std::set<std::string> names = {"filter", "mangle", "nat", "raw", "security"};
    std::set<NftTable> tables;
    const Json objects = objects_in(json);
    for (const Json& each : objects)
        if (each.contains("chain"))
            if (const NftTable table = table_of(each.at("chain"));
                (table.first == "ip" || table.first == "ip6") && names.contains(table.second))
                tables.insert(table);
    for (const Json& each : objects)
        if (each.contains("rule") && !may_be_of_iptables(each.at("rule")))
            tables.erase(table_of(each.at("rule")));
    return tables;
}

HostFirewall read_nft_ruleset(const std::string& json, const std::string& listing,
                              const std::set<NftTable>& left_out)
{
    NftReader reader(listing, left_out);
    const Json objects = objects_in(json);
    // A rule may come before a set of its table.
    for (const bool rules : {false, true})
        for (const Json& each : objects) {
            const std::string& kind = each.begin().key();
            const Json& object = *each.begin();
            if ((kind == "rule") == rules && object.contains("table"))
                reader.read(kind, object);
        }
    return reader.firewall;
}

} // namespace uplink
