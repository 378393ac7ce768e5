// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/record_json.h"

#include "core/describe.h"
#include "core/error.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace uplink
{

using Json = nlohmann::ordered_json;

namespace
{

constexpr int format_version = 1;

// Values
// --------------------------------------------------------------------------------------------------------------

/// JSON is UTF-8, while a path or the name of an interface may be any bytes, and these have to come back: so
/// %XX for those that are not plain ASCII, and for % itself.
std::string escaped(const std::string& text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte <= '~' && c != '%')
            result += c;
        else
            result += {'%', digits[byte / 16], digits[byte % 16]};
    }
    return result;
}

std::string unescaped(const std::string& text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text[i] == '%' && text.size() - i > 2 &&
            std::from_chars(&text[i + 1], &text[i + 3], byte, 16).ptr == &text[i + 3]) {
            result += static_cast<char>(byte);
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

std::string name_of(const Json& json)
{
    return unescaped(json.get<std::string>());
}

Json json_of(const Process& process)
{
    return {{"pid", process.pid}, {"start_time", process.start_time}};
}

Process process_of(const Json& json)
{
    return {json.at("pid"), json.at("start_time")};
}

template<typename T, typename Read>
std::vector<T> list_of(const Json& json, Read read)
{
    std::vector<T> items;
    for (const Json& item : json)
        items.push_back(read(item));
    return items;
}

Json names_of(const Keys& names)
{
    Json json = Json::array();
    for (const std::string& name : names)
        json.push_back(escaped(name));
    return json;
}

template<typename T>
Json texts_of(const std::vector<T>& items)
{
    Json json = Json::array();
    for (const T& item : items)
        json.push_back(to_string(item));
    return json;
}

Ipv4Interface ipv4_of(const Json& json)
{
    const auto interface = parse_ipv4_interface(json.get<std::string>());
    if (!interface)
        throw Error("it holds a bad address");
    return *interface;
}

Ipv6Interface ipv6_of(const Json& json)
{
    const auto text = json.get<std::string>();
    const auto slash = text.find('/');
    const auto prefix_length = parse_number(slash == std::string::npos ? "" : text.substr(slash + 1), 128);
    if (!prefix_length)
        throw Error("it holds a bad address");
    return {text.substr(0, slash), static_cast<unsigned>(*prefix_length)};
}

Json json_of(const std::optional<unsigned>& number)
{
    return number ? Json(*number) : Json();
}

std::optional<unsigned> number_of(const Json& json)
{
    return json.is_null() ? std::nullopt : std::optional<unsigned>(json.get<unsigned>());
}

// What was asked
// ------------------------------------------------------------------------------------------------------

Json json_of(const NicSpec& nic)
{
    return {
        {"index", nic.index},      {"position", nic.position},       {"bridge", escaped(nic.bridge)},
        {"linked", nic.linked},    {"pair", escaped(nic.pair)},      {"addresses", texts_of(nic.addresses)},
        {"mtu", json_of(nic.mtu)}, {"has_gateway", nic.has_gateway}, {"addressed", nic.addressed}};
}

NicSpec nic_of(const Json& json)
{
    NicSpec nic;
    nic.index = json.at("index");
    nic.position = json.at("position");
    nic.bridge = name_of(json.at("bridge"));
    nic.linked = json.at("linked");
    nic.pair = name_of(json.at("pair"));
    nic.addresses = list_of<Ipv4Interface>(json.at("addresses"), ipv4_of);
    nic.has_gateway = json.at("has_gateway");
    nic.mtu = number_of(json.at("mtu"));
    nic.addressed = json.at("addressed");
    return nic;
}

Json json_of(const MacvlanSpec& macvlan)
{
    return {{"index", macvlan.index},
            {"link", escaped(macvlan.link)},
            {"mode", macvlan.mode},
            {"addresses", texts_of(macvlan.addresses)},
            {"has_gateway", macvlan.has_gateway}};
}

MacvlanSpec macvlan_of(const Json& json)
{
    return {json.at("index"), name_of(json.at("link")), json.at("mode"),
            list_of<Ipv4Interface>(json.at("addresses"), ipv4_of), json.at("has_gateway")};
}

template<typename Nic>
Json json_of(const std::vector<Nic>& nics)
{
    Json json = Json::array();
    for (const Nic& nic : nics)
        json.push_back(json_of(nic));
    return json;
}

Json json_of(const ContainerSpec& spec)
{
    return {{"mode", to_string(spec.mode)},
            {"nics", json_of(spec.nics)},
            {"macvlans", json_of(spec.macvlans)},
            {"veth_count", spec.veth_count},
            {"bridge_ipv4", texts_of(spec.bridge_ipv4)},
            {"bridge_ipv6", texts_of(spec.bridge_ipv6)},
            {"uplink", escaped(spec.uplink)},
            {"hairpin", spec.hairpin},
            {"isolate", spec.isolate},
            {"bridge_type", spec.bridge_type ? Json(to_string(*spec.bridge_type)) : Json()},
            {"dhcp_guard", spec.dhcp_guard},
            {"confirm_timeout", spec.confirm_timeout},
            {"bridge_address_is_default", spec.bridge_address_is_default}};
}

Mode mode_of(const Json& json)
{
    for (const Mode mode : {Mode::nat, Mode::direct, Mode::none})
        if (json == to_string(mode))
            return mode;
    throw Error("it holds an unknown mode");
}

BridgeType type_of(const Json& json)
{
    return json == to_string(BridgeType::openvswitch) ? BridgeType::openvswitch : BridgeType::linux_bridge;
}

ContainerSpec spec_of(const Json& json)
{
    ContainerSpec spec;
    spec.mode = mode_of(json.at("mode"));
    spec.nics = list_of<NicSpec>(json.at("nics"), nic_of);
    spec.macvlans = list_of<MacvlanSpec>(json.at("macvlans"), macvlan_of);
    spec.veth_count = json.at("veth_count");
    spec.bridge_ipv4 = list_of<Ipv4Interface>(json.at("bridge_ipv4"), ipv4_of);
    spec.bridge_ipv6 = list_of<Ipv6Interface>(json.at("bridge_ipv6"), ipv6_of);
    spec.uplink = name_of(json.at("uplink"));
    spec.hairpin = json.at("hairpin");
    spec.isolate = json.at("isolate");
    if (!json.at("bridge_type").is_null())
        spec.bridge_type = type_of(json.at("bridge_type"));
    spec.dhcp_guard = json.at("dhcp_guard");
    spec.confirm_timeout = json.at("confirm_timeout");
    spec.bridge_address_is_default = json.at("bridge_address_is_default");
    return spec;
}

// Steps
// ---------------------------------------------------------------------------------------------------------------

Json json_of(const MasqueradeRule& rule)
{
    return {{"source", to_string(rule.source)},
            {"inside", to_string(rule.inside)},
            {"out", escaped(rule.out)},
            {"tag", escaped(rule.tag)}};
}

MasqueradeRule rule_of(const Json& json)
{
    return {network_of(ipv4_of(json.at("source"))), network_of(ipv4_of(json.at("inside"))),
            name_of(json.at("out")), name_of(json.at("tag"))};
}

Json json_of(const Resource& resource)
{
    return std::visit(
        overloaded{
            [](const Bridge& bridge) -> Json {
                return {{"kind", "bridge"},
                        {"name", escaped(bridge.name)},
                        {"mac", bridge.mac},
                        {"ipv4", texts_of(bridge.ipv4)},
                        {"ipv6", texts_of(bridge.ipv6)},
                        {"kept", bridge.kept},
                        {"type", to_string(bridge.type)},
                        {"mtu", bridge.mtu}};
            },
            [](const Ipv4Forwarding&) -> Json {
                return {{"kind", "ipv4-forwarding"}};
            },
            [](const Masquerade& masquerade) -> Json {
                Json rules = Json::array();
                for (const MasqueradeRule& rule : masquerade.rules)
                    rules.push_back(json_of(rule));
                return {{"kind", "masquerade"}, {"rules", rules}};
            },
            [](const BridgePort& port) -> Json {
                return {{"kind", "bridge-port"},       {"nic", port.nic},
                        {"position", port.position},   {"port", escaped(port.port)},
                        {"ifindex", port.ifindex},     {"bridge", escaped(port.bridge)},
                        {"linked", port.linked},       {"hairpin", port.hairpin},
                        {"isolate", port.isolate},     {"mtu", json_of(port.mtu)},
                        {"type", to_string(port.type)}};
            },
            [](const Macvlan& macvlan) -> Json {
                return {{"kind", "macvlan"},
                        {"nic", macvlan.nic},
                        {"link", escaped(macvlan.link)},
                        {"mode", macvlan.mode}};
            },
            [](const DhcpGuard& guard) -> Json {
                return {{"kind", "dhcp-guard"},
                        {"nic", escaped(guard.nic)},
                        {"bridge", escaped(guard.bridge)},
                        {"type", to_string(guard.type)},
                        {"mac", guard.mac}};
            },
            // What moved is in the uplink's own journal, since the move outlives this container.
            [](const UplinkMove& move) -> Json {
                return {{"kind", "uplink-move"},
                        {"nic", escaped(move.nic)},
                        {"bridge", escaped(move.bridge)},
                        {"type", to_string(move.type)},
                        {"kept", move.kept}};
            },
        },
        resource);
}

Resource resource_of(const Json& json)
{
    const std::string kind = json.at("kind");
    if (kind == "bridge")
        return Bridge{name_of(json.at("name")),
                      json.at("mac"),
                      list_of<Ipv4Interface>(json.at("ipv4"), ipv4_of),
                      list_of<Ipv6Interface>(json.at("ipv6"), ipv6_of),
                      json.at("kept"),
                      type_of(json.at("type")),
                      json.at("mtu")};
    if (kind == "ipv4-forwarding")
        return Ipv4Forwarding{};
    if (kind == "masquerade")
        return Masquerade{list_of<MasqueradeRule>(json.at("rules"), rule_of)};
    if (kind == "bridge-port")
        return BridgePort{json.at("nic"),          json.at("position"),        name_of(json.at("port")),
                          json.at("ifindex"),      name_of(json.at("bridge")), json.at("linked"),
                          json.at("hairpin"),      json.at("isolate"),         number_of(json.at("mtu")),
                          type_of(json.at("type"))};
    if (kind == "macvlan")
        return Macvlan{json.at("nic"), name_of(json.at("link")), json.at("mode")};
    if (kind == "dhcp-guard")
        return DhcpGuard{name_of(json.at("nic")), name_of(json.at("bridge")), type_of(json.at("type")),
                         json.at("mac")};
    if (kind == "uplink-move") {
        UplinkMove move;
        move.nic = name_of(json.at("nic"));
        move.bridge = name_of(json.at("bridge"));
        move.type = type_of(json.at("type"));
        move.kept = json.at("kept");
        return move;
    }
    throw Error("it holds a step of the unknown kind " + kind);
}

Json json_of(const Step& step)
{
    Json json = {{"step", describe(step)}, {"resource", json_of(step.resource)}};
    const auto undo = inverse(step, {});
    json["undo"] = undo ? shell_commands(*undo) : std::vector<std::string>{};
    return json;
}

Step step_of(const Json& json)
{
    return {Action::add, resource_of(json.at("resource"))};
}

} // namespace

