// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/record_json.h"

#include "core/describe.h"
#include "core/error.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace uplink
{

using OrderedJson = nlohmann::ordered_json;

namespace
{

constexpr int format_version = 2;

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

std::string name_of(const OrderedJson& json)
{
    return unescaped(json.get<std::string>());
}

OrderedJson json_of(const Process& process)
{
    return {{"pid", process.pid}, {"start_time", process.start_time}};
}

Process process_of(const OrderedJson& json)
{
    return {json.at("pid"), json.at("start_time")};
}

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

Ipv4Interface ipv4_of(const OrderedJson& json)
{
    const auto interface = parse_ipv4_interface(json.get<std::string>());
    if (!interface)
        throw Error("it holds a bad address");
    return *interface;
}

Ipv6Interface ipv6_of(const OrderedJson& json)
{
    const auto text = json.get<std::string>();
    const auto slash = text.find('/');
    const auto prefix_length = parse_number(slash == std::string::npos ? "" : text.substr(slash + 1), 128);
    if (!prefix_length)
        throw Error("it holds a bad address");
    return {text.substr(0, slash), static_cast<unsigned>(*prefix_length)};
}

OrderedJson json_of(const std::optional<unsigned>& number)
{
    return number ? OrderedJson(*number) : OrderedJson();
}

std::optional<unsigned> number_of(const OrderedJson& json)
{
    return json.is_null() ? std::nullopt : std::optional<unsigned>(json.get<unsigned>());
}

IpAddress address_of(const OrderedJson& json)
{
    const auto address = parse_ip_address(json.get<std::string>());
    if (!address)
        throw Error("it holds a bad address");
    return *address;
}

std::optional<IpAddress> address_or_none(const OrderedJson& json)
{
    return json.is_null() ? std::nullopt : std::optional(address_of(json));
}

IpNetwork network_of(const OrderedJson& json)
{
    const auto network = parse_ip_network(json.get<std::string>());
    if (!network)
        throw Error("it holds a bad network");
    return *network;
}

OrderedJson json_of(const std::optional<IpAddress>& address)
{
    return address ? OrderedJson(to_string(*address)) : OrderedJson();
}

OrderedJson json_of(const std::optional<PortRange>& ports)
{
    return ports ? OrderedJson{ports->first, ports->last} : OrderedJson();
}

PortRange ports_of(const OrderedJson& json)
{
    return {json.at(0), json.at(1)};
}

std::optional<PortRange> ports_or_none(const OrderedJson& json)
{
    return json.is_null() ? std::nullopt : std::optional(ports_of(json));
}

Protocol protocol_of(const OrderedJson& json)
{
    for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp})
        if (json == to_string(protocol))
            return protocol;
    throw Error("it holds an unknown protocol");
}

Engine engine_of(const OrderedJson& json)
{
    const auto engine = parse_engine(json.get<std::string>());
    if (!engine)
        throw Error("it holds an unknown engine");
    return *engine;
}

Gatekeeper gatekeeper_of(const OrderedJson& json)
{
    const auto gatekeeper = parse_gatekeeper(json.get<std::string>());
    if (!gatekeeper)
        throw Error("it holds an unknown gatekeeper");
    return *gatekeeper;
}

OrderedJson json_of(const Publication& publication)
{
    return {{"protocol", to_string(publication.protocol)},
            {"address", json_of(publication.address)},
            {"ports", json_of(std::optional(publication.ports))},
            {"to", json_of(std::optional(publication.to))}};
}

Publication publication_of(const OrderedJson& json)
{
    return {protocol_of(json.at("protocol")), address_or_none(json.at("address")), ports_of(json.at("ports")),
            ports_of(json.at("to"))};
}

template<typename T>
OrderedJson list_json(const std::vector<T>& items, OrderedJson (*write)(const T&))
{
    OrderedJson json = OrderedJson::array();
    for (const T& item : items)
        json.push_back(write(item));
    return json;
}

// What was asked
// ------------------------------------------------------------------------------------------------------

OrderedJson json_of(const NicSpec& nic)
{
    return {{"index", nic.index},
            {"position", nic.position},
            {"bridge", escaped(nic.bridge)},
            {"linked", nic.linked},
            {"pair", escaped(nic.pair)},
            {"addresses", texts_of(nic.addresses)},
            {"mtu", json_of(nic.mtu)},
            {"has_gateway", nic.has_gateway},
            {"gateway", nic.gateway ? to_string(*nic.gateway) : ""},
            {"addressed", nic.addressed},
            {"ipv6_addresses", texts_of(nic.ipv6_addresses)},
            {"has_ipv6_gateway", nic.has_ipv6_gateway}};
}

