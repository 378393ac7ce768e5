// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/step_json.h"

#include "core/describe.h"
#include "core/error.h"

namespace uplink
{

namespace
{

Gatekeeper gatekeeper_of(const OrderedJson& json)
{
    const auto gatekeeper = parse_gatekeeper(json.get<std::string>());
    if (!gatekeeper)
        throw Error("it holds an unknown gatekeeper");
    return *gatekeeper;
}

OrderedJson json_of(const Rule& rule)
{
    OrderedJson json =
        std::visit(overloaded{
                       [](const MasqueradeRule& masquerade) -> OrderedJson {
                           return {{"kind", "masquerade"},
                                   {"source", to_string(masquerade.source)},
                                   {"inside", to_string(masquerade.inside)},
                                   {"out", escaped(masquerade.out)},
                                   {"to", json_or_null(masquerade.nat.to)},
                                   {"ports", json_or_null(masquerade.nat.ports)},
                                   {"random_fully", masquerade.nat.random_fully}};
                       },
                       [](const PublishedPort& port) -> OrderedJson {
                           return {{"kind", "published"},
                                   {"protocol", to_string(port.protocol)},
                                   {"address", json_or_null(port.address)},
                                   {"ports", json_or_null(std::optional(port.ports))},
                                   {"to", to_string(port.to)},
                                   {"to_ports", json_or_null(std::optional(port.to_ports))},
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
                        {"isolate", port.isolate},     {"mtu", json_or_null(port.mtu)},
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
                          json.at("hairpin"),      json.at("isolate"),         number_or_none(json.at("mtu")),
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

} // namespace

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

} // namespace uplink
