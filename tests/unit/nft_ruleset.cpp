// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/nft_ruleset.h"

#include "firewall_values.h"
#include "host/nft_rule.h"

using namespace uplink;

namespace
{

HostFirewall sample_of_nft(const std::string& name, const std::set<NftTable>& left_out = {})
{
    return read_nft_ruleset(sample(name + ".json"), sample(name + ".nft"), left_out);
}

PacketCondition only(const PacketTest& test, bool negated = false)
{
    return {{{test}}, negated};
}

/// The rule that statements in JSON make, where `sets` are at hand.
std::vector<FirewallRule> rules_of(const std::string& statements, const NftSets& sets = {})
{
    return nft_rules(nlohmann::json::parse(statements), "text", sets);
}

std::vector<FirewallRule> accepting(const std::vector<PacketCondition>& conditions)
{
    return {{conditions, RuleVerdict::accept, "", "text"}};
}

std::vector<FirewallRule> match(const std::string& left, const std::string& right,
                                const std::string& op = "==", const NftSets& sets = {})
{
    return rules_of(R"([{"match": {"op": ")" + op + R"(", "left": )" + left + R"(, "right": )" + right +
                        R"(}}, {"accept": null}])",
                    sets);
}

const std::string saddr = R"({"payload": {"protocol": "ip", "field": "saddr"}})";
const std::string dport = R"({"payload": {"protocol": "tcp", "field": "dport"}})";
const std::string flags = R"({"payload": {"protocol": "tcp", "field": "flags"}})";
const std::string state = R"({"ct": {"key": "state"}})";

FirewallPlace nft(const std::string& chain, const std::string& rule)
{
    return {FirewallFlavour::nft, "inet", "filter", chain, rule};
}

FirewallPlace firewalld(const std::string& chain, const std::string& rule)
{
    return {FirewallFlavour::nft, "inet", "firewalld", chain, rule};
}

} // namespace

TEST_CASE("what a match implies is asked besides, and is not negated with it")
{
    const auto four = only(FamilyIs{false});
    const auto lan = address_in(false, network("10.0.0.0/8"));
    CHECK(match(saddr, R"({"prefix": {"addr": "10.0.0.0", "len": 8}})", "!=") ==
          accepting({four, only(lan, true)}));
    CHECK(match(saddr, R"({"range": ["10.0.0.1", "10.0.0.9"]})") ==
          accepting({four, only(AddressIn{false, ip_address("10.0.0.1"), ip_address("10.0.0.9")})}));
    CHECK(match(dport, "22", "!=") == accepting({only(ProtocolIs{tcp}), only(PortIn{true, {22, 22}}, true)}));
    CHECK(match(R"({"payload": {"protocol": "th", "field": "sport"}})", "53") ==
          accepting({only(PortIn{false, {53, 53}})}));
}

TEST_CASE("sets, named ones and concatenations are read as their elements")
{
    const NftSets sets = {
        {"pairs",
         nlohmann::json::parse(R"([{"elem": {"val": {"concat": ["br1", "eth0"]}, "comment": "x"}}])")}};
    const std::string pair = R"({"concat": [{"meta": {"key": "iifname"}}, {"meta": {"key": "oifname"}}]})";
    CHECK(match(pair, "\"@pairs\"", "==", sets) ==
          accepting({{{{InterfaceIs{false, "br1", false}, InterfaceIs{true, "eth0", false}}}, false}}));
    CHECK(
        match(dport, R"({"set": [80, {"range": [1000, 2000]}]})", "!=") ==
        accepting({only(ProtocolIs{tcp}), {{{PortIn{true, {80, 80}}}, {PortIn{true, {1000, 2000}}}}, true}}));
    const auto missing = match(pair, "\"@gone\"");
    REQUIRE(missing.size() == 1);
    CHECK(std::holds_alternative<NotToBeTold>(missing[0].conditions.back().any_of.front().front()));
}

TEST_CASE("states are read by number and by name, one or several")
{
    const PacketCondition going_on = {
        {{StateIs{ConnectionState::established}}, {StateIs{ConnectionState::related}}}, false};
    CHECK(match(state, "[2, 4]", "in") == accepting({going_on}));
    CHECK(match(state, R"({"set": ["established", "related"]})") == accepting({going_on}));
    CHECK(match(state, "8", "in") == accepting({only(StateIs{ConnectionState::fresh})}));
    CHECK(match(state, "[2, 4]", "!") == accepting({{going_on.any_of, true}}));
    CHECK(match(R"({"ct": {"key": "status"}})", "32", "in") == accepting({only(IsRedirected{})}));
}