NicSpec nic_of(const OrderedJson& json)
{
    NicSpec nic;
    nic.index = json.at("index");
    nic.position = json.at("position");
    nic.bridge = name_of(json.at("bridge"));
    nic.linked = json.at("linked");
    nic.pair = name_of(json.at("pair"));
    nic.addresses = list_of<Ipv4Interface>(json.at("addresses"), ipv4_of);
    nic.has_gateway = json.at("has_gateway");
    nic.gateway = parse_ipv4_address(json.value("gateway", "")); // which earlier versions do not write
    nic.mtu = number_of(json.at("mtu"));
    nic.addressed = json.at("addressed");
    nic.ipv6_addresses = list_of<Ipv6Interface>(json.at("ipv6_addresses"), ipv6_of);
    nic.has_ipv6_gateway = json.at("has_ipv6_gateway");
    return nic;
}

OrderedJson json_of(const MacvlanSpec& macvlan)
{
    return {{"index", macvlan.index},
            {"link", escaped(macvlan.link)},
            {"mode", macvlan.mode},
            {"addresses", texts_of(macvlan.addresses)},
            {"has_gateway", macvlan.has_gateway}};
}

MacvlanSpec macvlan_of(const OrderedJson& json)
{
    return {json.at("index"), name_of(json.at("link")), json.at("mode"),
            list_of<Ipv4Interface>(json.at("addresses"), ipv4_of), json.at("has_gateway")};
}

template<typename Nic>
OrderedJson json_of(const std::vector<Nic>& nics)
{
    OrderedJson json = OrderedJson::array();
    for (const Nic& nic : nics)
        json.push_back(json_of(nic));
    return json;
}

OrderedJson json_of(const ContainerSpec& spec)
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
            {"bridge_type", spec.bridge_type ? OrderedJson(to_string(*spec.bridge_type)) : OrderedJson()},
            {"dhcp_guard", spec.dhcp_guard},
            {"confirm_timeout", spec.confirm_timeout},
            {"bridge_address_is_default", spec.bridge_address_is_default},
            {"firewall", spec.firewall ? OrderedJson(to_string(*spec.firewall)) : OrderedJson()},
            {"ipv6", spec.ipv6 ? OrderedJson(*spec.ipv6) : OrderedJson()},
            {"publish", list_json<Publication>(spec.publish, json_of)},
            {"inbound", to_string(spec.inbound)},
            {"snat_to", texts_of(spec.snat_to)},
            {"masquerade_ports", json_of(spec.masquerade_ports)},
            {"random_fully", spec.random_fully},
            {"coexist", spec.coexist}};
}

Mode mode_of(const OrderedJson& json)
{
    for (const Mode mode : {Mode::nat, Mode::direct, Mode::none})
        if (json == to_string(mode))
            return mode;
    throw Error("it holds an unknown mode");
}

BridgeType type_of(const OrderedJson& json)
{
    return json == to_string(BridgeType::openvswitch) ? BridgeType::openvswitch : BridgeType::linux_bridge;
}

ContainerSpec spec_of(const OrderedJson& json)
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
    if (!json.at("firewall").is_null())
        spec.firewall = engine_of(json.at("firewall"));
    if (!json.at("ipv6").is_null())
        spec.ipv6 = json.at("ipv6").get<bool>();
    spec.publish = list_of<Publication>(json.at("publish"), publication_of);
    spec.inbound = json.at("inbound") == to_string(Inbound::any) ? Inbound::any : Inbound::published;
    spec.snat_to = list_of<IpAddress>(json.at("snat_to"), address_of);
    spec.masquerade_ports = ports_or_none(json.at("masquerade_ports"));
    spec.random_fully = json.at("random_fully");
    spec.coexist = json.at("coexist");
    return spec;
}

// Steps
// ---------------------------------------------------------------------------------------------------------------

