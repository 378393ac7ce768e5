// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/spec.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

ContainerNic veth(unsigned index, const std::string& link)
{
    ContainerNic nic;
    nic.index = index;
    nic.type = "veth";
    nic.link = link;
    return nic;
}

ContainerNic of_type(unsigned index, const std::string& type)
{
    ContainerNic nic = veth(index, "eth0");
    nic.type = type;
    return nic;
}

ContainerSpec spec_of(const Options& options, const std::vector<ContainerNic>& nics)
{
    ContainerConfig config;
    config.nics = nics;
    return make_spec(web1, options, config);
}

Options with_bridge(const std::string& bridge)
{
    Options options;
    options.bridge = bridge;
    return options;
}

} // namespace

TEST_CASE("a linked veth is served in nat mode unless somebody says otherwise")
{
    CHECK(spec_of({}, {veth(0, "br0")}) == web1_with({nic_on("br0")}));
}

TEST_CASE("what the configuration says of a NIC is taken over")
{
    ContainerNic nic = veth(3, "br0");
    nic.pair = "web1-0";
    nic.addresses = {ipv4("10.0.3.10/24"), ipv4("10.0.3.11/24")};
    nic.has_gateway = true;
    nic.gateway = parse_ipv4_address("10.0.3.1");
    nic.mtu = 1400;
    NicSpec expected = nic_on("br0", nic.addresses);
    expected.index = 3;
    expected.position = 0;
    expected.pair = "web1-0";
    expected.has_gateway = true;
    expected.gateway = nic.gateway;
    expected.mtu = 1400;
    CHECK(spec_of({}, {nic}) == web1_with({expected}));
}

TEST_CASE("what the options say is taken over")
{
    Options options;
    options.bridge_ipv4 = {ipv4("10.0.3.1/24")};
    options.bridge_ipv6 = {{"fd00::1", 64}};
    options.uplink = "auto";
    options.hairpin = true;
    options.isolate = true;
    ContainerSpec expected = web1_with({nic_on("br0")});
    expected.bridge_ipv4 = options.bridge_ipv4;
    expected.bridge_ipv6 = options.bridge_ipv6;
    expected.uplink = "auto";
    expected.hairpin = true;
    expected.isolate = true;
    CHECK(spec_of(options, {veth(0, "br0")}) == expected);
}

TEST_CASE("a bridge is made when there is an address for it")
{
    ContainerSpec spec;
    NicSpec nic = nic_on("br0");
    CHECK_FALSE(spec.makes_bridge_of(nic));
    spec.bridge_ipv6 = {{"fd00::1", 64}};
    CHECK(spec.makes_bridge_of(nic));
    spec.bridge_ipv6.clear();
    spec.bridge_ipv4 = {ipv4("10.0.3.1/24")};
    CHECK(spec.makes_bridge_of(nic));
    nic.addressed = false;
    CHECK_FALSE(spec.makes_bridge_of(nic));
}

TEST_CASE("every veth with a bridge is served")
{
    CHECK(spec_of({}, {veth(0, "br0"), veth(2, "br1")}) == web1_with({nic_on("br0"), [] {
                                                                          NicSpec nic =
                                                                              with_index(2, nic_on("br1"));
                                                                          nic.position = 1;
                                                                          return nic;
                                                                      }()}));
}

TEST_CASE("other kinds of NIC and veths without a bridge are left alone, but the veths are counted")
{
    NicSpec served = with_index(4, nic_on("br0"));
    served.position = 1;
    ContainerSpec expected = web1_with({served});
    expected.veth_count = 2;
    CHECK(spec_of({}, {of_type(0, "macvlan"), veth(1, ""), of_type(2, "empty"), of_type(3, "phys"),
                       veth(4, "br0")}) == expected);
}

TEST_CASE("a routed veth is left to LXC, but counted")
{
    ContainerNic routed = veth(0, "eth0");
    routed.routed = true;
    CHECK(spec_of({}, {routed, veth(1, "br0")}) == [] {
        ContainerSpec spec = web1_with({with_index(1, nic_on("br0"))});
        spec.veth_count = 2;
        return spec;
    }());
}

TEST_CASE("option bridge serves the veths that have no link")
{
    NicSpec unlinked = nic_on("br0");
    unlinked.linked = false;
    CHECK(spec_of(with_bridge("br0"), {veth(0, ""), veth(1, "br0")}) ==
          web1_with({unlinked, with_index(1, nic_on("br0"))}));
}

TEST_CASE("option nic serves one NIC and leaves the rest to others")
{
    Options options;
    options.nic = 1;
    ContainerSpec expected = web1_with({with_index(1, nic_on("br1"))});
    expected.veth_count = 3;
    CHECK(spec_of(options, {veth(0, "br0"), veth(1, "br1"), veth(2, "br2")}) == expected);
}

TEST_CASE("a NIC that option nic leaves out may disagree with option bridge")
{
    Options options = with_bridge("br1");
    options.nic = 1;
    NicSpec served = with_index(1, nic_on("br1"));
    served.linked = false;
    ContainerSpec expected = web1_with({served});
    expected.veth_count = 2;
    CHECK(spec_of(options, {veth(0, "br0"), veth(1, "")}) == expected);
}

