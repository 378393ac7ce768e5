// SPDX-License-Identifier: GPL-2.0-or-later
// What a host is like, as far as a plan depends on it.
#include "host/host.h"

#include "host/process.h"
#include "printers.h"
#include "values.h"
#include "world.h"

#include <algorithm>

using namespace uplink;

namespace
{

HostState state_for(const ContainerSpec& spec)
{
    return Host(viewpoint()).state_for(spec);
}

} // namespace

TEST_CASE_FIXTURE(World, "the links that a spec names are looked up, with their addresses, and no others")
{
    shell("ip link add br0 mtu 1400 type bridge; ip link set br0 alias lxc-uplink up; ip link add br1 type "
          "bridge;"
          "ip address add 10.0.3.1/24 dev br0; ip link add eth0 type veth peer name cable; ip address add "
          "192.0.2.10/24 dev eth0");
    ContainerSpec spec = web1_with({nic_on("br0"), with_index(1, nic_on("br9"))});
    spec.uplink = "eth0";
    const HostState state = state_for(spec);
    REQUIRE(state.links.size() == 2);
    const Link& bridge = state.links.at("br0");
    CHECK(bridge.ifindex == ifindex_of("br0"));
    CHECK(bridge.kind == "bridge");
    CHECK(bridge.alias == "lxc-uplink");
    CHECK(bridge.mtu == 1400);
    CHECK(bridge.up);
    CHECK(bridge.addresses == std::vector{ipv4("10.0.3.1/24")});
    CHECK(state.links.at("eth0").addresses == std::vector{ipv4("192.0.2.10/24")});
    CHECK(state.default_route_link == std::nullopt);
}

TEST_CASE_FIXTURE(World,
                  "where a bridge is to be made, all addresses of the host are read but the loopback's")
{
    shell("ip link set lo up; ip link add br0 type bridge; ip address add 10.0.3.1/24 dev br0;"
          "ip link add eth0 type veth peer name cable; ip address add 192.0.2.10/24 dev eth0");
    ContainerSpec spec = web1_with({nic_on("br0")});
    spec.bridge_ipv4 = {ipv4("10.0.9.1/24")};
    CHECK(state_for(spec).other_addresses.empty());
    spec.nics = {nic_on("br9")};
    auto addresses = state_for(spec).other_addresses;
    std::sort(addresses.begin(), addresses.end());
    CHECK(addresses == decltype(addresses){{"br0", ipv4("10.0.3.1/24")}, {"eth0", ipv4("192.0.2.10/24")}});
    spec.nics.front().addressed = false;
    CHECK(state_for(spec).other_addresses.empty());
}

TEST_CASE_FIXTURE(World, "uplink auto asks for the default route")
{
    ContainerSpec spec = web1_with({});
    spec.uplink = "auto";
    CHECK(state_for(spec).default_route_link == std::nullopt);
    shell("ip link add wlan0 type veth peer name cable; ip address add 192.0.2.10/24 dev wlan0; ip link set "
          "wlan0 up;"
          "ip route add default via 192.0.2.1");
    CHECK(state_for(spec).default_route_link == "wlan0");
    CHECK(state_for(spec).links.empty());
}

TEST_CASE_FIXTURE(World, "forwarding is read as it is")
{
    shell("sysctl -qw net.ipv4.ip_forward=0");
    CHECK_FALSE(state_for(web1_with({})).forwarding);
    shell("sysctl -qw net.ipv4.ip_forward=1");
    CHECK(state_for(web1_with({})).forwarding);
}

TEST_CASE_FIXTURE(World, "the seed of MACs stays the same until the host boots anew")
{
    const auto seed_after = [](const std::string& boot_id) {
        Viewpoint here = viewpoint();
        here.boot_id = boot_id;
        return Host(here).state_for(web1_with({})).mac_seed;
    };
    CHECK(seed_after("boot-1") == seed_after("boot-1"));
    CHECK(seed_after("boot-1") != seed_after("boot-2"));
}