OrderedJson json_of(const Rule& rule)
{
    OrderedJson json =
        std::visit(overloaded{
                       [](const MasqueradeRule& masquerade) -> OrderedJson {
                           return {{"kind", "masquerade"},
                                   {"source", to_string(masquerade.source)},
                                   {"inside", to_string(masquerade.inside)},
                                   {"out", escaped(masquerade.out)},
                                   {"to", json_of(masquerade.nat.to)},
                                   {"ports", json_of(masquerade.nat.ports)},
                                   {"random_fully", masquerade.nat.random_fully}};
                       },
                       [](const PublishedPort& port) -> OrderedJson {
                           return {{"kind", "published"},
                                   {"protocol", to_string(port.protocol)},
                                   {"address", json_of(port.address)},
                                   {"ports", json_of(std::optional(port.ports))},
                                   {"to", to_string(port.to)},
                                   {"to_ports", json_of(std::optional(port.to_ports))},
                                   {"inside", to_string(port.inside)}};
                       },
                       [](const InboundRule& inbound) -> OrderedJson {
                           return {{"kind", "inbound"},
                                   {"destination", to_string(inbound.destination)},
                                   {"bridge", escaped(inbound.bridge)},
                                   {"open", inbound.open}};
                       },
                       [](const LoopbackGuard& guard) -> OrderedJson {
                           return {{"kind", "loopback-guard"}, {"bridge", escaped(guard.bridge)}};
                       },
                       [](const ForwardOpening& opening) -> OrderedJson {
                           return {{"kind", "opening"},
                                   {"gatekeeper", to_string(opening.gatekeeper)},
                                   {"container", to_string(opening.container)},
                                   {"bridge", escaped(opening.bridge)},
                                   {"bridged", opening.bridged},
                                   {"open", opening.open},
                                   {"zone", escaped(opening.zone)}};
                       },
                       [](const ServiceOpening& opening) -> OrderedJson {
                           return {{"kind", "service-opening"},
                                   {"gatekeeper", to_string(opening.gatekeeper)},
                                   {"bridge", escaped(opening.bridge)},
                                   {"ipv6", opening.ipv6},
                                   {"protocol", to_string(opening.protocol)},
                                   {"port", opening.port}};
                       },
                   },
                   rule);
    json["tag"] = escaped(tag_of(rule));
    return json;
}

Rule rule_of(const OrderedJson& json)
{
    const std::string kind = json.at("kind");
    const std::string tag = name_of(json.at("tag"));
    if (kind == "masquerade")
        return MasqueradeRule{
            network_of(json.at("source")),
            network_of(json.at("inside")),
            name_of(json.at("out")),
            tag,
            {address_or_none(json.at("to")), ports_or_none(json.at("ports")), json.at("random_fully")}};
    if (kind == "published")
        return PublishedPort{protocol_of(json.at("protocol")),
                             address_or_none(json.at("address")),
                             ports_of(json.at("ports")),
                             address_of(json.at("to")),
                             ports_of(json.at("to_ports")),
                             network_of(json.at("inside")),
                             tag};
    if (kind == "inbound")
        return InboundRule{network_of(json.at("destination")), name_of(json.at("bridge")), json.at("open"),
                           tag};
    if (kind == "loopback-guard")
        return LoopbackGuard{name_of(json.at("bridge")), tag};
    if (kind == "opening")
        return ForwardOpening{gatekeeper_of(json.at("gatekeeper")),
                              network_of(json.at("container")),
                              name_of(json.at("bridge")),
                              json.at("bridged"),
                              json.at("open"),
                              name_of(json.at("zone")),
                              tag};
    if (kind == "service-opening")
        return ServiceOpening{gatekeeper_of(json.at("gatekeeper")),
                              name_of(json.at("bridge")),
                              json.at("ipv6"),
                              protocol_of(json.at("protocol")),
                              json.at("port"),
                              tag};
    throw Error("it holds a rule of the unknown kind " + kind);
}