TEST_CASE("a comparison is a range, and flags are compared by their mask")
{
    CHECK(match(dport, "1024", "<") == accepting({only(ProtocolIs{tcp}), only(PortIn{true, {0, 1023}})}));
    CHECK(match(dport, "1024", ">=") ==
          accepting({only(ProtocolIs{tcp}), only(PortIn{true, {1024, 65535}})}));
    CHECK(match(R"({"&": [)" + flags + ", [1, 2, 4, 16]]}", "2") ==
          accepting({only(ProtocolIs{tcp}), only(TcpFlagsAre{0x17, 0x02})}));
    CHECK(match(flags, "2", "in") == accepting({only(ProtocolIs{tcp}), only(TcpFlagsAre{0x02, 0x02})}));
    CHECK(match(flags, "2") == accepting({only(ProtocolIs{tcp}), only(TcpFlagsAre{0xff, 0x02})}));
    CHECK(match(R"({"&": [{"meta": {"key": "mark"}}, 255]})", "16") == accepting({only(MarkIs{0xff, 0x10})}));
}

TEST_CASE("a way back to the source and headers that are out of the ordinary are told without looking")
{
    CHECK(match(R"({"fib": {"result": "oif", "flags": ["saddr", "mark", "iif"]}})", "false") ==
          accepting({only(IsUsual{false})}));
    CHECK(match(R"({"fib": {"result": "oif", "flags": ["saddr", "iif"]}})", "\"0\"", "!=") ==
          accepting({only(IsUsual{false}, true)}));
    CHECK(match(R"({"exthdr": {"name": "rt"}})", "true") == accepting({only(IsUsual{false})}));
    CHECK(match(R"({"fib": {"result": "type", "flags": ["daddr"]}})", "2") ==
          accepting({only(AddressKindIs{true, AddressKind::local, false})}));
    CHECK(match(R"({"meta": {"key": "protocol"}})", "56710") == accepting({only(FamilyIs{true})}));
}

TEST_CASE("a verdict map is a rule for each of its elements, and * stands for all others")
{
    const PacketCondition from_eth0 = only(InterfaceIs{false, "eth0", false});
    const PacketCondition from_others = only(InterfaceIs{false, "eth0", false}, true);
    CHECK(rules_of(R"([{"vmap": {"key": {"meta": {"key": "iifname"}}, "data": {"set": [["*", {"drop": null}],
                       ["eth0", {"jump": {"target": "wan"}}]]}}}])") ==
          std::vector<FirewallRule>{{{from_eth0}, RuleVerdict::jump, "wan", "text"},
                                    {{from_others}, RuleVerdict::drop, "", "text"}});
}

TEST_CASE("what only counts, logs or marks lets all go on, and what is not understood cannot be told")
{
    CHECK(rules_of(
              R"([{"counter": null}, {"log": {"prefix": "x"}}, {"mangle": {"key": {"meta": {"key": "mark"}},
                       "value": 1}}, {"set": {"op": "add", "elem": 1, "set": "@s"}}])") ==
          std::vector<FirewallRule>{{{}, RuleVerdict::none, "", "text"}});
    CHECK(rules_of(R"([{"limit": {"rate": 5}}, {"drop": null}])") ==
          std::vector<FirewallRule>{
              {{only(NotToBeTold{R"({"limit":{"rate":5}})"})}, RuleVerdict::drop, "", "text"}});
    CHECK(
        rules_of(R"([{"xt": {"type": "match", "name": "hl"}}, {"xt": {"type": "target", "name": "LOG"}}])") ==
        std::vector<FirewallRule>{
            {{only(NotToBeTold{R"({"name":"hl","type":"match"})"})}, RuleVerdict::unknown, "", "text"}});
    CHECK(rules_of(R"([{"xt": null}])") == std::vector<FirewallRule>{{{}, RuleVerdict::unknown, "", "text"}});
    CHECK(rules_of(R"([{"jump": "elsewhere"}])") ==
          std::vector<FirewallRule>{{{}, RuleVerdict::unknown, "", "text"}});
    // nft 1.0.6 lists { "a*", "b" } so.
    CHECK(match(R"({"meta": {"key": "iifname"}})", R"({"set": [{"range": ["", ""]}]})") ==
          accepting({only(NotToBeTold{R"({"range":["",""]})"})}));
}

TEST_CASE("a text that libnftables did not write is an error")
{
    CHECK(refusal_of([] { read_nft_ruleset("[]", "", {}); }) == "cannot read what nft lists");
    CHECK(refusal_of([] { iptables_nft_tables("{"); }) == "cannot read what nft lists");
}

TEST_CASE("tables that somebody else prints are left out, and else judged as they are")
{
    const std::set<NftTable> docker = {{"ip", "filter"}, {"ip", "nat"}};
    CHECK(iptables_nft_tables(sample("docker-nft.json")) == docker);
    CHECK(sample_of_nft("docker-nft", docker) == HostFirewall{});
    CHECK(judge(outward("br1"), sample_of_nft("docker-nft")) ==
          dropped_by({FirewallFlavour::nft, "ip", "filter", "FORWARD", "policy drop"}));
    CHECK(judge(outward("br0"), sample_of_nft("docker-nft")) == it_passes);
}

