// SPDX-License-Identifier: GPL-2.0-or-later
// Flows that somebody's rules keep from ours: those that they lead elsewhere, and those that are not tracked.
#include "core/diversion.h"

#include "core/check_repair.h"
#include "core/iptables_save.h"
#include "firewall_values.h"
#include "host/nft_rule.h"

using namespace uplink;

namespace
{

/// Table nat with these lines before the jump to ours.
HostFirewall legacy_nat(const std::string& before)
{
    return read_iptables_save("*nat\n:PREROUTING ACCEPT [0:0]\n:OTHER - [0:0]\n:LXC-UPLINK-PORTS - [0:0]\n" +
                                  before +
                                  "-A PREROUTING -m addrtype --dst-type LOCAL -j LXC-UPLINK-PORTS\n"
                                  "-A LXC-UPLINK-PORTS -p tcp -m tcp --dport 8080 -j DNAT --to-destination "
                                  "10.0.3.10:80\nCOMMIT\n",
                              false, FirewallFlavour::legacy);
}

/// The same with a chain of nft that translates, at a priority.
HostFirewall beside_nft(int priority, const std::string& statements)
{
    HostFirewall firewall = legacy_nat("");
    auto rules = nft_rules(nlohmann::json::parse(statements), "theirs", {});
    rules.front().handle = 4;
    firewall.chains.push_back({FirewallFlavour::nft, "ip", "other", "pre",
                               ChainBase{PacketHook::prerouting, priority, false}, rules, true});
    return firewall;
}

/// To port 8080 of the host.
FirewallPacket asking()
{
    FirewallPacket packet;
    packet.to_host = true;
    packet.in = "eth0";
    packet.destination = ip_address("192.0.2.10");
    packet.protocol = tcp;
    packet.source_port = 40000;
    packet.destination_port = 8080;
    return packet;
}

FirewallPlace in_nat(const std::string& chain, const std::string& rule)
{
    return {FirewallFlavour::legacy, "ip", "nat", chain, rule};
}

const FirewallPlace theirs = {FirewallFlavour::nft, "ip", "other", "pre", "theirs"};

HostFirewall raw_with(const std::string& rule)
{
    return read_iptables_save("*raw\n:PREROUTING ACCEPT [0:0]\n" + rule + "\nCOMMIT\n", false,
                              FirewallFlavour::legacy);
}

} // namespace

TEST_CASE("the first redirection or accept that a packet to a published port meets decides")
{
    const auto judged = [](const std::string& before) {
        return judge_redirection(asking(), legacy_nat(before));
    };
    CHECK(judged("") == it_passes);
    for (const std::string rule :
         {"-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.3.99",
          "-A PREROUTING -d 192.0.2.10/32 -p tcp -j REDIRECT --to-ports 9",
          "-A PREROUTING -i eth0 -j ACCEPT"})
        CHECK(judged(rule + "\n") == dropped_by(in_nat("PREROUTING", rule)));
    CHECK(judged("-A PREROUTING -p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.0.3.99\n") ==
          it_passes);
    CHECK(judged("-A PREROUTING -j OTHER\n-A OTHER -p tcp -j DNAT --to-destination 10.0.3.99\n") ==
          dropped_by(in_nat("OTHER", "-A OTHER -p tcp -j DNAT --to-destination 10.0.3.99")));
    const std::string now_and_then =
        "-A PREROUTING -m statistic --mode random --probability 0.5 -j REDIRECT --to-ports 9";
    CHECK(judged(now_and_then + "\n") == depends_on({in_nat("PREROUTING", now_and_then)}));
}

TEST_CASE("chains that translate come by their priority, and of two with one it cannot be told")
{
    const std::string redirect =
        R"([{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 8080}},
            {"redirect": {"port": 9}}])";
    CHECK(judge_redirection(asking(), beside_nft(-110, redirect)) == dropped_by(theirs));
    CHECK(judge_redirection(asking(), beside_nft(-100, redirect)).fate == Fate::cannot_tell);
    CHECK(judge_redirection(asking(), beside_nft(-90, redirect)) == it_passes);
    CHECK(judge_redirection(asking(), beside_nft(-110, R"([{"accept": null}])")) == it_passes);
    const std::string by_map =
        R"([{"dnat": {"addr": {"map": {"key": {"meta": {"key": "mark"}}, "data": "@m"}}}}])";
    CHECK(judge_redirection(asking(), beside_nft(-110, by_map)).fate == Fate::cannot_tell);
}

TEST_CASE("what is exempt from tracking is known by its rule, and what is dropped is another matter")
{
    const std::string rule = "-A PREROUTING -s 10.0.3.10/32 -j CT --notrack";
    const FirewallPlace place = {FirewallFlavour::legacy, "ip", "raw", "PREROUTING", rule};
    CHECK(judge_tracking(outward("br0"), raw_with(rule)) == dropped_by(place));
    CHECK(judge_tracking(outward("br0"), raw_with("-A PREROUTING -s 10.0.3.11/32 -j NOTRACK")) == it_passes);
    CHECK(judge_tracking(outward("br0"), raw_with("-A PREROUTING -j CT --helper ftp")) == it_passes);
    CHECK(judge_tracking(outward("br0"), raw_with("-A PREROUTING -j DROP")) == it_passes);
    const auto chain = [](int priority) {
        return HostFirewall{
            {{FirewallFlavour::nft, "ip", "other", "pre", ChainBase{PacketHook::prerouting, priority, false},
              nft_rules(nlohmann::json::parse(R"([{"notrack": null}])"), "theirs", {})}},
            false};
    };
    CHECK(judge_tracking(outward("br0"), chain(-300)) == dropped_by(theirs));
    CHECK(judge_tracking(outward("br0"), chain(-150)) == it_passes);
}

TEST_CASE("a rule is deleted by its owner's tool, whatever its comment says")
{
    CHECK(
        deletion_of(in_nat("PREROUTING", "-A PREROUTING -m comment --comment \"$(it's)\" -j REDIRECT"), {}) ==
        "iptables-legacy -t nat -D PREROUTING -m comment --comment '$(it'\\''s)' -j REDIRECT");
    CHECK(deletion_of(theirs, beside_nft(-110, R"([{"redirect": null}])")) ==
          "nft delete rule ip other pre handle 4");
}