OrderedJson json_of(const Resource& resource)
{
    return std::visit(
        overloaded{
            [](const Bridge& bridge) -> OrderedJson {
                return {{"kind", "bridge"},
                        {"name", escaped(bridge.name)},
                        {"mac", bridge.mac},
                        {"ipv4", texts_of(bridge.ipv4)},
                        {"ipv6", texts_of(bridge.ipv6)},
                        {"kept", bridge.kept},
                        {"type", to_string(bridge.type)},
                        {"mtu", bridge.mtu}};
            },
            [](const Ipv4Forwarding&) -> OrderedJson {
                return {{"kind", "ipv4-forwarding"}};
            },
            [](const Ipv6Forwarding& forwarding) -> OrderedJson {
                return {{"kind", "ipv6-forwarding"}, {"advertised", escaped_all(forwarding.advertised)}};
            },
            [](const RouteLocalnet& localnet) -> OrderedJson {
                return {{"kind", "route-localnet"}, {"bridge", escaped(localnet.bridge)}};
            },
            [](const RuleSet& set) -> OrderedJson {
                return {{"kind", "rules"},
                        {"engine", set.engine ? OrderedJson(to_string(*set.engine)) : OrderedJson()},
                        {"rules", list_json<Rule>(set.rules, json_of)}};
            },
            [](const TaggedRules& tagged) -> OrderedJson {
                return {{"kind", "tagged-rules"}, {"tag", escaped(tagged.tag)}};
            },
            [](const BridgePort& port) -> OrderedJson {
                return {{"kind", "bridge-port"},       {"nic", port.nic},
                        {"position", port.position},   {"port", escaped(port.port)},
                        {"ifindex", port.ifindex},     {"bridge", escaped(port.bridge)},
                        {"linked", port.linked},       {"hairpin", port.hairpin},
                        {"isolate", port.isolate},     {"mtu", json_of(port.mtu)},
                        {"type", to_string(port.type)}};
            },
            [](const Macvlan& macvlan) -> OrderedJson {
                return {{"kind", "macvlan"},
                        {"nic", macvlan.nic},
                        {"link", escaped(macvlan.link)},
                        {"mode", macvlan.mode}};
            },
            [](const DhcpGuard& guard) -> OrderedJson {
                return {{"kind", "dhcp-guard"},
                        {"nic", escaped(guard.nic)},
                        {"bridge", escaped(guard.bridge)},
                        {"type", to_string(guard.type)},
                        {"mac", guard.mac}};
            },
            // What moved is in the uplink's own journal, since the move outlives this container.
            [](const UplinkMove& move) -> OrderedJson {
                return {{"kind", "uplink-move"},
                        {"nic", escaped(move.nic)},
                        {"bridge", escaped(move.bridge)},
                        {"type", to_string(move.type)},
                        {"kept", move.kept}};
            },
        },
        resource);
}

Resource resource_of(const OrderedJson& json)
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
    if (kind == "ipv6-forwarding")
        return Ipv6Forwarding{list_of<std::string>(json.at("advertised"), name_of)};
    if (kind == "route-localnet")
        return RouteLocalnet{name_of(json.at("bridge"))};
    if (kind == "rules") {
        const OrderedJson& engine = json.at("engine");
        return RuleSet{list_of<Rule>(json.at("rules"), rule_of),
                       engine.is_null() ? std::nullopt : std::optional(engine_of(engine))};
    }
    if (kind == "tagged-rules")
        return TaggedRules{name_of(json.at("tag"))};
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

OrderedJson json_of(const Step& step)
{
    OrderedJson json = {{"step", describe(step)}, {"resource", json_of(step.resource)}};
    const auto undo = inverse(step, {});
    json["undo"] = undo ? shell_commands(*undo) : std::vector<std::string>{};
    return json;
}

Step step_of(const OrderedJson& json)
{
    return {Action::add, resource_of(json.at("resource"))};
}

} // namespace

std::string to_json(const Record& record)
{
    OrderedJson steps = OrderedJson::array();
    for (const Step& step : record.steps)
        steps.push_back(json_of(step));
    const OrderedJson json = {
        {"version", format_version},
        {"container", escaped(record.spec.container.name)},
        {"lxcpath", escaped(record.spec.container.lxcpath)},
        {"started", record.started},
        {"boot_id", record.boot_id},
        {"network_namespace", record.network_namespace},
        {"pid_namespace", record.instance.pid_namespace},
        {"monitor", json_of(record.instance.monitor)},
        {"init", record.init ? json_of(*record.init) : OrderedJson()},
        {"rebooting", record.rebooting},
        {"asked", json_of(record.spec)},
        {"steps", steps},
        {"holds", escaped_all(record.keys)},
        {"notices", record.notices},
        {"firewall", record.firewall},
    };
    return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

Record record_from_json(const std::string& text)
{
    try {
        const OrderedJson json = OrderedJson::parse(text);
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
        record.firewall = json.at("firewall");
        return record;
    } catch (const OrderedJson::parse_error&) {
        throw Error("it is cut off, or no JSON at all");
    } catch (const OrderedJson::exception&) {
        throw Error("a value in it is missing, or not of the kind that it should be");
    }
}

} // namespace uplink
