// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/record_json.h"

#include "core/shared.h"
#include "printers.h"
#include "values.h"

#include <nlohmann/json.hpp>

using namespace uplink;

namespace
{

using Json = nlohmann::ordered_json;

/// A record in which every field differs from what it starts with.
Record full_record()
{
    NicSpec nic = with_index(3, nic_on("br0", {ipv4("10.0.3.10/24")}));
    nic.position = 1;
    nic.pair = "web1-3";
    nic.has_gateway = true;
    nic.gateway = parse_ipv4_address("10.0.3.1");
    nic.mtu = 1400;
    nic.addressed = false;
    nic.ipv6_addresses = {{"fd00::10", 64}};
    nic.has_ipv6_gateway = true;
    Record record;
    record.spec = web1_with({nic_on("br1"), nic});
    record.spec.macvlans = {{5, "eth0", "vepa", {ipv4("192.0.2.31/24")}, true}};
    record.spec.veth_count = 4;
    record.spec.bridge_ipv4 = {ipv4("10.0.3.1/24"), ipv4("0.0.0.0/0")};
    record.spec.bridge_ipv6 = {{"fd00::1", 64}};
    record.spec.uplink = "eth0";
    record.spec.hairpin = true;
    record.spec.isolate = true;
    record.spec.firewall = Engine::nftables;
    record.spec.ipv6 = false;
    record.spec.publish = {{Protocol::udp, ip_address("192.0.2.1"), {8080, 8081}, {80, 81}},
                           {Protocol::tcp, std::nullopt, {443, 443}, {443, 443}}};
    record.spec.inbound = Inbound::any;
    record.spec.snat_to = {ip_address("192.0.2.1"), ip_address("2001:db8::1")};
    record.spec.masquerade_ports = PortRange{1024, 65535};
    record.spec.random_fully = true;
    record.spec.bridge_address_is_default = true;
    record.spec.coexist = false;
    record.instance = {{4194304, UINT64_MAX}, 4294967295};
    record.boot_id = "6e1f0e5c-7d5f-4a7c-9a53-0f2f3c1d2b4a";
    record.network_namespace = UINT64_MAX;
    record.started = "2026-01-31T12:00:00Z";
    record.init = Process{815, 30620};
    record.rebooting = true;
    const MasqueradeRule own = {network("10.0.3.10/32"),
                                network("10.0.3.0/24"),
                                "eth0",
                                web1_tag,
                                {ip_address("192.0.2.1"), PortRange{1024, 2047}, true}};
    const PublishedPort published = {
        Protocol::sctp, ip_address("2001:db8::1"), {8000, 8010}, ip_address("fd00::10"),
        {9000, 9010},   ip_network("fd00::/64"),   web1_tag};
    const InboundRule open = {host_of(ip_address("10.0.3.10")), "br0", true, web1_tag};
    const MasqueradeRule shared = {network("10.0.4.0/24"), network("10.0.4.0/24"), "", shared_tag("br1")};
    record.steps = {
        {Action::add, Bridge{"br0", "02:00:00:00:00:01", {ipv4("10.0.3.1/24")}, {{"fd00::1", 64}}}},
        {Action::add, Bridge{"br2", "", {}, {}, true}},
        {Action::add,
         RuleSet{{own, shared, published, open, LoopbackGuard{"br0", shared_tag("br0")}}, Engine::nftables}},
        {Action::add, Ipv4Forwarding{}},
        {Action::add, BridgePort{3, 1, "web1-3", 12, "br0", true, true, true, 1400}},
        {Action::add, BridgePort{0, 0, "vethQ3", 0, "br1", false, false, false, std::nullopt}},
        {Action::add, Macvlan{5, "eth0", "vepa"}},
        {Action::add, DhcpGuard{"eth0", "", BridgeType::linux_bridge, "02:00:00:00:00:02"}},
        {Action::add, DhcpGuard{"eth0", "br0", BridgeType::openvswitch, ""}},
        {Action::add, Ipv6Forwarding{{"eth0", "eth1.2"}}},
        {Action::add, RouteLocalnet{"br0"}},
        {Action::add, TaggedRules{web1_tag}},
        {Action::add, RuleSet{{shared}, std::nullopt}},
        {Action::add,
         RuleSet{
             {ForwardOpening{Gatekeeper::docker, network("10.0.3.10/32"), "br0", true, true, "", web1_tag},
              ServiceOpening{Gatekeeper::ufw, "br0", true, Protocol::tcp, 53, shared_tag("br0")}},
             Engine::iptables_nft}},
        {Action::add, RuleSet{{ForwardOpening{Gatekeeper::firewalld, network("0.0.0.0/0"), "br0", true, false,
                                              "home", shared_tag("br0")}},
                              Engine::firewalld}}};
    record.keys = {"bridge:br0", "masquerade:br1:10.0.4.0-24:", "address:br0:10.0.3.10"};
    record.firewall = "nftables, since option firewall says so";
    record.notices = {"bridge br1 is down: run \"ip link set dev br1 up\""};
    return record;
}

Record named(const std::string& name)
{
    Record record = full_record();
    record.spec.container.name = name;
    auto& rules = std::get<RuleSet>(record.steps[2].resource).rules;
    std::get<MasqueradeRule>(rules[0]).tag = tag_of(record.spec.container, record.instance);
    return record;
}

/// With `name` wherever a record has the name of an interface.
Record with_interfaces_named(const std::string& name)
{
    Record record = full_record();
    record.spec.nics[1].bridge = name;
    record.spec.nics[1].pair = name;
    record.spec.uplink = name;
    std::get<Bridge>(record.steps[0].resource).name = name;
    auto& set = std::get<RuleSet>(record.steps[2].resource);
    set.engine = Engine::iptables; // nft takes not every name
    auto& rule = std::get<MasqueradeRule>(set.rules[0]);
    rule.out = name;
    rule.tag = shared_tag(name);
    auto& port = std::get<BridgePort>(record.steps[4].resource);
    port.port = name;
    port.bridge = name;
    record.keys = shared_keys(record.steps);
    return record;
}

std::string refusal_of_text(const std::string& text)
{
    return refusal_of([&] { record_from_json(text); });
}

} // namespace

