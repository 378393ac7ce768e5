// SPDX-License-Identifier: GPL-2.0-or-later
// Values in the JSON of records. What reads them throws Error for a text that is none, and the library's
// exception for JSON of another kind.
#pragma once

#include "core/resource.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace uplink
{

using OrderedJson = nlohmann::ordered_json;

/// JSON is UTF-8, while a path or the name of an interface may be any bytes, and these have to come back: so
/// %XX for those that are not plain ASCII, and for % itself.
std::string escaped(const std::string& text);
std::string unescaped(const std::string& text);

OrderedJson json_or_null(const std::optional<unsigned>& number);
OrderedJson json_or_null(const std::optional<IpAddress>& address);
OrderedJson json_or_null(const std::optional<PortRange>& ports);

std::string name_of(const OrderedJson& json); ///< unescaped
Ipv4Interface ipv4_of(const OrderedJson& json);
Ipv6Interface ipv6_of(const OrderedJson& json);
IpAddress address_of(const OrderedJson& json);
IpNetwork network_of(const OrderedJson& json);
PortRange ports_of(const OrderedJson& json);
Protocol protocol_of(const OrderedJson& json);
Engine engine_of(const OrderedJson& json);
BridgeType type_of(const OrderedJson& json);

std::optional<unsigned> number_or_none(const OrderedJson& json);
std::optional<IpAddress> address_or_none(const OrderedJson& json);
std::optional<PortRange> ports_or_none(const OrderedJson& json);

template<typename T, typename Read>
std::vector<T> list_of(const OrderedJson& json, Read read)
{
    std::vector<T> items;
    for (const OrderedJson& item : json)
        items.push_back(read(item));
    return items;
}

template<typename Names>
OrderedJson escaped_all(const Names& names)
{
    OrderedJson json = OrderedJson::array();
    for (const std::string& name : names)
        json.push_back(escaped(name));
    return json;
}

template<typename T>
OrderedJson texts_of(const std::vector<T>& items)
{
    OrderedJson json = OrderedJson::array();
    for (const T& item : items)
        json.push_back(to_string(item));
    return json;
}

template<typename T>
OrderedJson list_json(const std::vector<T>& items, OrderedJson (*write)(const T&))
{
    OrderedJson json = OrderedJson::array();
    for (const T& item : items)
        json.push_back(write(item));
    return json;
}

} // namespace uplink
