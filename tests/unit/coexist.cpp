// SPDX-License-Identifier: GPL-2.0-or-later
// Which firewalls of others are opened for a container, where in them, and in which words.
#include "core/coexist.h"

#include "core/describe.h"
#include "core/iptables_words.h"
#include "core/shared.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

using Lines = std::vector<std::string>;

constexpr Gate docker = {Gatekeeper::docker, Engine::iptables_nft, false};
constexpr Gate docker_ipv6 = {Gatekeeper::docker, Engine::iptables_nft, true};
constexpr Gate ufw = {Gatekeeper::ufw, Engine::iptables, false};
constexpr Gate firewalld = {Gatekeeper::firewalld, Engine::firewalld, false};
const IpNetwork any_address = ip_network("0.0.0.0/0");

HostState host_with_gates(const std::vector<Gate>& gates)
{
    Link br0 = bridge_named("br0", {ipv4("10.0.3.1/24")});
    HostState state = host_with({br0});
    state.gates = gates;
    return state;
}

HostState direct_host_with_gates(const std::vector<Gate>& gates)
{
    HostState state = host_with_gates(gates);
    state.direct.emplace();
    state.filters_bridged = {false};
    state.uplink_zone = "home";
    return state;
}

ContainerSpec spec_at(const std::string& address)
{
    return web1_with({nic_on("br0", {ipv4(address)})});
}

ContainerSpec direct(ContainerSpec spec)
{
    spec.mode = Mode::direct;
    return spec;
}

ForwardOpening own_opening(Gatekeeper gatekeeper)
{
    return {gatekeeper, ip_network("10.0.3.10/32"), "br0", false, false, "", web1_tag};
}

Plan opening_plan(Engine engine, const std::vector<Rule>& rules)
{
    return {{Action::add, RuleSet{rules, engine}}};
}

Lines lines_of(const Rule& rule)
{
    Lines lines;
    for (const IptablesRule& each : iptables_form(rule).rules)
        lines.push_back("-A " + each.chain + " " + iptables_save_words(each));
    return lines;
}

const std::string tagged = "-m comment --comment \"" + web1_tag + "\" -j ACCEPT";

} // namespace

TEST_CASE("a static address is opened by itself, at each gate that its packets come to")
{
    const HostState state = host_with_gates({docker, docker_ipv6, ufw});
    CHECK(plan_openings(spec_at("10.0.3.10/24"), state, web1_tag) ==
          Plan{{Action::add, RuleSet{{own_opening(Gatekeeper::docker)}, Engine::iptables_nft}},
               {Action::add, RuleSet{{own_opening(Gatekeeper::ufw)}, Engine::iptables}}});
    CHECK(plan_openings(spec_at("10.0.3.10/24"), host_with_gates({}), web1_tag).empty());
}

TEST_CASE("inbound = any lets new connections through too")
{
    ContainerSpec spec = spec_at("10.0.3.10/24");
    spec.inbound = Inbound::any;
    ForwardOpening opening = own_opening(Gatekeeper::docker);
    opening.open = true;
    CHECK(plan_openings(spec, host_with_gates({docker}), web1_tag) ==
          opening_plan(Engine::iptables_nft, {opening}));
}

TEST_CASE("without a static address the bridge's network is opened, for all who share it")
{
    ForwardOpening opening = own_opening(Gatekeeper::docker);
    opening.container = ip_network("10.0.3.0/24");
    opening.tag = shared_tag("br0");
    CHECK(plan_openings(web1_with({nic_on("br0")}), host_with_gates({docker}), web1_tag) ==
          opening_plan(Engine::iptables_nft, {opening}));
    CHECK(shared_key_of(opening) == "opening:br0:docker:10.0.3.0-24:forwarded::");
}

TEST_CASE("ufw, which filters what comes to the host, is opened to the servers that hear the bridge")
{
    HostState state = host_with_gates({docker, ufw});
    const ServiceOpening dhcp = {Gatekeeper::ufw, "br0", false, Protocol::udp, 67, shared_tag("br0")};
    ServiceOpening elsewhere = dhcp;
    elsewhere.bridge = "br1";
    state.services = {dhcp, elsewhere};
    CHECK(plan_openings(spec_at("10.0.3.10/24"), state, web1_tag) ==
          Plan{{Action::add, RuleSet{{own_opening(Gatekeeper::docker)}, Engine::iptables_nft}},
               {Action::add, RuleSet{{own_opening(Gatekeeper::ufw), dhcp}, Engine::iptables}}});
}

TEST_CASE("in mode direct a gate is opened where bridged frames come to it")
{
    const HostState state = direct_host_with_gates({docker, docker_ipv6});
    ForwardOpening opening = own_opening(Gatekeeper::docker);
    opening.bridged = true;
    CHECK(plan_openings(direct(spec_at("10.0.3.10/24")), state, web1_tag) ==
          opening_plan(Engine::iptables_nft, {opening}));
    opening.container = any_address;
    opening.tag = shared_tag("br0");
    CHECK(plan_openings(direct(web1_with({nic_on("br0")})), state, web1_tag) ==
          opening_plan(Engine::iptables_nft, {opening}));
    HostState unfiltered = state;
    unfiltered.filters_bridged.clear();
    CHECK(plan_openings(direct(spec_at("10.0.3.10/24")), unfiltered, web1_tag).empty());
    HostState openvswitch = state;
    openvswitch.direct->found.bridge.openvswitch = true;
    CHECK(plan_openings(direct(spec_at("10.0.3.10/24")), openvswitch, web1_tag).empty());
}

