// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink.h"

#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

struct WorldWithNics : World {
    WorldWithNics()
    {
        shell("for i in 0 1 2; do ip link add eth$i type veth peer name cable$i; ip address add "
              "192.0.$i.10/24 dev eth$i;"
              "ip link set eth$i up; done");
    }

    std::optional<unsigned> default_route() { return netlink.default_route(); }
    Netlink netlink;
};

} // namespace

TEST_CASE_FIXTURE(WorldWithNics, "without a default route there is none")
{
    CHECK(default_route() == std::nullopt);
}

TEST_CASE_FIXTURE(WorldWithNics, "the default route's NIC is found")
{
    shell("ip route add default via 192.0.1.1");
    CHECK(default_route() == ifindex_of("eth1"));
}

TEST_CASE_FIXTURE(WorldWithNics, "of several default routes the lowest metric counts, none being the lowest")
{
    shell("ip route add default via 192.0.2.1 metric 200");
    CHECK(default_route() == ifindex_of("eth2"));
    shell("ip route add default via 192.0.1.1 metric 100");
    CHECK(default_route() == ifindex_of("eth1"));
    shell("ip route add default dev eth0");
    CHECK(default_route() == ifindex_of("eth0"));
}

TEST_CASE_FIXTURE(WorldWithNics, "routes that are no way out for IPv4 traffic of the main table do not count")
{
    shell("ip route add default via 192.0.1.1 table 100; ip route add unreachable default metric 5;"
          "ip route add 0.0.0.0/1 via 192.0.2.1; ip -6 route add default dev eth2");
    CHECK(default_route() == std::nullopt);
    shell("ip route add default via 192.0.0.1 metric 10");
    CHECK(default_route() == ifindex_of("eth0"));
}

TEST_CASE_FIXTURE(WorldWithNics, "of a default route with several hops the first that is alive counts")
{
    shell("ip link set cable1 up; ip link set cable2 up;"
          "ip route add default metric 5 nexthop via 192.0.2.1 dev eth2 nexthop via 192.0.1.1 dev eth1;"
          "ip route add default via 192.0.0.1 metric 10");
    CHECK(default_route() == ifindex_of("eth2"));
    shell("ip link set eth2 down");
    CHECK(default_route() == ifindex_of("eth1"));
    shell("ip link set eth1 down");
    CHECK(default_route() == ifindex_of("eth0"));
}

TEST_CASE_FIXTURE(WorldWithNics, "a default route by nexthop object, or by a group of them, counts too")
{
    shell("ip link set cable1 up; ip link set cable2 up;"
          "ip nexthop add id 1 via 192.0.1.1 dev eth1; ip nexthop add id 2 via 192.0.2.1 dev eth2;"
          "ip nexthop add id 9 group 2/1; ip route add default nhid 1 metric 10");
    CHECK(default_route() == ifindex_of("eth1"));
    shell("ip route add default nhid 9 metric 5");
    CHECK(default_route() == ifindex_of("eth2"));
}