TEST_CASE("mode none serves nothing and refuses nothing")
{
    Options options;
    options.mode = Mode::none;
    ContainerSpec expected = web1_with({});
    expected.mode = Mode::none;
    CHECK(spec_of(options, {}) == expected);
    CHECK(spec_of(options, {veth(0, "br0")}) == expected);
    options.nic = 9;
    CHECK(spec_of(options, {veth(0, "br0")}) == expected);
}

TEST_CASE("a bridge that the host's file names is for the NICs without a link and contradicts none")
{
    Options options = with_bridge("br1");
    options.host_wide = {"bridge"};
    NicSpec unlinked = with_index(1, nic_on("br1"));
    unlinked.linked = false;
    CHECK(spec_of(options, {veth(0, "br0"), veth(1, "")}) == web1_with({nic_on("br0"), unlinked}));
}

TEST_CASE(
    "an address that the host's file gives is for the bridge that it names, and for NICs without a link")
{
    Options options = with_bridge("br1");
    options.bridge_ipv4 = {ipv4("10.0.3.1/24")};
    options.host_wide = {"bridge", "bridge-address"};
    NicSpec elsewhere = nic_on("br0");
    elsewhere.addressed = false;
    NicSpec unlinked = with_index(2, nic_on("br1"));
    unlinked.linked = false;
    ContainerSpec expected = web1_with({elsewhere, with_index(1, nic_on("br1")), unlinked});
    expected.bridge_ipv4 = options.bridge_ipv4;
    expected.bridge_address_is_default = true;
    CHECK(spec_of(options, {veth(0, "br0"), veth(1, "br1"), veth(2, "")}) == expected);
}

TEST_CASE("a container in another one's network is served by that one's hooks")
{
    ContainerConfig config;
    config.nics = {veth(0, "br0")};
    config.shares_network_of = "web2";
    ContainerSpec expected = web1_with({});
    expected.mode = Mode::none;
    CHECK(make_spec(web1, {}, config) == expected);
}

TEST_CASE("mode direct serves macvlans, alone or beside veths, and the other modes leave them to LXC")
{
    ContainerNic macvlan = of_type(1, "macvlan");
    macvlan.macvlan_mode = "vepa";
    macvlan.addresses = {ipv4("192.0.2.31/24")};
    macvlan.has_gateway = true;
    Options options;
    options.mode = Mode::direct;
    ContainerSpec alone = web1_with({});
    alone.mode = Mode::direct;
    alone.uplink = "auto";
    alone.dhcp_guard = true;
    alone.macvlans = {{1, "eth0", "vepa", macvlan.addresses, true}};
    CHECK(spec_of(options, {macvlan}) == alone);
    CHECK_FALSE(alone.has_uplink());
    ContainerSpec beside = alone;
    beside.nics = {nic_on("br0")};
    beside.veth_count = 1;
    CHECK(spec_of(options, {veth(0, "br0"), macvlan}) == beside);
    CHECK(beside.has_uplink());
    ContainerSpec left_to_lxc = web1_with({nic_on("br0")});
    left_to_lxc.has_other_gateway = true;
    CHECK(spec_of({}, {veth(0, "br0"), macvlan}) == left_to_lxc);
    options.nic = 1;
    alone.veth_count = 1;
    CHECK(spec_of(options, {veth(0, "br0"), macvlan}) == alone);
    options.nic = 0;
    beside.macvlans.clear();
    beside.has_other_gateway = true;
    CHECK(spec_of(options, {veth(0, "br0"), macvlan}) == beside);
}

TEST_CASE("what the host's file says of bridges is no concern of a container with macvlans alone")
{
    ContainerNic macvlan = of_type(0, "macvlan");
    macvlan.macvlan_mode = "bridge";
    Options options = with_bridge("br0");
    options.mode = Mode::direct;
    options.bridge_type = BridgeType::openvswitch;
    options.bridge_ipv4 = {ipv4("10.0.3.1/24")};
    options.host_wide = {"bridge", "bridge-type", "bridge-address"};
    options.uplink = "eth0";
    CHECK(spec_of(options, {macvlan}).macvlans.size() == 1);
}

TEST_CASE("what the host's file says of one mode is no concern of the containers in the other")
{
    Options options;
    options.dhcp_guard = true;
    options.confirm_timeout = 20;
    options.bridge_type = BridgeType::openvswitch;
    options.inbound = Inbound::any;
    options.random_fully = true;
    options.host_wide = {"dhcp-guard", "confirm-timeout", "bridge-type", "inbound", "random-fully"};
    ContainerSpec nat = web1_with({nic_on("br0")});
    nat.inbound = Inbound::any;
    nat.random_fully = true;
    CHECK(spec_of(options, {veth(0, "br0")}) == nat);
    ContainerSpec direct = web1_with({nic_on("br0")});
    direct.mode = Mode::direct;
    direct.uplink = "auto";
    direct.dhcp_guard = true;
    direct.confirm_timeout = 20;
    direct.bridge_type = BridgeType::openvswitch;
    options.mode = Mode::direct;
    CHECK(spec_of(options, {veth(0, "br0")}) == direct);
}
