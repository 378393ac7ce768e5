// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nftables_elements.h"

#include "core/nftables_rules.h"

#include <nlohmann/json.hpp>

namespace uplink
{

namespace
{

using Json = nlohmann::json;

/// A part of a key, whose type libnftables-json(5) names beside the map.
std::string text_of(const Json& part, const std::string& type)
{
    if (part.is_number())
        return part.dump();
    if (part.is_string())
        return type == "ifname" ? '"' + part.get<std::string>() + '"' : part.get<std::string>();
    if (part.contains("range"))
        return text_of(part.at("range").at(0), type) + "-" + text_of(part.at("range").at(1), type);
    const Json& prefix = part.at("prefix");
    return prefix.at("addr").get<std::string>() + "/" + prefix.at("len").dump();
}

std::string key_of(const Json& value, const Json& types)
{
    if (!value.is_object() || !value.contains("concat"))
        return text_of(value, types.is_string() ? types.get<std::string>() : "");
    std::string key;
    for (std::size_t i = 0; i < types.size(); ++i)
        key += (i == 0 ? "" : " . ") + text_of(value.at("concat").at(i), types.at(i));
    return key;
}

std::string policy_in(const Json& value)
{
    for (const char* verdict : {"jump", "goto"})
        if (value.is_object() && value.contains(verdict))
            return value.at(verdict).at("target");
    return "";
}

void add_elements(const Json& map, std::vector<ListedElement>& elements)
{
    for (const Json& pair : map.value("elem", Json::array())) {
        const Json& key = pair.at(0);
        if (key.is_object() && key.contains("elem") && key.at("elem").contains("comment"))
            elements.push_back({map.at("name"), key_of(key.at("elem").at("val"), map.at("type")),
                                key.at("elem").at("comment"), policy_in(pair.at(1))});
    }
}

} // namespace

std::vector<ListedElement> listed_elements(Nftables& nftables)
{
    std::vector<ListedElement> elements;
    const Json answer = Json::parse(nftables.run(std::string("list table inet ") + nftables_table));
    for (const Json& object : answer.at("nftables"))
        if (object.contains("map"))
            add_elements(object.at("map"), elements);
    return elements;
}

} // namespace uplink
