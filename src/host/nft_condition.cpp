// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nft_condition.h"

#include "host/nft_field.h"

namespace uplink
{

namespace
{

using Json = nlohmann::json;

using TestsOfElement = std::vector<PacketTest>;

/// The fields of a concatenation, or one alone.
std::vector<NftField> fields_of(const Json& expression)
{
    std::vector<NftField> fields;
    if (expression.is_object() && expression.contains("concat"))
        for (const Json& each : expression.at("concat"))
            fields.push_back(nft_field(each));
    else
        fields.push_back(nft_field(expression));
    return fields;
}

std::vector<PacketCondition> implied_by(const std::vector<NftField>& fields)
{
    std::vector<PacketCondition> conditions;
    for (const NftField& field : fields)
        for (const PacketTest& test : field.implied)
            conditions.push_back({{{test}}, false});
    return conditions;
}

/// An element may come wrapped, with a comment, a counter or a timeout.
const Json& value_of(const Json& element)
{
    return element.is_object() && element.contains("elem") ? element.at("elem").at("val") : element;
}

/// "*" stands for whatever no other element is.
bool is_catch_all(const Json& element)
{
    return value_of(element) == "*";
}

TestsOfElement tests_of(const std::vector<NftField>& fields, const Json& element)
{
    const Json& value = value_of(element);
    const bool parts = value.is_object() && value.contains("concat");
    TestsOfElement tests;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto test = parts               ? fields[i].test(value.at("concat").at(i))
                          : fields.size() > 1 ? std::nullopt
                                              : fields[i].test(value);
        tests.push_back(test.value_or(NotToBeTold{value.dump()}));
    }
    return tests;
}

/// Of a set or of a list of bits, or a single value; nothing for a set that is not listed. Bits are compared
/// as a whole by == and !=, and one by one by "in" and "!".
std::optional<Json> elements_of(const Json& right, const NftSets& sets, const std::string& op)
{
    if (right.is_string() && right.get<std::string>().starts_with("@")) {
        const auto found = sets.find(right.get<std::string>().substr(1));
        return found == sets.end() ? std::nullopt : std::optional(found->second);
    }
    if (right.is_object() && right.contains("set"))
        return right.at("set").is_array() ? right.at("set") : Json::array({right.at("set")});
    return right.is_array() && (op == "in" || op == "!") ? right : Json::array({right});
}

/// `< 1024` and its like as a range, of what has at most 16 bits.
std::optional<Json> range_of(const std::string& op, const Json& right)
{
    if (!right.is_number_unsigned())
        return std::nullopt;
    const auto bound = right.get<std::uint64_t>();
    if ((op == "<" && bound == 0) || bound > UINT16_MAX)
        return std::nullopt;
    if (op == "<" || op == "<=")
        return Json{{"range", {0, op == "<" ? bound - 1 : bound}}};
    if (op == ">" || op == ">=")
        return Json{{"range", {op == ">" ? bound + 1 : bound, UINT16_MAX}}};
    return std::nullopt;
}

PacketCondition cannot_be_told(const Json& json)
{
    return {{{NotToBeTold{json.dump()}}}, false};
}

/// "tcp flags syn" looks at that bit alone, "tcp flags == syn" at all.
bool is_of_flags(const Json& left)
{
    return left.is_object() && left.contains("payload") && left.at("payload").value("field", "") == "flags";
}

PacketCondition own_condition(const Json& match, const std::vector<NftField>& fields, const NftSets& sets)
{
    const std::string op = match.value("op", "==");
    Json right = match.at("right");
    if (op != "==" && op != "!=" && op != "in" && op != "!") {
        const auto range = range_of(op, right);
        if (!range)
            return cannot_be_told(match);
        right = *range;
    }
    const auto elements = elements_of(right, sets, op);
    if (!elements || (is_of_flags(match.at("left")) && op == "!"))
        return cannot_be_told(match);
    PacketCondition condition;
    condition.negated = op == "!=" || op == "!";
    for (const Json& element : *elements)
        if (is_catch_all(element))
            condition.any_of.push_back({IsUsual{true}});
        else if (is_of_flags(match.at("left")) && op == "in" && element.is_number_unsigned())
            condition.any_of.push_back(
                {TcpFlagsAre{element.get<std::uint8_t>(), element.get<std::uint8_t>()}});
        else
            condition.any_of.push_back(tests_of(fields, element));
    return condition;
}

} // namespace

std::vector<PacketCondition> nft_conditions(const Json& match, const NftSets& sets)
{
    const auto fields = fields_of(match.at("left"));
    auto conditions = implied_by(fields);
    conditions.push_back(own_condition(match, fields, sets));
    return conditions;
}

std::vector<NftBranch> nft_branches(const Json& vmap, const NftSets& sets)
{
    const auto fields = fields_of(vmap.at("key"));
    const auto elements = elements_of(vmap.at("data"), sets, "==");
    if (!elements)
        return {{{cannot_be_told(vmap)}, Json{{"queue", nullptr}}}};
    std::vector<NftBranch> branches;
    PacketCondition none_of_them = {{}, true};
    Json otherwise;
    for (const Json& pair : *elements) {
        if (is_catch_all(pair.at(0))) {
            otherwise = pair.at(1);
            continue;
        }
        auto conditions = implied_by(fields);
        conditions.push_back({{tests_of(fields, pair.at(0))}, false});
        none_of_them.any_of.push_back(conditions.back().any_of.front());
        branches.emplace_back(std::move(conditions), pair.at(1));
    }
    if (!otherwise.is_null()) {
        auto conditions = implied_by(fields);
        conditions.push_back(none_of_them);
        branches.emplace_back(std::move(conditions), otherwise);
    }
    return branches;
}

} // namespace uplink
