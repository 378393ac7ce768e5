// SPDX-License-Identifier: GPL-2.0-or-later
// Which traffic is masqueraded: the rules of pre-start's plan, on bridges that exist.
#include "core/plan.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

const Link br0 = bridge_named("br0", {ipv4("10.0.3.1/24")});
const Link br1 = bridge_named("br1", {ipv4("10.0.4.1/24")});

MasqueradeRule own(const std::string& address, const std::string& inside, const std::string& out = "")
{
    return {network(address + "/32"), network(inside), out, web1_tag};
}

MasqueradeRule shared(const std::string& bridge, const std::string& inside, const std::string& out = "")
{
    return {network(inside), network(inside), out, shared_tag(bridge)};
}

Plan masquerading(const std::vector<MasqueradeRule>& rules)
{
    return {{Action::add, RuleSet{guarded(rules)}}};
}

Plan plan(const ContainerSpec& spec, const HostState& state)
{
    return plan_pre_start(spec, state, web1_tag);
}

} // namespace

TEST_CASE("a static address gets a rule of its own that leaves the bridge's network out")
{
    CHECK(plan(web1_with({nic_on("br0", {ipv4("10.0.3.10/24")})}), host_with({br0})) ==
          masquerading({own("10.0.3.10", "10.0.3.0/24")}));
}

TEST_CASE("the network is the bridge's, not the one that the container believes in")
{
    CHECK(plan(web1_with({nic_on("br0", {ipv4("10.0.3.10/16")})}), host_with({br0})) ==
          masquerading({own("10.0.3.10", "10.0.3.0/24")}));
}

TEST_CASE("an address outside the bridge's networks keeps the network that it says")
{
    CHECK(plan(web1_with({nic_on("br0", {ipv4("172.16.5.10/20")})}), host_with({br0})) ==
          masquerading({own("172.16.5.10", "172.16.0.0/20")}));
}

TEST_CASE("a NIC without an address gets the rule that its bridge shares")
{
    CHECK(plan(web1_with({nic_on("br0")}), host_with({br0})) == masquerading({shared("br0", "10.0.3.0/24")}));
}

TEST_CASE("two NICs without an address on one bridge share one rule")
{
    CHECK(plan(web1_with({nic_on("br0"), with_index(1, nic_on("br0"))}), host_with({br0})) ==
          masquerading({shared("br0", "10.0.3.0/24")}));
}

TEST_CASE("static and dynamic NICs mix, each in the network of its bridge")
{
    const ContainerSpec spec =
        web1_with({nic_on("br0", {ipv4("10.0.3.10/24"), ipv4("10.0.3.11/24")}), with_index(1, nic_on("br1")),
                   with_index(2, nic_on("br1", {ipv4("10.0.4.10/24")}))});
    RuleSet rules{guarded(
        {own("10.0.3.10", "10.0.3.0/24"), own("10.0.3.11", "10.0.3.0/24"), shared("br1", "10.0.4.0/24")})};
    for (const Rule& rule : guarded({own("10.0.4.10", "10.0.4.0/24")}, "br1"))
        rules.rules.push_back(rule);
    CHECK(plan(spec, host_with({br0, br1})) == Plan{{Action::add, rules}});
}

TEST_CASE("a bridge with several networks has all of them masqueraded, and a /32 is none")
{
    const Link bridge =
        bridge_named("br0", {ipv4("10.0.3.1/24"), ipv4("192.0.2.9/32"), ipv4("172.16.0.1/16")});
    CHECK(plan(web1_with({nic_on("br0")}), host_with({bridge})) ==
          masquerading({shared("br0", "10.0.3.0/24"), shared("br0", "172.16.0.0/16")}));
    CHECK(plan(web1_with({nic_on("br0", {ipv4("172.16.9.9/24")})}), host_with({bridge})) ==
          masquerading({own("172.16.9.9", "172.16.0.0/16")}));
}

TEST_CASE("two addresses of a bridge in one network are one rule")
{
    const Link bridge = bridge_named("br0", {ipv4("10.0.3.1/24"), ipv4("10.0.3.2/24")});
    CHECK(plan(web1_with({nic_on("br0")}), host_with({bridge})) ==
          masquerading({shared("br0", "10.0.3.0/24")}));
}

TEST_CASE("an uplink by name bounds every rule to it")
{
    Link eth0;
    eth0.name = "eth0";
    ContainerSpec spec = web1_with({nic_on("br0", {ipv4("10.0.3.10/24")}), with_index(1, nic_on("br1"))});
    spec.uplink = "eth0";
    CHECK(plan(spec, host_with({br0, br1, eth0})) ==
          masquerading({own("10.0.3.10", "10.0.3.0/24", "eth0"), shared("br1", "10.0.4.0/24", "eth0")}));
}

TEST_CASE("uplink auto is the default route's NIC")
{
    ContainerSpec spec = web1_with({nic_on("br0")});
    spec.uplink = "auto";
    HostState state = host_with({br0});
    state.default_route_link = "wlan0";
    CHECK(plan(spec, state) == masquerading({shared("br0", "10.0.3.0/24", "wlan0")}));
}

TEST_CASE("forwarding is turned on where it is off, as the last step since it is never undone")
{
    HostState state = host_with({br0});
    state.forwarding = false;
    const Plan with_forwarding = {{Action::add, RuleSet{guarded({shared("br0", "10.0.3.0/24")})}},
                                  {Action::add, Ipv4Forwarding{}}};
    const Plan planned = plan(web1_with({nic_on("br0")}), state);
    CHECK(planned == with_forwarding);
    CHECK(switches_turned_on(planned) == std::vector<std::string>{"net.ipv4.ip_forward"});
    CHECK(switches_turned_on(plan(web1_with({nic_on("br0")}), host_with({br0}))).empty());
}

TEST_CASE("mode none does nothing, not even turn on forwarding")
{
    ContainerSpec spec = web1_with({});
    spec.mode = Mode::none;
    HostState state;
    state.forwarding = false;
    CHECK(plan(spec, state).empty());
    spec.uplink = "auto";
    CHECK(plan(spec, state).empty());
    CHECK(plan_start_host(spec).empty());
}
