// SPDX-License-Identifier: GPL-2.0-or-later
// The plan of start-host, and how every plan is walked backwards.
#include "core/plan.h"

#include "core/shared.h"
#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

const Bridge br0 = {"br0", "02:00:00:00:00:01", {ipv4("10.0.3.1/24")}, {}};
const MasqueradeRule own_rule = {network("10.0.3.10/32"), network("10.0.3.0/24"), "", web1_tag};
const MasqueradeRule shared_rule = {network("10.0.3.0/24"), network("10.0.3.0/24"), "", shared_tag("br0")};
const BridgePort port = {0, 0, "vethQ3", 12, "br0", false, false, false, std::nullopt};
const Plan done = {{Action::add, br0},
                   {Action::add, RuleSet{{own_rule, shared_rule}}},
                   {Action::add, Ipv4Forwarding{}},
                   {Action::add, port}};

} // namespace

TEST_CASE("start-host has a port for each NIC, with what is known of it by then")
{
    NicSpec named = with_index(3, nic_on("br1"));
    named.position = 1;
    named.linked = false;
    named.pair = "web1-3";
    named.mtu = 1400;
    CHECK(plan_start_host(web1_with({nic_on("br0"), named})) ==
          Plan{{Action::add, BridgePort{0, 0, "", 0, "br0", true, false, false, std::nullopt}},
               {Action::add, BridgePort{3, 1, "web1-3", 0, "br1", false, false, false, 1400}}});
}

TEST_CASE("hairpin and isolate go to every port")
{
    ContainerSpec spec = web1_with({nic_on("br0"), with_index(1, nic_on("br1"))});
    spec.hairpin = true;
    spec.isolate = true;
    CHECK(plan_start_host(spec) ==
          Plan{{Action::add, BridgePort{0, 0, "", 0, "br0", true, true, true, std::nullopt}},
               {Action::add, BridgePort{1, 1, "", 0, "br1", true, true, true, std::nullopt}}});
}

TEST_CASE("the way back undoes the last step first and leaves forwarding on")
{
    CHECK(plan_post_stop(done, {}) == Plan{{Action::remove, port},
                                           {Action::remove, RuleSet{{own_rule, shared_rule}}},
                                           {Action::remove, br0}});
}

TEST_CASE("what others hold is spared on the way back, and the container's own is not")
{
    CHECK(plan_post_stop(done, {key_of(br0), *shared_key_of(shared_rule)}) ==
          Plan{{Action::remove, port}, {Action::remove, RuleSet{{own_rule}}}});
}

TEST_CASE("what others hold elsewhere spares nothing here")
{
    CHECK(
        plan_post_stop(done, {"bridge:br1", "masquerade:br1:10.0.3.0-24:", "masquerade:br0:10.0.3.0-24:eth0",
                              "address:br0:10.0.3.10"}) == plan_post_stop(done, {}));
}

TEST_CASE("a rule set of which others hold everything has no way back")
{
    const Step step = {Action::add, RuleSet{{shared_rule}}};
    CHECK(inverse(step, {*shared_key_of(shared_rule)}) == std::nullopt);
    CHECK(inverse(step, {}) == Step{Action::remove, RuleSet{{shared_rule}}});
}

TEST_CASE("every kind of step has the inverse that it should have")
{
    CHECK(inverse({Action::add, br0}, {}) == Step{Action::remove, br0});
    CHECK(inverse({Action::add, br0}, {key_of(br0)}) == std::nullopt);
    CHECK(inverse({Action::add, Ipv4Forwarding{}}, {}) == std::nullopt);
    CHECK(inverse({Action::add, port}, {}) == Step{Action::remove, port});
}

TEST_CASE("a port that LXC has made is LXC's to take away")
{
    BridgePort linked = port;
    linked.linked = true;
    CHECK(inverse({Action::add, linked}, {}) == std::nullopt);
}

TEST_CASE("a removal is not undone")
{
    for (const Step& step : done)
        CHECK(inverse({Action::remove, step.resource}, {}) == std::nullopt);
}

TEST_CASE("nothing done, nothing to undo")
{
    CHECK(plan_post_stop({}, {}).empty());
}

TEST_CASE("what is masqueraded needs forwarding of its family, and nothing else does")
{
    const MasqueradeRule ipv4 = {network("10.0.3.10/32"), network("10.0.3.0/24"), "", web1_tag};
    const MasqueradeRule ipv6 = {ip_network("fd00::10/128"), ip_network("fd00::/64"), "", web1_tag};
    const LoopbackGuard guard = {"br0", shared_tag("br0")};
    CHECK(switches_needed_by({{Action::add, RuleSet{{guard}, Engine::nftables}}}).empty());
    CHECK(switches_needed_by({{Action::add, RuleSet{{ipv4, guard}, Engine::nftables}}}) ==
          Plan{{Action::add, Ipv4Forwarding{}}});
    CHECK(switches_needed_by({{Action::add, RuleSet{{ipv6, ipv4}, Engine::iptables}}}) ==
          Plan{{Action::add, Ipv4Forwarding{}}, {Action::add, Ipv6Forwarding{}}});
}