TEST_CASE("firewalld has an address in its trusted zone, and a bridge where the address is not known")
{
    ForwardOpening opening = own_opening(Gatekeeper::firewalld);
    opening.zone = "trusted";
    opening.tag = shared_tag("br0"); // a member of a zone has no comment, so that it is held by a key
    const Plan plan = opening_plan(Engine::firewalld, {opening});
    CHECK(plan_openings(spec_at("10.0.3.10/24"), host_with_gates({firewalld}), web1_tag) == plan);
    CHECK(shell_commands(plan.front()) == Lines{"firewall-cmd --zone=trusted --add-source=10.0.3.10"});
    opening.container = ip_network("10.0.3.0/24");
    CHECK(firewalld_commands(Action::remove, {opening}) ==
          Lines{"firewall-cmd --zone=trusted --remove-interface=br0"});
}

TEST_CASE("in mode direct the bridge takes the zone of the uplink")
{
    const ForwardOpening opening = {Gatekeeper::firewalld, any_address, "br0", true, false, "home",
                                    shared_tag("br0")};
    HostState state = direct_host_with_gates({firewalld});
    state.filters_bridged.clear();
    CHECK(plan_openings(direct(spec_at("10.0.3.10/24")), state, web1_tag) ==
          opening_plan(Engine::firewalld, {opening}));
    CHECK(firewalld_commands(Action::add, {opening}) ==
          Lines{"firewall-cmd --zone=home --add-interface=br0"});
}

TEST_CASE("a bridge that somebody has put into a zone stays as he decided, and a note says what that means")
{
    const ContainerSpec spec = spec_at("10.0.3.10/24");
    HostState state = host_with_gates({firewalld});
    state.zones["br0"] = "internal";
    CHECK(plan_openings(spec, state, web1_tag).empty());
    CHECK(notices_of_gates(spec, state) ==
          Lines{"bridge br0 is in firewalld's zone internal, which decides what gets through: for all of it "
                "run \"firewall-cmd --zone=trusted --change-interface=br0\""});
    state.zones["br0"] = "trusted";
    CHECK(plan_openings(spec, state, web1_tag).empty());
    CHECK(notices_of_gates(spec, state).empty());
}

TEST_CASE("a bridge that another container has put into a zone is held by the next one too")
{
    HostState state = host_with_gates({firewalld});
    state.zones["br0"] = "trusted";
    state.shared_keys = {"opening:br0:firewalld:10.0.3.0-24:forwarded::trusted"};
    CHECK(plan_openings(web1_with({nic_on("br0")}), state, web1_tag).size() == 1);
}

TEST_CASE("a bridge that somebody has put into a zone beside a container's own address stays as he decided")
{
    HostState state = host_with_gates({firewalld});
    state.zones = {{"br0", "internal"}, {"10.0.3.11", "trusted"}};
    state.shared_keys = {"opening:br0:firewalld:10.0.3.11-32:forwarded::trusted"};
    CHECK(plan_openings(spec_at("10.0.3.10/24"), state, web1_tag).empty());
}

TEST_CASE("an address that somebody has put into a zone stays there, and a note says what that means")
{
    const ContainerSpec spec = spec_at("10.0.3.10/24");
    HostState state = host_with_gates({firewalld});
    state.zones["10.0.3.10"] = "trusted";
    CHECK(plan_openings(spec, state, web1_tag).empty());
    CHECK(notices_of_gates(spec, state).empty());
    state.zones["10.0.3.10"] = "dmz";
    CHECK(plan_openings(spec, state, web1_tag).empty());
    CHECK(
        notices_of_gates(spec, state) ==
        Lines{"address 10.0.3.10 is in firewalld's zone dmz, which decides what gets through: for all of it "
              "run \"firewall-cmd --zone=trusted --change-source=10.0.3.10\""});
    state.shared_keys = {"opening:br0:firewalld:10.0.3.10-32:forwarded::trusted"};
    CHECK(plan_openings(spec, state, web1_tag).size() == 1);
}

TEST_CASE("an opening goes out freely, and lets in what is expected")
{
    CHECK(lines_of(own_opening(Gatekeeper::docker)) ==
          Lines{"-A DOCKER-USER -s 10.0.3.10/32 -i br0 " + tagged,
                "-A DOCKER-USER -d 10.0.3.10/32 -o br0 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT " +
                    tagged});
    ForwardOpening open = own_opening(Gatekeeper::ufw);
    open.open = true;
    CHECK(lines_of(open).back() == "-A ufw-user-forward -d 10.0.3.10/32 -o br0 " + tagged);
}

