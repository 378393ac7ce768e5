// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink.h"

#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

struct WorldWithBridge : World {
    WorldWithBridge()
    {
        shell("ip link add br0 type bridge; ip link add br1 type bridge; ip link set br0 up");
        br0 = ifindex_of("br0");
    }

    static nlohmann::json addresses() { return ip_link("br0").at("addr_info"); }

    unsigned br0 = 0;
    Netlink netlink;
};

} // namespace

TEST_CASE_FIXTURE(WorldWithBridge, "an IPv4 address comes with the broadcast address of its network")
{
    netlink.add_address(br0, ipv4("10.0.3.1/26"));
    const auto list = addresses();
    REQUIRE(list.size() == 1);
    CHECK(list[0].at("local") == "10.0.3.1");
    CHECK(list[0].at("prefixlen") == 26);
    CHECK(list[0].at("broadcast") == "10.0.3.63");
    CHECK(list[0].at("scope") == "global");
    CHECK(shell("ip route show dev br0 | sed 's/ src .*//'") == "10.0.3.0/26 proto kernel scope link\n");
}

TEST_CASE_FIXTURE(WorldWithBridge, "a network without room for a broadcast address has none")
{
    netlink.add_address(br0, ipv4("10.0.3.0/31"));
    netlink.add_address(br0, ipv4("10.0.4.1/32"));
    const auto list = addresses();
    REQUIRE(list.size() == 2);
    CHECK_FALSE(list[0].contains("broadcast"));
    CHECK_FALSE(list[1].contains("broadcast"));
}

TEST_CASE_FIXTURE(WorldWithBridge, "an IPv6 address serves at once, without duplicate address detection")
{
    shell("sysctl -qw net.ipv6.conf.br0.accept_dad=1 net.ipv6.conf.br0.dad_transmits=10");
    netlink.add_address(br0, Ipv6Interface{"fd00::1", 64});
    const auto list = addresses();
    REQUIRE(list.size() == 1);
    CHECK(list[0].at("local") == "fd00::1");
    CHECK(list[0].at("prefixlen") == 64);
    CHECK(list[0].at("nodad") == true);
    CHECK_FALSE(list[0].contains("tentative"));
}

TEST_CASE_FIXTURE(WorldWithBridge, "an address that is there already is no error and stays one")
{
    for (int i = 0; i < 2; ++i) {
        netlink.add_address(br0, ipv4("10.0.3.1/24"));
        netlink.add_address(br0, Ipv6Interface{"fd00::1", 64});
        CHECK(addresses().size() == 2);
    }
}

TEST_CASE_FIXTURE(WorldWithBridge,
                  "the IPv4 addresses of one link are read, secondary ones included, IPv6 ones not")
{
    shell("ip address add 10.0.3.1/24 dev br0; ip address add 10.0.3.2/24 dev br0; ip address add "
          "10.9.0.1/16 dev br0;"
          "ip address add fd00::1/64 dev br0; ip address add 10.0.4.1/24 dev br1");
    std::vector<Ipv4Interface> expected = {ipv4("10.0.3.1/24"), ipv4("10.0.3.2/24"), ipv4("10.9.0.1/16")};
    auto read = netlink.ipv4_addresses(br0);
    std::sort(read.begin(), read.end());
    CHECK(read == expected);
    CHECK(netlink.ipv4_addresses(ifindex_of("br1")) == std::vector{ipv4("10.0.4.1/24")});
    CHECK(netlink.ipv4_addresses(ifindex_of("lo")).empty());
}

TEST_CASE_FIXTURE(WorldWithBridge, "of a point-to-point address the own end is read")
{
    shell("ip address add 10.0.3.1 peer 10.0.3.2/32 dev br0");
    CHECK(netlink.ipv4_addresses(br0) == std::vector{ipv4("10.0.3.1/32")});
}

TEST_CASE_FIXTURE(WorldWithBridge, "two hundred addresses are read whole")
{
    shell("for i in $(seq 200); do echo address add 10.0.$i.1/24 dev br0; done | ip -batch -");
    CHECK(netlink.ipv4_addresses(br0).size() == 200);
}

TEST_CASE_FIXTURE(WorldWithBridge, "an address for a link that is not there is refused in the kernel's words")
{
    CHECK(refusal_of([&] { netlink.add_address(4711, ipv4("10.0.3.1/24")); }).rfind("No such device", 0) ==
          0);
    CHECK(refusal_of([&] {
              netlink.add_address(br0, Ipv6Interface{"fd00::g", 64});
          }) == "bad IPv6 address fd00::g");
}
