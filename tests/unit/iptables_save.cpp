// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/iptables_save.h"

#include "core/iptables_match.h"
#include "firewall_values.h"

using namespace uplink;

namespace
{

std::vector<PacketCondition> conditions(const std::string& text)
{
    return conditions_of_match(iptables_words_of(text));
}

PacketCondition one(const PacketTest& test, bool negated = false)
{
    return {{{test}}, negated};
}

HostFirewall sample_of(const std::string& name, bool ipv6 = false,
                       FirewallFlavour flavour = FirewallFlavour::iptables_nft)
{
    return read_iptables_save(sample(name), ipv6, flavour);
}

/// In the filter table of the hand-written sample.
FirewallPlace at(const std::string& chain, const std::string& rule)
{
    return {FirewallFlavour::legacy, "ip", "filter", chain, rule};
}

FirewallPacket outward_to(const std::string& address, std::uint16_t port)
{
    FirewallPacket packet = outward("br0");
    packet.destination = ip_address(address);
    packet.destination_port = port;
    return packet;
}

} // namespace

TEST_CASE("words in quotes are one, and a backslash keeps a quote in them")
{
    CHECK(iptables_words_of("-A INPUT -m comment --comment \"the \\\"shop\\\" -j X\" -j ACCEPT") ==
          std::vector<std::string>{"-A", "INPUT", "-m", "comment", "--comment", "the \"shop\" -j X", "-j",
                                   "ACCEPT"});
}

TEST_CASE("what a rule itself asks is read, with its negations")
{
    CHECK(conditions("-s 10.0.3.0/24 ! -d 192.0.2.0/24 -i br+ ! -o eth0 -p tcp") ==
          std::vector<PacketCondition>{one(address_in(false, network("10.0.3.0/24"))),
                                       one(address_in(true, network("192.0.2.0/24")), true),
                                       one(InterfaceIs{false, "br", true}),
                                       one(InterfaceIs{true, "eth0", false}, true), one(ProtocolIs{6})});
    CHECK(conditions("! -f -d fd00::/64") ==
          std::vector<PacketCondition>{one(IsUsual{false}, true),
                                       one(address_in(true, ip_network("fd00::/64")))});
}

TEST_CASE("ports, types and flags of a protocol are read")
{
    CHECK(conditions("-m tcp ! --sport 1024:65535 --dport 80") ==
          std::vector<PacketCondition>{one(PortIn{false, {1024, 65535}}, true), one(PortIn{true, {80, 80}})});
    CHECK(conditions("-m multiport --dports 53,67:68") ==
          std::vector<PacketCondition>{{{{PortIn{true, {53, 53}}}, {PortIn{true, {67, 68}}}}, false}});
    CHECK(conditions("-m multiport ! --ports 25") ==
          std::vector<PacketCondition>{{{{PortIn{false, {25, 25}}}, {PortIn{true, {25, 25}}}}, true}});
    CHECK(conditions("-m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN") ==
          std::vector<PacketCondition>{one(TcpFlagsAre{0x17, 0x02}, true)});
    CHECK(conditions("-m icmp --icmp-type 8") == std::vector<PacketCondition>{one(IcmpTypeIs{8})});
    CHECK(conditions("-m icmp6 --icmpv6-type 134") == std::vector<PacketCondition>{one(IcmpTypeIs{134})});
    CHECK(conditions("-m icmp --icmp-type any") == std::vector<PacketCondition>{one(IsUsual{true})});
    CHECK(conditions("-m tcp").empty());
}

TEST_CASE("states, marks, kinds of addresses and ports of bridges are read")
{
    const PacketCondition going_on = {
        {{StateIs{ConnectionState::related}}, {StateIs{ConnectionState::established}}}, false};
    CHECK(conditions("-m conntrack --ctstate RELATED,ESTABLISHED") == std::vector{going_on});
    CHECK(conditions("-m state --state RELATED,ESTABLISHED") == std::vector{going_on});
    CHECK(conditions("-m conntrack ! --ctstate DNAT") == std::vector{one(IsRedirected{}, true)});
    CHECK(conditions("-m mark --mark 0x10/0xff") == std::vector{one(MarkIs{0xff, 0x10})});
    CHECK(conditions("-m mark ! --mark 0x0") == std::vector{one(MarkIs{UINT32_MAX, 0}, true)});
    CHECK(conditions("-m addrtype ! --dst-type LOCAL --limit-iface-in") ==
          std::vector{one(AddressKindIs{true, AddressKind::local, true}, true)});
    CHECK(conditions("-m physdev ! --physdev-in veth+ --physdev-is-bridged") ==
          std::vector{one(PortOfBridgeIs{false, "veth", true}, true), one(IsBridged{})});
    CHECK(conditions("-m iprange --src-range 10.0.4.10-10.0.4.20") ==
          std::vector{one(AddressIn{false, ip_address("10.0.4.10"), ip_address("10.0.4.20")})});
}

