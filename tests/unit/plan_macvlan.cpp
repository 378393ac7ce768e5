// SPDX-License-Identifier: GPL-2.0-or-later
// Mode direct with macvlans: whole plans, and the whole message for everything that is refused or told.
#include "core/plan_macvlan.h"

#include "core/claims.h"

#include "core/plan_direct.h"
#include "core/shared.h"
#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

using Sentences = std::vector<std::string>;

MacvlanSpec macvlan_on(const std::string& link, const std::string& mode = "bridge")
{
    return {0, link, mode, {}, false};
}

ContainerSpec web1_with_macvlans(const std::vector<MacvlanSpec>& macvlans)
{
    ContainerSpec spec = web1_with({});
    spec.mode = Mode::direct;
    spec.uplink = "auto";
    spec.macvlans = macvlans;
    spec.dhcp_guard = true;
    return spec;
}

ParentState fine(const std::string& name)
{
    ParentState parent;
    parent.nic.ifindex = 2;
    parent.nic.name = name;
    parent.nic.mac = "02:00:00:00:00:02";
    parent.nic.up = true;
    parent.nic.carrier = true;
    parent.gateway = "192.0.2.1";
    return parent;
}

HostState host_with_nics(const std::vector<std::string>& names)
{
    HostState state;
    for (const std::string& name : names)
        state.parents[name] = fine(name);
    return state;
}

Step guard(const std::string& nic)
{
    return {Action::add, DhcpGuard{nic, "", BridgeType::linux_bridge, "02:00:00:00:00:02"}};
}

template<typename Change>
std::string refused(const Change& change)
{
    HostState state = host_with_nics({"eth0"});
    change(state.parents.at("eth0").nic);
    return refusal_of([&] { plan_pre_start(web1_with_macvlans({macvlan_on("eth0")}), state, web1_tag); });
}

std::string refused_master(const std::string& name, const std::string& kind)
{
    return refused([&](NicState& nic) { nic.master = UpperLink{name, kind}; });
}

/// web1 on br0, of which eth0 is to become a port.
ContainerSpec on_a_bridge()
{
    ContainerSpec spec = web1_with({nic_on("br0")});
    spec.mode = Mode::direct;
    return spec;
}

HostState host_with_uplink(const std::string& nic)
{
    HostState state;
    state.direct = DirectState();
    static_cast<NicState&>(state.direct->found.nic) = fine(nic).nic;
    state.direct->found.bridge.name = "br0";
    return state;
}

} // namespace

TEST_CASE("a macvlan needs a guard before it starts, and is checked when it is there")
{
    const ContainerSpec spec = web1_with_macvlans({macvlan_on("eth0", "vepa")});
    CHECK(plan_pre_start(spec, host_with_nics({"eth0"}), web1_tag) == Plan{guard("eth0")});
    CHECK(plan_start_host(spec) == Plan{{Action::add, Macvlan{0, "eth0", "vepa"}}});
}

TEST_CASE("there is one guard for each NIC, and none with dhcp-guard = no")
{
    ContainerSpec spec = web1_with_macvlans({macvlan_on("eth0"), macvlan_on("eth1"), macvlan_on("eth0")});
    CHECK(plan_macvlans(spec, host_with_nics({"eth0", "eth1"})) == Plan{guard("eth0"), guard("eth1")});
    spec.dhcp_guard = false;
    CHECK(plan_macvlans(spec, host_with_nics({"eth0", "eth1"})) == Plan{});
}

TEST_CASE("a guard goes with the last of those that hold it, and a check has no way back")
{
    const Plan done = {guard("eth0"), {Action::add, Macvlan{0, "eth0", "vepa"}}};
    CHECK(shared_keys(done) == Keys{"dhcp-guard:eth0::linux"});
    CHECK(plan_post_stop(done, {}) == Plan{{Action::remove, guard("eth0").resource}});
    CHECK(plan_post_stop(done, {"dhcp-guard:eth0::linux"}) == Plan{});
    CHECK(removal_of("dhcp-guard:eth0::linux") ==
          Step{Action::remove, DhcpGuard{"eth0", "", BridgeType::linux_bridge, ""}});
}

