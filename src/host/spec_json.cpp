// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/spec_json.h"

#include "core/error.h"

namespace uplink
{

namespace
{

OrderedJson json_of(const Publication& publication)
{
    return {{"protocol", to_string(publication.protocol)},
            {"address", json_or_null(publication.address)},
            {"ports", json_or_null(std::optional(publication.ports))},
            {"to", json_or_null(std::optional(publication.to))}};
}

Publication publication_of(const OrderedJson& json)
{
    return {protocol_of(json.at("protocol")), address_or_none(json.at("address")), ports_of(json.at("ports")),
            ports_of(json.at("to"))};
}

OrderedJson json_of(const NicSpec& nic)
{
    return {{"index", nic.index},
            {"position", nic.position},
            {"bridge", escaped(nic.bridge)},
            {"linked", nic.linked},
            {"pair", escaped(nic.pair)},
            {"addresses", texts_of(nic.addresses)},
            {"mtu", json_or_null(nic.mtu)},
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
    nic.mtu = number_or_none(json.at("mtu"));
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

Mode mode_of(const OrderedJson& json)
{
    for (const Mode mode : {Mode::nat, Mode::direct, Mode::none})
        if (json == to_string(mode))
            return mode;
    throw Error("it holds an unknown mode");
}

} // namespace

OrderedJson json_of(const ContainerSpec& spec)
{
    return {{"mode", to_string(spec.mode)},
            {"nics", list_json<NicSpec>(spec.nics, json_of)},
            {"macvlans", list_json<MacvlanSpec>(spec.macvlans, json_of)},
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
            {"has_other_gateway", spec.has_other_gateway},
            {"has_other_ipv6_gateway", spec.has_other_ipv6_gateway},
            {"firewall", spec.firewall ? OrderedJson(to_string(*spec.firewall)) : OrderedJson()},
            {"ipv6", spec.ipv6 ? OrderedJson(*spec.ipv6) : OrderedJson()},
            {"publish", list_json<Publication>(spec.publish, json_of)},
            {"inbound", to_string(spec.inbound)},
            {"snat_to", texts_of(spec.snat_to)},
            {"masquerade_ports", json_or_null(spec.masquerade_ports)},
            {"random_fully", spec.random_fully},
            {"coexist", spec.coexist}};
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
    spec.has_other_gateway = json.value("has_other_gateway", false);
    spec.has_other_ipv6_gateway = json.value("has_other_ipv6_gateway", false);
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

} // namespace uplink