TEST_CASE("firewalld rejects what no zone lets through, and says so in the words of nft")
{
    const auto firewall = sample_of_nft("firewalld");
    const Judgement rejected =
        dropped_by(firewalld("filter_FWD_public", "reject with icmpx admin-prohibited"));
    CHECK(judge(outward("br1"), firewall) == rejected);
    CHECK(judge(with_ipv6(outward("br1")), firewall) == rejected);
    CHECK(judge(outward("br0"), firewall) == it_passes);
    CHECK(judge(with_ipv6(outward("br0")), firewall) == it_passes);
    CHECK(judge(inward("br1"), firewall) == it_passes);
    FirewallPacket published = outward("eth0");
    published.out = "br1";
    CHECK(judge(published, firewall) == rejected);
    published.redirected = true;
    CHECK(judge(published, firewall) == it_passes);
}

TEST_CASE("firewalld rejects a container's DNS, but not in the zone trusted")
{
    const auto firewall = sample_of_nft("firewalld");
    CHECK(judge(to_the_host("br1", udp, 53), firewall) ==
          dropped_by(firewalld("filter_IN_public", "reject with icmpx admin-prohibited")));
    CHECK(judge(to_the_host("br1", tcp, 22), firewall) == it_passes);
    CHECK(judge(to_the_host("br0", udp, 53), firewall) == it_passes);
}

TEST_CASE("firewalld refuses IPv6 addresses that hide others")
{
    FirewallPacket packet = with_ipv6(outward("br0"));
    packet.destination = ip_address("2002:a00:1::1");
    CHECK(judge(packet, sample_of_nft("firewalld")).dropped_by->chain == "filter_FORWARD");
}

TEST_CASE("a firewall as an administrator writes it is followed through its maps")
{
    const auto firewall = sample_of_nft("nftables");
    const auto forwarded = [&](const std::string& in, const std::string& destination, std::uint16_t port) {
        FirewallPacket packet = outward(in);
        packet.destination = ip_address(destination);
        packet.destination_port = port;
        packet.out = in == "eth0" ? "br1" : "eth0";
        return judge(packet, firewall);
    };
    const Judgement by_policy = dropped_by(nft("forward", "policy drop"));
    CHECK(forwarded("br0", "198.51.100.80", 443) == by_policy);
    CHECK(forwarded("br0", "198.51.100.80", 1500) == it_passes);
    CHECK(forwarded("br0", "10.1.1.1", 1500) == by_policy);
    CHECK(forwarded("br1", "198.51.100.80", 443) == it_passes);
    CHECK(forwarded("br2", "192.0.2.80", 443) == dropped_by(nft("from_br2", "ip daddr 192.0.2.0/24 drop")));
    CHECK(forwarded("br2", "198.51.100.80", 443) == it_passes);
    CHECK(forwarded("br2", "198.51.100.80", 25) == by_policy);
    CHECK(forwarded("eth0", "10.0.8.1", 80) ==
          dropped_by(nft("from_wan", "ip daddr . tcp dport vmap @places")));
    CHECK(forwarded("eth0", "10.0.8.1", 8080) == it_passes);
    CHECK(judge(inward("br0"), firewall) == it_passes);
}

TEST_CASE("a firewall as an administrator writes it drops and rejects by interface, and lets in to the host")
{
    const auto firewall = sample_of_nft("nftables");
    FirewallPacket packet = outward("docker0");
    packet.out = "eth1";
    CHECK(judge(packet, firewall) ==
          dropped_by(
              nft("forward", "iifname \"docker*\" oifname != \"eth0\" reject with icmpx admin-prohibited")));
    CHECK(judge(to_the_host("br0", udp, 53), firewall) == it_passes);
    CHECK(judge(to_the_host("br0", tcp, 443), firewall) == it_passes);
    CHECK(judge(to_the_host("br0", tcp, 8080), firewall) == dropped_by(nft("input", "policy drop")));
    packet = with_ipv6(outward("br1"));
    CHECK(judge(packet, firewall) == it_passes);
    packet.destination = ip_address("2001:db8:bad::1");
    CHECK(judge(packet, firewall) ==
          dropped_by(nft("early", "ip6 nexthdr tcp ip6 daddr 2001:db8:bad::/48 drop")));
}

TEST_CASE("a rate decides over a packet only where nothing else does, and a mark only where somebody sets it")
{
    const auto firewall = sample_of_nft("nftables");
    CHECK(judge(outward("br4"), firewall) == dropped_by(nft("forward", "policy drop")));
    CHECK(judge(outward("br5"), firewall) ==
          depends_on({nft("forward", "iifname \"br5\" limit rate 5/second counter accept")},
                     {nft("forward", "policy drop")}));
}

TEST_CASE("a table of family bridge guards what is bridged")
{
    const auto firewall = sample_of_nft("nftables");
    FirewallPacket offer = outward("br1");
    offer.protocol = udp;
    offer.source_port = 67;
    offer.out = "br1";
    offer.bridged = true;
    offer.bridge_calls_ip = false;
    offer.in_port = "vethQ3";
    CHECK(judge(offer, firewall) == dropped_by({FirewallFlavour::nft, "bridge", "guard", "forward",
                                                "iifname \"veth*\" ip protocol udp udp sport 67 drop"}));
    offer.in_port = "eth0";
    CHECK(judge(offer, firewall) == it_passes);
}