TEST_CASE("beside veths on a bridge a macvlan has a NIC of its own")
{
    ContainerSpec spec = web1_with({nic_on("br0")});
    spec.mode = Mode::direct;
    spec.macvlans = {{1, "eth1", "bridge", {}, false}};
    HostState state = host_with_uplink("eth0");
    state.parents["eth1"] = fine("eth1");
    const Plan plan = plan_direct(spec, state);
    REQUIRE(plan.size() == 2);
    CHECK(std::get<Bridge>(plan[0].resource).name == "br0");
    CHECK(std::get<UplinkMove>(plan[1].resource).nic == "eth0");
    CHECK(plan_start_host(spec).size() == 2);

    state = host_with_uplink("eth1");
    state.parents["eth1"] = fine("eth1");
    CHECK(refusal_of([&] { plan_direct(spec, state); }) ==
          "lxc.net.1.link is eth1, which is the uplink of bridge br0 for this container's other NICs: say "
          "lxc.net.1.type = veth and lxc.net.1.link = br0");
}

TEST_CASE("a NIC that no macvlan can be made on is refused")
{
    CHECK(refused([](NicState&) {}) == "(no error)");
    CHECK(refused([](NicState& nic) { nic.ifindex = 0; }) ==
          "lxc.net.0.link is eth0, which does not exist: \"ip link\" lists the NICs that do");
    CHECK(refused([](NicState& nic) { nic.link_type = loopback_type; }) ==
          "lxc.net.0.link is eth0, which is the loopback interface and leads nowhere: name the NIC that the "
          "LAN is connected to");
    CHECK(refused([](NicState& nic) { nic.kind = "bridge"; }) ==
          "lxc.net.0.link is eth0, which is a bridge: say lxc.net.0.type = veth to put the container there, "
          "or name a NIC");
    CHECK(refused([](NicState& nic) { nic.kind = "macvlan"; }) ==
          "lxc.net.0.link is eth0, which is a NIC of kind macvlan itself: name the one that it is made upon");
    CHECK(refused([](NicState& nic) { nic.link_type = 65534; }) ==
          "lxc.net.0.link is eth0, which carries no Ethernet frames: name an Ethernet NIC, or say "
          "lxc.net.0.type = veth and mode = nat");
}

TEST_CASE("a Wi-Fi NIC is refused and masquerading suggested")
{
    CHECK(refused([](NicState& nic) { nic.wifi = true; }) ==
          "lxc.net.0.link is eth0, which is a Wi-Fi NIC, whose access point takes frames from no address but "
          "its own: say lxc.net.0.type = veth and mode = nat");
}

TEST_CASE("a NIC that is down or has no carrier is refused")
{
    CHECK(refused([](NicState& nic) { nic.up = nic.carrier = false; }) ==
          "lxc.net.0.link is eth0, which is down: run \"ip link set eth0 up\"");
    CHECK(refused([](NicState& nic) { nic.carrier = false; }) ==
          "lxc.net.0.link is eth0, which has no carrier: plug its cable in, or turn on the switch port that "
          "it leads to");
}

TEST_CASE("a port is refused and a veth in its bridge suggested")
{
    const std::string said =
        "lxc.net.0.link is eth0, which is a port of bridge br1: say lxc.net.0.type = veth and "
        "lxc.net.0.link = br1";
    CHECK(refused_master("br1", "bridge") == said);
    CHECK(refused([](NicState& nic) { nic.ovs_bridge = "br1"; }) == said);
}

TEST_CASE("a member of a bond or team is refused with the bond's name, and one of a VRF is fine")
{
    CHECK(refused_master("bond0", "bond") ==
          "lxc.net.0.link is eth0, which is a member of bond bond0: say lxc.net.0.link = bond0");
    CHECK(refused_master("hsr0", "hsr") ==
          "lxc.net.0.link is eth0, which belongs to hsr0: run \"ip link set eth0 nomaster\", or name another "
          "NIC");
    CHECK(refused_master("blue", "vrf") == "(no error)");
}