std::string to_json(const Record& record)
{
    Json steps = Json::array();
    for (const Step& step : record.steps)
        steps.push_back(json_of(step));
    const Json json = {
        {"version", format_version},
        {"container", escaped(record.spec.container.name)},
        {"lxcpath", escaped(record.spec.container.lxcpath)},
        {"started", record.started},
        {"boot_id", record.boot_id},
        {"network_namespace", record.network_namespace},
        {"pid_namespace", record.instance.pid_namespace},
        {"monitor", json_of(record.instance.monitor)},
        {"init", record.init ? json_of(*record.init) : Json()},
        {"rebooting", record.rebooting},
        {"asked", json_of(record.spec)},
        {"steps", steps},
        {"holds", names_of(record.keys)},
        {"notices", record.notices},
    };
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Record record_from_json(const std::string& text)
{
    try {
        const Json json = Json::parse(text);
        if (json.at("version") != format_version)
            throw Error("it is of another version of lxc-uplink, in format " + json.at("version").dump() +
                        " instead of " + std::to_string(format_version));
        Record record;
        record.spec = spec_of(json.at("asked"));
        record.spec.container = {unescaped(json.at("lxcpath")), unescaped(json.at("container"))};
        record.started = json.at("started");
        record.boot_id = json.at("boot_id");
        record.network_namespace = json.at("network_namespace");
        record.instance = {process_of(json.at("monitor")), json.at("pid_namespace")};
        if (!json.at("init").is_null())
            record.init = process_of(json.at("init"));
        record.rebooting = json.at("rebooting");
        record.steps = list_of<Step>(json.at("steps"), step_of);
        for (const std::string& key : json.at("holds").get<Keys>())
            record.keys.insert(unescaped(key));
        record.notices = json.at("notices").get<std::vector<std::string>>();
        return record;
    } catch (const Json::exception& error) {
        throw Error(error.what());
    }
}

} // namespace uplink
