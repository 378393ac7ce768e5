// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/judge.h"

#include "firewall_values.h"

using namespace uplink;

namespace
{

const PacketCondition from_br0 = {{{InterfaceIs{false, "br0", false}}}, false};
const PacketCondition from_br1 = {{{InterfaceIs{false, "br1", false}}}, false};
const PacketCondition now_and_then = {{{NotToBeTold{"a rate"}}}, false};

FirewallRule rule(const std::vector<PacketCondition>& conditions, RuleVerdict verdict,
                  const std::string& text, const std::string& target = "")
{
    return {conditions, verdict, target, text};
}

FirewallChain chain(const std::string& name, const std::vector<FirewallRule>& rules)
{
    return {FirewallFlavour::nft, "inet", "t", name, std::nullopt, rules};
}

FirewallChain base(const std::string& name, const ChainBase& at, const std::vector<FirewallRule>& rules)
{
    return {FirewallFlavour::nft, "inet", "t", name, at, rules};
}

FirewallPlace in(const std::string& name, const std::string& text)
{
    return {FirewallFlavour::nft, "inet", "t", name, text};
}

constexpr ChainBase forward = {PacketHook::forward, 0, false};
constexpr ChainBase shut_forward = {PacketHook::forward, 0, true};

} // namespace

TEST_CASE("where there are no firewalls a packet passes")
{
    CHECK(judge(outward("br0"), {}) == it_passes);
}

TEST_CASE("an accept ends its own base chain alone, and a drop in another is final")
{
    const auto first =
        base("first", {PacketHook::forward, -10, false}, {rule({}, RuleVerdict::accept, "accept")});
    const auto second = base("second", {PacketHook::forward, 10, true}, {});
    CHECK(judge(outward("br0"), {{first, second}}) == dropped_by(in("second", "policy drop")));
    CHECK(judge(outward("br0"), {{first}}) == it_passes);
}

TEST_CASE("of two that drop the one with the lower priority is named, and of hooks the earlier")
{
    const auto late = base("late", {PacketHook::forward, 10, true}, {});
    const auto early = base("early", {PacketHook::forward, -10, true}, {});
    const auto first = base("first", {PacketHook::prerouting, 100, true}, {});
    CHECK(judge(outward("br0"), {{late, early}}) == dropped_by(in("early", "policy drop")));
    CHECK(judge(outward("br0"), {{late, early, first}}) == dropped_by(in("first", "policy drop")));
}

TEST_CASE("a packet comes to the hooks on its way alone, and to the chains of its family")
{
    const auto input = base("input", {PacketHook::input, 0, true}, {});
    const auto last = base("last", {PacketHook::postrouting, 0, true}, {});
    auto other = base("other", shut_forward, {});
    other.family = "ip6";
    CHECK(judge(outward("br0"), {{input, other}}) == it_passes);
    CHECK(judge(outward("br0"), {{last}}) == dropped_by(in("last", "policy drop")));
    CHECK(judge(to_the_host("br0", udp, 53), {{last, other}}) == it_passes);
    CHECK(judge(to_the_host("br0", udp, 53), {{input}}) == dropped_by(in("input", "policy drop")));
    CHECK(judge(with_ipv6(outward("br0")), {{other}}).fate == Fate::dropped);
}

TEST_CASE("a jump comes back to the rule behind it, a goto to the rule behind the jump before it")
{
    const auto leaf =
        chain("leaf", {rule({from_br1}, RuleVerdict::drop, "br1 drop"),
                       rule({}, RuleVerdict::leave, "return"), rule({}, RuleVerdict::drop, "never")});
    const auto branch = chain("branch", {rule({}, RuleVerdict::go_to, "goto leaf", "leaf"),
                                         rule({}, RuleVerdict::drop, "skipped")});
    const auto trunk = base("trunk", forward,
                            {rule({}, RuleVerdict::jump, "jump branch", "branch"),
                             rule({from_br0}, RuleVerdict::drop, "br0 drop")});
    const HostFirewall firewall = {{trunk, branch, leaf}};
    CHECK(judge(outward("br0"), firewall) == dropped_by(in("trunk", "br0 drop")));
    CHECK(judge(outward("br1"), firewall) == dropped_by(in("leaf", "br1 drop")));
    CHECK(judge(outward("br2"), firewall) == it_passes);
}

TEST_CASE("a chain of the same name in another table is another one")
{
    auto theirs = chain("leaf", {rule({}, RuleVerdict::drop, "drop")});
    theirs.table = "other";
    const auto trunk = base("trunk", forward, {rule({}, RuleVerdict::jump, "jump leaf", "leaf")});
    CHECK(judge(outward("br0"), {{trunk, theirs, chain("leaf", {})}}) == it_passes);
}