TEST_CASE("bonds, VLANs and NICs that have macvlans or VLANs already are fine")
{
    for (const std::string kind : {"bond", "team", "vlan", "veth"})
        CHECK(refused([&](NicState& nic) { nic.kind = kind; }) == "(no error)");
    CHECK(refused([](NicState& nic) {
              nic.children = {{"mac0", "macvlan"}, {"eth0.5", "vlan"}};
          }) == "(no error)");
}

TEST_CASE("a macvlan and a move of its NIC exclude each other, with the living container's name")
{
    ContainerSpec spec = web1_with_macvlans({macvlan_on("eth0")});
    HostState state = host_with_nics({"eth0"});
    CHECK(claim_keys(spec) == Keys{"macvlan:eth0"});
    CHECK(rival_keys(spec, state) == Keys{"uplink:eth0"});
    CHECK(refusal_of([&] { check_rivals(spec, state, {}); }) == "(no error)");
    CHECK(refusal_of([&] {
              check_rivals(spec, state, {{"uplink:eth0", "db"}});
          }) == "lxc.net.0.link is eth0, which is in a bridge for the running container db: say "
                "lxc.net.0.type = veth and lxc.net.0.link = BRIDGE, or stop db");
    state.parents["eth0"].nic.master = UpperLink{"br1", "bridge"};
    CHECK(refusal_of([&] {
              check_rivals(spec, state, {{"uplink:eth0", "db"}});
          }) == "lxc.net.0.link is eth0, which is in a bridge for the running container db: say "
                "lxc.net.0.type = veth and lxc.net.0.link = br1, or stop db");

    CHECK(rival_keys(on_a_bridge(), host_with_uplink("eth0")) == Keys{"macvlan:eth0"});
    CHECK(refusal_of([&] {
              check_rivals(on_a_bridge(), host_with_uplink("eth0"), {{"macvlan:eth0", "db"}});
          }) == "uplink eth0 carries a macvlan of the running container db, which would be cut off: give "
                "this container a macvlan too, name another NIC, or stop db");
    CHECK(rival_keys(web1_with({nic_on("br0")}), host_with({})) == Keys{});
}

TEST_CASE("a static address of a macvlan is claimed on its NIC")
{
    ContainerSpec spec = web1_with_macvlans({macvlan_on("eth0")});
    spec.macvlans[0].addresses = {ipv4("192.0.2.31/24")};
    CHECK(claim_keys(spec) == Keys{"address:eth0:192.0.2.31", "macvlan:eth0"});
    CHECK(refusal_of([&] {
              check_claims(spec, {{"address:eth0:192.0.2.31", "db"}});
          }) == "address 192.0.2.31 on NIC eth0 belongs to the running container db: give one of the two "
                "another address");
}

TEST_CASE(
    "that host and container cannot reach each other is told once for each NIC, and of vepa what it takes")
{
    const auto host_on = [](const std::string& nic) {
        return "host and container cannot reach each other by a macvlan on " + nic +
               ", save through a switch that reflects: use a veth NIC on a bridge where they must";
    };
    CHECK(notices(web1_with_macvlans({macvlan_on("eth0"), macvlan_on("eth0")}), host_with_nics({"eth0"})) ==
          Sentences{host_on("eth0")});
    CHECK(notices(web1_with_macvlans({macvlan_on("eth0"), macvlan_on("eth1", "vepa")}),
                  host_with_nics({"eth0", "eth1"})) ==
          Sentences{host_on("eth0"), host_on("eth1"),
                    "containers with macvlans in mode vepa on eth1 reach each other only through a switch "
                    "that reflects: \"lxc-uplink check --vepa eth1\" says whether it does"});
}

TEST_CASE("a macvlan's static address without a gateway is told with the LAN's")
{
    ContainerSpec spec = web1_with_macvlans({macvlan_on("eth0")});
    spec.macvlans[0].addresses = {ipv4("192.0.2.31/24")};
    CHECK(notices(spec, host_with_nics({"eth0"})).front() ==
          "lxc.net.0 has a static address but no way out of its network: add the line "
          "\"lxc.net.0.ipv4.gateway = 192.0.2.1\" to the container's config");
    spec.macvlans[0].has_gateway = true;
    CHECK(notices(spec, host_with_nics({"eth0"})).size() == 1);
}