TEST_CASE("a record reads back from its JSON, every field of it")
{
    CHECK(printed(record_from_json(to_json(full_record()))) == printed(full_record()));
}

TEST_CASE("an empty record and one of mode none read back")
{
    CHECK(printed(record_from_json(to_json(Record{}))) == printed(Record{}));
    Record none;
    none.spec.mode = Mode::none;
    CHECK(printed(record_from_json(to_json(none))) == printed(none));
}

TEST_CASE("a container's name reads back, whatever bytes it has")
{
    for (const std::string& name :
         {std::string("two words"), std::string("quote\"back\\slash"), std::string("line\nbreak"),
          std::string("\xc3\xbc"
                      "berall"),
          std::string("latin-\xfc"), std::string(63, 'n') + "\xc3\xbc", std::string("100%"),
          std::string("%41%"), std::string(100, 'n')}) {
        CAPTURE(name);
        CHECK(printed(record_from_json(to_json(named(name)))) == printed(named(name)));
    }
}

TEST_CASE("an interface's name reads back, whatever bytes it has")
{
    for (const std::string& name :
         {std::string("latin-\xfc"), std::string("\xc3\xbc"), std::string("half-\xc3"), std::string("100%"),
          std::string("%41%"), std::string("a;b\"'\\")}) {
        CAPTURE(name);
        CHECK(printed(record_from_json(to_json(with_interfaces_named(name)))) ==
              printed(with_interfaces_named(name)));
    }
}

TEST_CASE("a plain name stands in the JSON as it is")
{
    const Json json = Json::parse(to_json(full_record()));
    CHECK(json.at("asked").at("nics").at(1).at("pair") == "web1-3");
    CHECK(json.at("steps").at(2).at("resource").at("rules").at(0).at("tag") == web1_tag);
    CHECK(json.at("holds") ==
          Json::array({"address:br0:10.0.3.10", "bridge:br0", "masquerade:br1:10.0.4.0-24:"}));
}