TEST_CASE("a rule that cannot be judged does not matter where both ways end alike")
{
    const auto rules = [](RuleVerdict first, RuleVerdict second) {
        return std::vector<FirewallRule>{rule({now_and_then}, first, "first"), rule({}, second, "second")};
    };
    CHECK(judge(outward("br0"),
                {{base("c", shut_forward, rules(RuleVerdict::accept, RuleVerdict::accept))}}) == it_passes);
    CHECK(judge(outward("br0"), {{base("c", forward, rules(RuleVerdict::drop, RuleVerdict::drop))}}) ==
          dropped_by(in("c", "second")));
    CHECK(judge(outward("br0"), {{base("c", forward, rules(RuleVerdict::none, RuleVerdict::accept))}}) ==
          it_passes);
    const auto leaf = chain("leaf", {rule({now_and_then}, RuleVerdict::leave, "return")});
    const auto trunk = base("trunk", shut_forward, {rule({now_and_then}, RuleVerdict::jump, "jump", "leaf")});
    CHECK(judge(outward("br0"), {{trunk, leaf}}) == dropped_by(in("trunk", "policy drop")));
}

TEST_CASE("where the fate depends on rules that cannot be judged they are named, each once and no other")
{
    const auto leaf = chain("leaf", {rule({now_and_then}, RuleVerdict::drop, "some drop")});
    const auto trunk =
        base("trunk", forward,
             {rule({now_and_then}, RuleVerdict::accept, "some accept"),
              rule({}, RuleVerdict::jump, "jump", "leaf"), rule({}, RuleVerdict::jump, "jump", "leaf"),
              rule({now_and_then}, RuleVerdict::none, "log"), rule({}, RuleVerdict::accept, "accept"),
              rule({now_and_then}, RuleVerdict::drop, "never reached")});
    CHECK(judge(outward("br0"), {{trunk, leaf}}) ==
          depends_on({in("trunk", "some accept"), in("leaf", "some drop")}, {in("leaf", "some drop")}));
}

TEST_CASE("what a later chain drops for certain is dropped, whatever cannot be told before")
{
    const auto doubt =
        base("doubt", {PacketHook::prerouting, 0, false}, {rule({now_and_then}, RuleVerdict::drop, "some")});
    CHECK(judge(outward("br0"), {{doubt, base("c", shut_forward, {})}}) ==
          dropped_by(in("c", "policy drop")));
    CHECK(judge(outward("br0"), {{doubt}}) == depends_on({in("doubt", "some")}));
}

TEST_CASE(
    "a verdict that is not understood leaves all open, and so does a chain that is not there or has no end")
{
    const auto queue = base("c", shut_forward, {rule({from_br0}, RuleVerdict::unknown, "queue")});
    CHECK(judge(outward("br0"), {{queue}}) == depends_on({in("c", "queue")}, {in("c", "policy drop")}));
    CHECK(judge(outward("br1"), {{queue}}) == dropped_by(in("c", "policy drop")));
    const auto astray = base("c", forward, {rule({}, RuleVerdict::jump, "jump nowhere", "nowhere")});
    CHECK(judge(outward("br0"), {{astray}}) == depends_on({in("c", "jump nowhere")}));
    const auto endless = base("c", forward, {rule({}, RuleVerdict::jump, "jump c", "c")});
    CHECK(judge(outward("br0"), {{endless}}) == depends_on({in("c", "jump c")}));
}

TEST_CASE("chains of a bridge see what it bridges by its ports, those of IP only when it calls them")
{
    auto guard =
        base("guard", forward,
             {rule({{{{{InterfaceIs{false, "veth", true}}}, false}}}, RuleVerdict::drop, "veth* drop")});
    guard.family = "bridge";
    auto place = in("guard", "veth* drop");
    place.family = "bridge";
    FirewallPacket packet = outward("br0");
    CHECK(judge(packet, {{guard}}) == it_passes);
    packet.bridged = true;
    packet.out = "br0";
    packet.in_port = "vethQ3";
    CHECK(judge(packet, {{guard}}) == dropped_by(place));
    packet.in_port.reset();
    CHECK(judge(packet, {{guard}}) == depends_on({place}));
    packet.bridged = false;
    packet.in_port = "vethQ3";
    CHECK(judge(packet, {{guard}}) == it_passes);
    guard.base->hook = PacketHook::input;
    CHECK(judge(packet, {{guard}}) == dropped_by(place));
    guard.base->hook = PacketHook::forward;
    packet.bridged = true;
    const auto shut = base("c", shut_forward, {});
    CHECK(judge(packet, {{shut}}) == dropped_by(in("c", "policy drop")));
    packet.bridge_calls_ip = false;
    CHECK(judge(packet, {{shut}}) == it_passes);
}

