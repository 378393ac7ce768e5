// SPDX-License-Identifier: GPL-2.0-or-later
// When a bridge is made, kept or left to its owner: pre-start's plan for bridges that are missing, ours or
// foreign.
#include "core/plan.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

/// Follows from the bridge's name and a seed of 0; that it stays as it is, is the promise.
const std::string br0_mac = "02:ed:c8:d0:4b:dd";

ContainerSpec making(const std::vector<Ipv4Interface>& addresses, const std::vector<NicSpec>& nics)
{
    ContainerSpec spec = web1_with(nics);
    spec.bridge_ipv4 = addresses;
    return spec;
}

Step add_rules(const std::vector<MasqueradeRule>& rules)
{
    return {Action::add, RuleSet{guarded(rules)}};
}

const MasqueradeRule shared_rule = {network("10.0.3.0/24"), network("10.0.3.0/24"), "", shared_tag("br0")};
const Step make_br0 = {Action::add, Bridge{"br0", br0_mac, {ipv4("10.0.3.1/24")}, {}}};

Link ours(Link link)
{
    link.alias = bridge_alias;
    return link;
}

std::string mac_of(const std::string& bridge, std::uint64_t seed)
{
    HostState state = host_with({});
    state.mac_seed = seed;
    const Plan plan = plan_pre_start(making({ipv4("10.0.3.1/24")}, {nic_on(bridge)}), state, web1_tag);
    return std::get<Bridge>(plan.at(0).resource).mac;
}

Step keep(const std::string& bridge, const std::vector<Ipv4Interface>& addresses)
{
    return {Action::add, Bridge{bridge, mac_of(bridge, 0), addresses, {}, true}};
}

} // namespace

TEST_CASE("a missing bridge is made before its network is masqueraded")
{
    CHECK(plan_pre_start(making({ipv4("10.0.3.1/24")}, {nic_on("br0")}), host_with({}), web1_tag) ==
          Plan{make_br0, add_rules({shared_rule})});
}

TEST_CASE("a made bridge takes all addresses, and its networks of both families are masqueraded")
{
    ContainerSpec spec = making({ipv4("10.0.3.1/24"), ipv4("172.16.0.1/16")}, {nic_on("br0")});
    spec.bridge_ipv6 = {{"fd00::1", 64}};
    const MasqueradeRule second = {network("172.16.0.0/16"), network("172.16.0.0/16"), "", shared_tag("br0")};
    const IpNetwork ipv6 = ip_network("fd00::/64");
    HostState state = host_with({});
    state.ipv6_forwarding = true;
    CHECK(plan_pre_start(spec, state, web1_tag) ==
          Plan{{Action::add, Bridge{"br0", br0_mac, spec.bridge_ipv4, spec.bridge_ipv6}},
               add_rules({shared_rule, second, {ipv6, ipv6, "", shared_tag("br0")}})});
}

TEST_CASE("a missing bridge of two NICs is made once")
{
    CHECK(plan_pre_start(making({ipv4("10.0.3.1/24")}, {nic_on("br0"), with_index(1, nic_on("br0"))}),
                         host_with({}), web1_tag) == Plan{make_br0, add_rules({shared_rule})});
}

TEST_CASE("a made bridge and forwarding: the one comes first and the other last")
{
    HostState state;
    state.forwarding = false;
    CHECK(plan_pre_start(making({ipv4("10.0.3.1/24")}, {nic_on("br0")}), state, web1_tag) ==
          Plan{make_br0, add_rules({shared_rule}), {Action::add, Ipv4Forwarding{}}});
}

TEST_CASE("a bridge that this program made is kept, so that it goes with its last container")
{
    const HostState state = host_with({ours(bridge_named("br0", {ipv4("10.0.3.1/24")}))});
    CHECK(plan_pre_start(making({ipv4("10.0.3.1/24")}, {nic_on("br0")}), state, web1_tag) ==
          Plan{keep("br0", {ipv4("10.0.3.1/24")}), add_rules({shared_rule})});
    CHECK(plan_pre_start(web1_with({nic_on("br0")}), state, web1_tag) ==
          Plan{keep("br0", {}), add_rules({shared_rule})});
}

TEST_CASE("somebody else's bridge is used and never removed")
{
    const HostState state = host_with({bridge_named("br0", {ipv4("10.0.3.1/24")})});
    CHECK(plan_pre_start(making({ipv4("10.0.3.1/24")}, {nic_on("br0")}), state, web1_tag) ==
          Plan{add_rules({shared_rule})});
    Link other = bridge_named("br0", {ipv4("10.0.3.1/24")});
    other.alias = "lxc-uplink of the old days";
    CHECK(plan_pre_start(web1_with({nic_on("br0")}), host_with({other}), web1_tag) ==
          Plan{add_rules({shared_rule})});
}

TEST_CASE("a kept bridge gets the addresses that it lacks, and their networks are masqueraded too")
{
    const HostState state = host_with({ours(bridge_named("br0", {ipv4("10.0.3.1/24")}))});
    const MasqueradeRule second = {network("172.16.0.0/16"), network("172.16.0.0/16"), "", shared_tag("br0")};
    CHECK(plan_pre_start(making({ipv4("172.16.0.1/16")}, {nic_on("br0")}), state, web1_tag) ==
          Plan{keep("br0", {ipv4("172.16.0.1/16")}), add_rules({shared_rule, second})});
}

TEST_CASE("an address that is not meant for a NIC's bridge is not given to it")
{
    NicSpec nic = nic_on("br0");
    nic.addressed = false;
    const HostState state = host_with({ours(bridge_named("br0", {ipv4("10.0.3.1/24")}))});
    CHECK(plan_pre_start(making({ipv4("172.16.0.1/16")}, {nic}), state, web1_tag) ==
          Plan{keep("br0", {}), add_rules({shared_rule})});
}

TEST_CASE("a bridge that is there need not have an address that is only a default")
{
    ContainerSpec spec = making({ipv4("172.16.0.1/16")}, {nic_on("br0")});
    spec.bridge_address_is_default = true;
    CHECK(plan_pre_start(spec, host_with({bridge_named("br0", {ipv4("10.0.3.1/24")})}), web1_tag) ==
          Plan{add_rules({shared_rule})});
}

TEST_CASE("one bridge is made while another one is there")
{
    const HostState state = host_with({ours(bridge_named("br1", {ipv4("10.0.3.1/24")}))});
    const ContainerSpec spec = making({ipv4("10.0.3.1/24")}, {nic_on("br0"), with_index(1, nic_on("br1"))});
    const MasqueradeRule on_br1 = {network("10.0.3.0/24"), network("10.0.3.0/24"), "", shared_tag("br1")};
    CHECK(plan_pre_start(spec, state, web1_tag) ==
          Plan{make_br0, keep("br1", {ipv4("10.0.3.1/24")}), add_rules({shared_rule, on_br1})});
}

TEST_CASE("a bridge's MAC is its own: locally administered, unicast, the same each time, different elsewhere")
{
    CHECK(mac_of("br0", 1) == mac_of("br0", 1));
    CHECK(mac_of("br0", 1) != mac_of("br0", 2));
    CHECK(mac_of("br0", 1) != mac_of("br1", 1));
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const std::string mac = mac_of("br0", seed);
        CHECK(mac.size() == 17);
        CHECK(mac.substr(0, 3) == "02:");
        CHECK(mac.find_first_not_of("0123456789abcdef:") == std::string::npos);
    }
}