TEST_CASE("an opening for bridged frames names the bridge they come in by, both ways")
{
    ForwardOpening opening = own_opening(Gatekeeper::docker);
    opening.bridged = true;
    CHECK(lines_of(opening) ==
          Lines{"-A DOCKER-USER -s 10.0.3.10/32 -i br0 -m physdev --physdev-is-bridged " + tagged,
                "-A DOCKER-USER -d 10.0.3.10/32 -i br0 -m physdev --physdev-is-bridged " + tagged});
    opening.container = any_address;
    CHECK(lines_of(opening) == Lines{"-A DOCKER-USER -i br0 -m physdev --physdev-is-bridged " + tagged});
}

TEST_CASE("of IPv6 ufw has chains of its own")
{
    ForwardOpening opening = own_opening(Gatekeeper::ufw);
    opening.container = ip_network("fd00::10/128");
    CHECK(lines_of(opening).front() == "-A ufw6-user-forward -s fd00::10/128 -i br0 " + tagged);
    CHECK(lines_of(ServiceOpening{Gatekeeper::ufw, "br0", true, Protocol::udp, 547, web1_tag}) ==
          Lines{"-A ufw6-user-input -i br0 -p udp -m udp --dport 547 " + tagged});
}

TEST_CASE("by hand an opening is inserted behind what is there, but before the RETURN that ends the chain")
{
    ForwardOpening opening = own_opening(Gatekeeper::docker);
    opening.bridged = true;
    opening.container = any_address;
    const std::string words = "-i br0 -m physdev --physdev-is-bridged " + tagged;
    const std::string program = "iptables-nft -t filter ";
    CHECK(shell_commands({Action::add, RuleSet{{opening}, Engine::iptables_nft}}) ==
          Lines{program + "-C DOCKER-USER " + words + " 2>/dev/null || " + program + "-I DOCKER-USER \"$(" +
                program + "-S DOCKER-USER | grep -cvx -- '-A DOCKER-USER -j RETURN')\" " + words});
    CHECK(shell_commands({Action::remove, RuleSet{{opening}, Engine::iptables_nft}}) ==
          Lines{program + "-D DOCKER-USER " + words});
}

TEST_CASE("comments are quoted and read as iptables-save does")
{
    IptablesRule rule;
    rule.chain = "DOCKER-USER";
    rule.in = "br'0";
    rule.comment = "it's a \"quoted\" back\\slash";
    rule.target = "ACCEPT";
    const std::string words =
        "-i br'0 -m comment --comment \"it\\'s a \\\"quoted\\\" back\\\\slash\" -j ACCEPT";
    CHECK(iptables_save_words(rule) == words);
    CHECK(comment_in(words) == rule.comment);
    CHECK(comment_in("-m comment --comment plain -j ACCEPT") == "plain");
    CHECK(comment_in("-j ACCEPT").empty());
}

TEST_CASE("what opens a gate is told in words")
{
    CHECK(describe({Action::add, RuleSet{{own_opening(Gatekeeper::docker)}, Engine::iptables_nft}}) ==
          "open Docker's firewall for 10.0.3.10 on bridge br0");
    const ServiceOpening dns = {Gatekeeper::ufw, "br0", false, Protocol::udp, 53, shared_tag("br0")};
    ForwardOpening all = own_opening(Gatekeeper::ufw);
    all.container = any_address;
    CHECK(describe({Action::remove, RuleSet{{all, dns}, Engine::iptables}}) ==
          "close ufw for all on bridge br0; close ufw for bridge br0 to port 53/udp of the host");
}

TEST_CASE("openings are removed by their keys alone, and hold no engine")
{
    const std::vector<Rule> openings = {
        ForwardOpening{Gatekeeper::firewalld, ip_network("fd00::/64"), "br0", true, true, "home",
                       shared_tag("br0")},
        ServiceOpening{Gatekeeper::ufw, "br0", true, Protocol::tcp, 53, shared_tag("br0")}};
    for (const Rule& opening : openings)
        CHECK(removal_of(shared_key_of(opening).value()) ==
              Step{Action::remove, RuleSet{{opening}, std::nullopt}});
    CHECK(shared_keys(opening_plan(Engine::iptables, openings)) ==
          Keys{shared_key_of(openings.front()).value(), shared_key_of(openings.back()).value()});
    CHECK(name_of_key(shared_key_of(openings.front()).value()) == "the opening of firewalld for bridge br0");
}

TEST_CASE("an opening has its gate as long as its firewall is there, and other rules need none")
{
    const ForwardOpening opening = own_opening(Gatekeeper::docker);
    CHECK(has_its_gate(opening, Engine::iptables_nft, {docker}));
    CHECK_FALSE(has_its_gate(opening, Engine::iptables, {docker}));
    CHECK_FALSE(has_its_gate(opening, Engine::iptables_nft, {docker_ipv6, ufw}));
    CHECK(has_its_gate(ServiceOpening{Gatekeeper::ufw, "br0", false, Protocol::udp, 67, ""}, Engine::iptables,
                       {ufw}));
    CHECK(has_its_gate(LoopbackGuard{"br0", ""}, Engine::iptables, {}));
}
