// SPDX-License-Identifier: GPL-2.0-or-later
// What a host has of IPv6 as far as a plan depends on it.
#include "host/host.h"
#include "host/process.h"
#include "host/switches.h"

#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

using Names = std::vector<std::string>;

/// Two NICs that heed routers' advertisements, as long as the host does not forward.
struct WorldWithNics : World {
    WorldWithNics()
    {
        shell(
            "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding; for nic in eth0 eth0.7; do "
            "ip link add $nic type veth peer name far-$nic; echo 1 >/proc/sys/net/ipv6/conf/$nic/accept_ra; "
            "ip link set far-$nic up; ip link set $nic up; done");
    }
    Netlink netlink;
};

} // namespace

TEST_CASE_FIXTURE(World, "the global and unique local IPv6 addresses of one link are read")
{
    shell("ip link add br0 type bridge; ip link add br1 type bridge; ip address add 10.0.3.1/24 dev br0;"
          "for a in fd00::1/64 2001:db8::1/56 fe80::1/64; do ip address add $a dev br0 nodad; done;"
          "ip address add fd01::1/64 dev br1 nodad");
    Netlink netlink;
    auto read = netlink.ipv6_addresses(ifindex_of("br0"));
    std::sort(read.begin(), read.end());
    CHECK(read == std::vector<Ipv6Interface>{{"2001:db8::1", 56}, {"fd00::1", 64}});
    CHECK(netlink.ipv6_addresses(ifindex_of("lo")).empty());
}

TEST_CASE_FIXTURE(World, "the address of a bridge without ports counts though it is tentative")
{
    shell("ip link add br0 type bridge; ip link set br0 up; ip address add fd00::1/64 dev br0");
    CHECK(shell("ip -6 address show dev br0").find("tentative") != std::string::npos);
    CHECK(Netlink().ipv6_addresses(ifindex_of("br0")) == std::vector<Ipv6Interface>{{"fd00::1", 64}});
}

TEST_CASE_FIXTURE(World, "of a point-to-point IPv6 address the own end is read")
{
    shell("ip link add br0 type bridge; ip address add fd00::1 peer fd00::2/128 dev br0 nodad");
    CHECK(Netlink().ipv6_addresses(ifindex_of("br0")) == std::vector<Ipv6Interface>{{"fd00::1", 128}});
}

TEST_CASE_FIXTURE(WorldWithNics, "interfaces with advertised routes are named, with dots and all")
{
    CHECK(interfaces_that_heed_advertisements(netlink).empty());
    shell("ip -6 route add 2001:db8:1::/64 dev eth0.7 proto ra; ip -6 route add 2001:db8:2::/64 dev eth0 "
          "proto static");
    CHECK(interfaces_that_heed_advertisements(netlink) == Names{"eth0.7"});
    shell("echo 2 >/proc/sys/net/ipv6/conf/eth0.7/accept_ra");
    CHECK(interfaces_that_heed_advertisements(netlink).empty());
}

TEST_CASE_FIXTURE(WorldWithNics, "interfaces with advertised addresses are named, unless they heed none")
{
    shell("ip address add 2001:db8::7/64 dev eth0 valid_lft 600 preferred_lft 600 nodad; ip address add "
          "fd00::7/64 dev eth0.7 nodad");
    CHECK(interfaces_that_heed_advertisements(netlink) == Names{"eth0"});
    shell("echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_ra");
    CHECK(interfaces_that_heed_advertisements(netlink).empty());
}

TEST_CASE_FIXTURE(WorldWithNics, "both NICs of a route with two hops are named")
{
    shell("ip -6 route add 2001:db8:1::/64 proto ra nexthop via fe80::1 dev eth0 nexthop via fe80::2 dev "
          "eth0.7");
    CHECK(interfaces_that_heed_advertisements(netlink) == Names{"eth0", "eth0.7"});
}

TEST_CASE_FIXTURE(
    WorldWithNics,
    "the state of the host tells IPv6 forwarding, and as long as it is off whom it would deafen")
{
    shell("ip -6 route add 2001:db8:1::/64 dev eth0.7 proto ra");
    Host host(viewpoint());
    HostState state = host.state_for(web1_with({}));
    CHECK_FALSE(state.ipv6_forwarding);
    CHECK(state.advertised == Names{"eth0.7"});
    shell("echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
    state = host.state_for(web1_with({}));
    CHECK(state.ipv6_forwarding);
    CHECK(state.advertised.empty());
}

TEST_CASE_FIXTURE(World,
                  "the state of the host tells a bridge's IPv6 addresses and whether it routes localnet")
{
    shell(
        "ip link add br0 type bridge; ip address add fd00::1/64 dev br0 nodad; ip link add br.1 type bridge;"
        "echo 1 >/proc/sys/net/ipv4/conf/br.1/route_localnet");
    Host host(viewpoint());
    const auto spec = web1_with({nic_on("br0"), with_index(1, nic_on("br.1"))});
    HostState state = host.state_for(spec);
    CHECK(state.links.at("br0").ipv6_addresses == std::vector<Ipv6Interface>{{"fd00::1", 64}});
    CHECK_FALSE(state.links.at("br0").route_localnet);
    CHECK(state.links.at("br.1").route_localnet);
    shell("echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet");
    CHECK(host.state_for(spec).links.at("br0").route_localnet);
}

TEST_CASE_FIXTURE(WorldWithNics, "forwarding comes on after the NICs that heed advertisements go on doing so")
{
    Host(viewpoint()).apply({Action::add, Ipv6Forwarding{{"eth0.7"}}});
    CHECK(shell("cd /proc/sys/net/ipv6/conf; cat all/forwarding eth0.7/accept_ra eth0/accept_ra") ==
          "1\n2\n1\n");
}