TEST_CASE("before DNAT nobody knows where a published port will lead, and before tracking no state")
{
    const PacketCondition to_web = {{{address_in(true, network("10.0.3.10/32"))}}, false};
    const PacketCondition fresh = {{{StateIs{ConnectionState::fresh}}}, false};
    const auto at = [](int priority, const PacketCondition& condition) {
        return HostFirewall{{base("c", {PacketHook::prerouting, priority, false},
                                  {rule({condition}, RuleVerdict::drop, "drop")})}};
    };
    FirewallPacket packet = inward("br0");
    packet.state = ConnectionState::fresh;
    packet.redirected = true;
    CHECK(judge(packet, at(-150, to_web)) == depends_on({in("c", "drop")}));
    CHECK(judge(packet, at(0, to_web)) == dropped_by(in("c", "drop")));
    packet.redirected = false;
    CHECK(judge(packet, at(-150, to_web)) == dropped_by(in("c", "drop")));
    CHECK(judge(packet, at(-300, fresh)) == depends_on({in("c", "drop")}));
    CHECK(judge(packet, at(-150, fresh)) == dropped_by(in("c", "drop")));
}

TEST_CASE("a packet has no mark unless some rule sets marks")
{
    const PacketCondition marked = {{{MarkIs{0xff, 0x10}}}, false};
    HostFirewall firewall = {{base("c", forward, {rule({marked}, RuleVerdict::drop, "drop")})}};
    CHECK(judge(outward("br0"), firewall) == it_passes);
    firewall.sets_marks = true;
    CHECK(judge(outward("br0"), firewall) == depends_on({in("c", "drop")}));
    FirewallPacket packet = outward("br0");
    packet.mark = 0x310;
    CHECK(judge(packet, firewall) == dropped_by(in("c", "drop")));
}

TEST_CASE("what is not known of a packet cannot be told, unless all such packets answer alike")
{
    const auto fate = [](const FirewallPacket& packet, const PacketTest& test) {
        return judge(packet, {{base("c", forward, {rule({{{{test}}, false}}, RuleVerdict::drop, "drop")})}})
            .fate;
    };
    FirewallPacket packet = outward("br0");
    packet.destination.reset();
    packet.protocol.reset();
    packet.destination_port.reset();
    packet.out.reset();
    CHECK(fate(packet, address_in(true, network("192.0.2.0/24"))) == Fate::cannot_tell);
    CHECK(fate(packet, address_in(true, network("0.0.0.0/0"))) == Fate::dropped);
    CHECK(fate(packet, address_in(true, ip_network("2001:db8::/32"))) == Fate::passes);
    CHECK(fate(packet, ProtocolIs{tcp}) == Fate::cannot_tell);
    CHECK(fate(packet, PortIn{true, {443, 443}}) == Fate::cannot_tell);
    CHECK(fate(packet, TcpFlagsAre{0x17, 0x02}) == Fate::cannot_tell);
    CHECK(fate(packet, InterfaceIs{true, "eth0", false}) == Fate::cannot_tell);
    CHECK(fate(packet, InterfaceIs{true, "", true}) == Fate::dropped);
    packet.protocol = icmp;
    CHECK(fate(packet, PortIn{true, {443, 443}}) == Fate::passes);
    CHECK(fate(packet, IcmpTypeIs{8}) == Fate::cannot_tell);
    packet.icmp_type = 8;
    CHECK(fate(packet, IcmpTypeIs{8}) == Fate::dropped);
}

TEST_CASE("the kind of an address is told by the address and the hook")
{
    const auto fate = [](const FirewallPacket& packet, const AddressKindIs& test) {
        const auto hook = packet.to_host ? PacketHook::input : PacketHook::forward;
        return judge(packet,
                     {{base("c", {hook, 0, false}, {rule({{{{test}}, false}}, RuleVerdict::drop, "drop")})}})
            .fate;
    };
    const auto to = [](const std::string& address) {
        FirewallPacket packet = to_the_host("br0", udp, 67);
        packet.destination = ip_address(address);
        return packet;
    };
    CHECK(fate(outward("br0"), {true, AddressKind::unicast}) == Fate::dropped);
    CHECK(fate(outward("br0"), {true, AddressKind::local, true}) == Fate::passes);
    CHECK(fate(to("10.0.3.1"), {true, AddressKind::local}) == Fate::dropped);
    CHECK(fate(to("10.0.3.1"), {true, AddressKind::local, true}) == Fate::cannot_tell);
    CHECK(fate(to("255.255.255.255"), {true, AddressKind::broadcast}) == Fate::dropped);
    CHECK(fate(to("224.0.0.251"), {true, AddressKind::multicast}) == Fate::dropped);
    CHECK(fate(to("ff02::fb"), {true, AddressKind::local}) == Fate::passes);
    CHECK(fate(to("10.0.3.1"), {false, AddressKind::unicast}) == Fate::dropped);
    FirewallPacket request = to("255.255.255.255");
    request.source = ip_address("0.0.0.0");
    CHECK(fate(request, {false, AddressKind::unicast}) == Fate::passes);
}

TEST_CASE("a place is told with its tool, table and chain")
{
    CHECK(to_string(FirewallPlace{FirewallFlavour::legacy, "ip", "filter", "FORWARD", "policy drop"}) ==
          "iptables-legacy, table ip filter, chain FORWARD: policy drop");
}