TEST_CASE("what no ordinary packet is, or every one, is told without looking")
{
    CHECK(conditions("-m rt --rt-type 0") == std::vector{one(IsUsual{false})});
    CHECK(conditions("-m rpfilter --loose") == std::vector{one(IsUsual{true})});
    CHECK(conditions("-m rpfilter --invert") == std::vector{one(IsUsual{true}, true)});
}

TEST_CASE("what cannot be told keeps its words, and a comment asks nothing")
{
    CHECK(conditions("-m limit --limit 5/sec --limit-burst 10") ==
          std::vector{one(NotToBeTold{"--limit 5/sec"}), one(NotToBeTold{"--limit-burst 10"})});
    CHECK(conditions("-m set ! --match-set blocked src") ==
          std::vector{one(NotToBeTold{"--match-set blocked src"}, true)});
    CHECK(conditions("-m socket") == std::vector{one(NotToBeTold{"-m socket"})});
    CHECK(conditions("-d 10.0.0.1/255.0.0.255") == std::vector{one(NotToBeTold{"-d 10.0.0.1/255.0.0.255"})});
    CHECK(conditions("-m tcp --tcp-option 2") == std::vector{one(NotToBeTold{"--tcp-option 2"})});
    CHECK(conditions("-m comment --comment \"-m limit\"").empty());
}

TEST_CASE("a table is read whole: policies, chains, verdicts and the texts of its rules")
{
    const HostFirewall firewall = read_iptables_save(
        "# Generated\n*mangle\n:FORWARD DROP [1:2]\n:mine - [0:0]\n"
        "-A FORWARD -i br0 -j mine\n-A mine -j MARK --set-xmark 0x1/0xffffffff\n"
        "-A mine -m comment --comment \"no target\"\n-A mine -g mine\n-A mine -j NFQUEUE\n"
        "-A mine -j REJECT --reject-with tcp-reset\nCOMMIT\n"
        "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DNAT --to-destination 10.0.3.10\nCOMMIT\n",
        true, FirewallFlavour::legacy);
    const auto legacy = FirewallFlavour::legacy;
    CHECK(firewall.sets_marks);
    REQUIRE(firewall.chains.size() == 3);
    CHECK(firewall.chains[0] == FirewallChain{legacy,
                                              "ip6",
                                              "mangle",
                                              "FORWARD",
                                              ChainBase{PacketHook::forward, -150, true},
                                              {{{one(InterfaceIs{false, "br0", false})},
                                                RuleVerdict::jump,
                                                "mine",
                                                "-A FORWARD -i br0 -j mine"}}});
    CHECK(firewall.chains[1] ==
          FirewallChain{legacy,
                        "ip6",
                        "mangle",
                        "mine",
                        std::nullopt,
                        {{{}, RuleVerdict::none, "", "-A mine -j MARK --set-xmark 0x1/0xffffffff"},
                         {{}, RuleVerdict::none, "", "-A mine -m comment --comment \"no target\""},
                         {{}, RuleVerdict::go_to, "mine", "-A mine -g mine"},
                         {{}, RuleVerdict::unknown, "", "-A mine -j NFQUEUE"},
                         {{}, RuleVerdict::drop, "", "-A mine -j REJECT --reject-with tcp-reset"}}});
    CHECK(firewall.chains[2] == FirewallChain{legacy,
                                              "ip6",
                                              "nat",
                                              "PREROUTING",
                                              ChainBase{PacketHook::prerouting, -100, false},
                                              {{{},
                                                RuleVerdict::accept,
                                                "",
                                                "-A PREROUTING -j DNAT --to-destination 10.0.3.10",
                                                RuleEffect::redirects}},
                                              true});
}

TEST_CASE("Docker's policy drops containers of a bridge that nobody opened, in either flavour")
{
    for (const auto flavour : {FirewallFlavour::legacy, FirewallFlavour::iptables_nft}) {
        const auto docker =
            sample_of(flavour == FirewallFlavour::legacy ? "docker-legacy.iptables" : "docker-nft.iptables",
                      false, flavour);
        const Judgement by_policy = dropped_by({flavour, "ip", "filter", "FORWARD", "policy drop"});
        CHECK(judge(outward("br1"), docker) == by_policy);
        CHECK(judge(inward("br1"), docker) == by_policy);
        CHECK(judge(outward("br0"), docker) == it_passes);
        CHECK(judge(inward("br0"), docker) == it_passes);
        CHECK(judge(to_the_host("br1", udp, 53), docker) == it_passes);
        CHECK(judge(with_ipv6(outward("br1")), docker) == it_passes);
    }
}

TEST_CASE("Docker parts its own networks, and says by which rule")
{
    FirewallPacket packet = outward("docker0");
    packet.out = "shop0";
    CHECK(judge(packet, sample_of("docker-nft.iptables")) ==
          dropped_by({FirewallFlavour::iptables_nft, "ip", "filter", "DOCKER-ISOLATION-STAGE-2",
                      "-A DOCKER-ISOLATION-STAGE-2 -o shop0 -j DROP"}));
}