TEST_CASE("a record tells a person what was done and how it is undone by hand")
{
    const Json json = Json::parse(to_json(full_record()));
    CHECK(json.at("container") == "web1");
    CHECK(json.at("steps").at(0).at("step") == "make bridge br0 with 10.0.3.1/24, fd00::1/64");
    CHECK(json.at("steps").at(0).at("undo") == Json::array({"ip link delete dev br0"}));
    CHECK(json.at("steps").at(3).at("undo") == Json::array());
    CHECK(json.at("steps").at(4).at("undo") == Json::array());
    CHECK(json.at("steps").at(5).at("undo") == Json::array({"ip link set dev vethQ3 nomaster"}));
}

TEST_CASE("a record that was cut short is refused at whatever byte")
{
    const std::string text = to_json(full_record());
    for (std::size_t size = 0; size + 2 < text.size(); size += 7)
        CHECK_THROWS_AS(record_from_json(text.substr(0, size)), Error);
}

TEST_CASE("a record without one of its fields, or with one of another type, is refused")
{
    const Json whole = Json::parse(to_json(full_record()));
    for (const auto& item : whole.items()) {
        CAPTURE(item.key());
        Json less = whole;
        less.erase(item.key());
        CHECK_THROWS_AS(record_from_json(less.dump()), Error);
        Json other = whole;
        other[item.key()] = Json::object({{"not", "this"}});
        CHECK_THROWS_AS(record_from_json(other.dump()), Error);
    }
}

TEST_CASE("a record of before gateways were noted reads as one without any")
{
    Json json = Json::parse(to_json(full_record()));
    json["asked"]["nics"][1].erase("gateway");
    CHECK(record_from_json(json.dump()).spec.nics.at(1).gateway == std::nullopt);
}

TEST_CASE("text that is no record is refused and never a crash")
{
    for (const char* text :
         {"", "null", "[]", "{}", "42", "\"text\"", "{\"version\": 1}", "\x01\x02", "{]"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(record_from_json(text), Error);
    }
    CHECK_THROWS_AS(record_from_json(std::string(100000, '[')), Error);
}

TEST_CASE("the reason why a record is refused is told in a person's words")
{
    const std::string whole = to_json(full_record());
    for (const std::string& text : {std::string(), whole.substr(0, 20), std::string("{]")}) {
        CAPTURE(text);
        CHECK(refusal_of_text(text) == "it is cut off, or no JSON at all");
    }
    Json json = Json::parse(whole);
    json.erase("steps");
    CHECK(refusal_of_text(json.dump()) == "a value in it is missing, or not of the kind that it should be");
    json["steps"] = "none";
    CHECK(refusal_of_text(json.dump()) == "a value in it is missing, or not of the kind that it should be");
}

TEST_CASE("a record of another version of lxc-uplink is called so")
{
    Json json = Json::parse(to_json(full_record()));
    json["version"] = 3;
    CHECK(refusal_of_text(json.dump()) == "it is of another version of lxc-uplink, in format 3 instead of 2");
    json["version"] = "2";
    CHECK(refusal_of_text(json.dump()) ==
          "it is of another version of lxc-uplink, in format \"2\" instead of 2");
}

TEST_CASE("a record with an address or a step that is none is refused")
{
    Json json = Json::parse(to_json(full_record()));
    json["asked"]["bridge_ipv4"][0] = "10.0.3.1";
    CHECK(refusal_of_text(json.dump()) == "it holds a bad address");
    json = Json::parse(to_json(full_record()));
    json["asked"]["bridge_ipv6"][0] = "fd00::1/129";
    CHECK(refusal_of_text(json.dump()) == "it holds a bad address");
    json = Json::parse(to_json(full_record()));
    json["steps"][0]["resource"]["kind"] = "tunnel";
    CHECK(refusal_of_text(json.dump()) == "it holds a step of the unknown kind tunnel");
}