TEST_CASE("Docker drops bridged packets likewise where the bridge calls iptables")
{
    FirewallPacket packet = outward("br1");
    packet.out = "br1";
    packet.bridged = true;
    CHECK(judge(packet, sample_of("docker-nft.iptables")).fate == Fate::dropped);
    packet.bridge_calls_ip = false;
    CHECK(judge(packet, sample_of("docker-nft.iptables")) == it_passes);
}

TEST_CASE("ufw drops flows of TCP by its policy, but not pings, what it knows and what is routed by a rule")
{
    const auto ufw = sample_of("ufw.iptables");
    FirewallPacket ping = outward("br1");
    ping.protocol = icmp;
    ping.icmp_type = 8;
    CHECK(judge(outward("br1"), ufw) ==
          dropped_by({FirewallFlavour::iptables_nft, "ip", "filter", "FORWARD", "policy drop"}));
    CHECK(judge(ping, ufw) == it_passes);
    CHECK(judge(inward("br1"), ufw) == it_passes);
    CHECK(judge(outward("br0"), ufw) == it_passes);
}

TEST_CASE("ufw drops a container's DNS and DHCP, but not what is allowed to the host")
{
    const auto ufw = sample_of("ufw.iptables");
    FirewallPacket request = to_the_host("br0", udp, 67);
    request.source = ip_address("0.0.0.0");
    request.source_port = 68;
    request.destination = ip_address("255.255.255.255");
    CHECK(judge(to_the_host("br0", udp, 53), ufw) ==
          dropped_by({FirewallFlavour::iptables_nft, "ip", "filter", "INPUT", "policy drop"}));
    CHECK(judge(request, ufw) ==
          dropped_by({FirewallFlavour::iptables_nft, "ip", "filter", "ufw-skip-to-policy-input",
                      "-A ufw-skip-to-policy-input -j DROP"}));
    CHECK(judge(to_the_host("br0", tcp, 22), ufw) == it_passes);
}

TEST_CASE("ufw does the same in IPv6, where packets have no routing header")
{
    const auto ufw = sample_of("ufw.ip6tables", true);
    CHECK(judge(with_ipv6(outward("br1")), ufw) ==
          dropped_by({FirewallFlavour::iptables_nft, "ip6", "filter", "FORWARD", "policy drop"}));
    CHECK(judge(with_ipv6(outward("br0")), ufw) == it_passes);
    CHECK(judge(with_ipv6(to_the_host("br0", tcp, 22)), ufw) == it_passes);
}

TEST_CASE("rules as administrators write them are followed through the chains that they lead to")
{
    const auto firewall = sample_of("iptables.iptables", false, FirewallFlavour::legacy);
    CHECK(judge(outward_to("198.51.100.80", 443), firewall) == it_passes);
    CHECK(judge(outward_to("198.51.100.80", 8005), firewall) ==
          dropped_by(at("web", "-A web -p tcp -m tcp --dport 8000:8010 -j DROP")));
    CHECK(judge(outward_to("192.0.2.80", 8005), firewall) == it_passes);
    CHECK(judge(outward_to("198.51.100.80", 25), firewall) == dropped_by(at("mail", "-A mail -j DROP")));
    CHECK(judge(outward_to("198.51.100.25", 25), firewall) == it_passes);
    FirewallPacket published = outward_to("198.51.100.80", 25);
    published.redirected = true;
    CHECK(judge(published, firewall) == it_passes);
    CHECK(judge(to_the_host("br0", udp, 68), firewall) == it_passes);
    CHECK(judge(to_the_host("br0", tcp, 22), firewall) == dropped_by(at("INPUT", "policy drop")));
}

TEST_CASE("of rules that cannot be judged those are named that a packet's fate depends on")
{
    const auto firewall = sample_of("iptables.iptables", false, FirewallFlavour::legacy);
    const auto from = [&](const std::string& bridge, const std::string& source) {
        FirewallPacket packet = outward(bridge);
        packet.out = "eth1";
        packet.source = ip_address(source);
        return judge(packet, firewall);
    };
    CHECK(from("br2", "10.0.4.10") ==
          depends_on({at("FORWARD", "-A FORWARD -i br2 -m limit --limit 5/sec -j DROP")}));
    CHECK(from("br3", "10.0.4.10") == it_passes);
    CHECK(from("br4", "10.0.4.10") ==
          dropped_by(at("FORWARD", "-A FORWARD -i br4 -m iprange --src-range 10.0.4.10-10.0.4.20 -j REJECT "
                                   "--reject-with icmp-admin-prohibited")));
    CHECK(from("br4", "10.0.4.21") == it_passes);
    CHECK(from("br5", "10.0.4.10") ==
          depends_on({at("FORWARD", "-A FORWARD -i br5 -m string --string \"evil\" --algo bm -j DROP")}));
}
