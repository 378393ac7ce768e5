// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink.h"

#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

std::vector<std::string> names_of(const std::vector<Link>& links)
{
    std::vector<std::string> names;
    for (const Link& link : links)
        names.push_back(link.name);
    return names;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE_FIXTURE(World,
                  "a bridge is made with its MAC, without spanning tree, forwarding at once, and not yet up")
{
    Netlink().make_bridge("br0", "02:00:00:00:00:01");
    const auto link = ip_link("br0");
    CHECK(link.at("address") == "02:00:00:00:00:01");
    CHECK(link.at("linkinfo").at("info_kind") == "bridge");
    CHECK(link.at("linkinfo").at("info_data").at("stp_state") == 0);
    CHECK(link.at("linkinfo").at("info_data").at("forward_delay") == 0);
    CHECK(shell("cat /sys/class/net/br0/flags") == "0x1002\n"); // IFF_BROADCAST | IFF_MULTICAST
}

TEST_CASE_FIXTURE(World, "a made bridge keeps its MAC whatever ports it gets")
{
    Netlink().make_bridge("br0", "02:00:00:00:00:01");
    shell("ip link add v0 address 00:00:00:00:00:01 type veth peer name v1; ip link set v0 master br0");
    CHECK(ip_link("br0").at("address") == "02:00:00:00:00:01");
}

TEST_CASE_FIXTURE(World, "a link is read with all that a plan depends on")
{
    shell("ip link add br0 address 02:00:00:00:00:01 type bridge; ip link set br0 mtu 1400 alias 'of the "
          "web' up;"
          "ip link add v0 type veth peer name v1; ip link set v0 master br0");
    Netlink netlink;
    const auto bridge = netlink.link("br0");
    REQUIRE(bridge);
    CHECK(bridge->ifindex == ifindex_of("br0"));
    CHECK(bridge->name == "br0");
    CHECK(bridge->kind == "bridge");
    CHECK(bridge->alias == "of the web");
    CHECK(bridge->mac == "02:00:00:00:00:01");
    CHECK(bridge->mtu == 1400);
    CHECK(bridge->up);
    CHECK(bridge->master == 0);
    CHECK(bridge->peer == 0);
    const auto veth = netlink.link(ifindex_of("v0"));
    REQUIRE(veth);
    CHECK(veth->name == "v0");
    CHECK(veth->kind == "veth");
    CHECK(veth->alias.empty());
    CHECK_FALSE(veth->up);
    CHECK(veth->master == ifindex_of("br0"));
    CHECK(veth->peer == ifindex_of("v1"));
    CHECK(veth->peer_namespace == -1);
    CHECK(netlink.link("lo")->kind.empty());
}

TEST_CASE_FIXTURE(World, "a link that is not there is nothing, by name and by ifindex")
{
    Netlink netlink;
    CHECK_FALSE(netlink.link("br0").has_value());
    CHECK_FALSE(netlink.link(4711).has_value());
    CHECK(netlink.link("lo").has_value());
}

TEST_CASE_FIXTURE(World, "links are found by kind and by bridge")
{
    shell("ip link add br0 type bridge; ip link add br1 type bridge;"
          "ip link add v0 type veth peer name v1; ip link set v0 master br0");
    Netlink netlink;
    CHECK(names_of(netlink.links()).size() == ip("link show").size());
    CHECK(names_of(netlink.links("bridge")) == Names{"br0", "br1"});
    CHECK(names_of(netlink.links("", ifindex_of("br0"))) == Names{"v0"});
    CHECK(names_of(netlink.links("veth", ifindex_of("br0"))) == Names{"v0"});
    CHECK(netlink.links("", ifindex_of("br1")).empty());
    CHECK(netlink.links("vxlan").empty());
}

TEST_CASE_FIXTURE(World, "three hundred links are read whole")
{
    shell("for i in $(seq 150); do echo link add a$i type veth peer name b$i; done | ip -batch -");
    CHECK(Netlink().links("veth").size() == 300);
}

TEST_CASE_FIXTURE(World, "alias, MTU and up are set")
{
    shell("ip link add d0 type veth peer name d1");
    Netlink netlink;
    netlink.set_alias(ifindex_of("d0"), "lxc-uplink");
    netlink.set_mtu(ifindex_of("d0"), 1280);
    netlink.set_up(ifindex_of("d0"));
    netlink.set_up(ifindex_of("d0"));
    CHECK(ip_link("d0").at("ifalias") == "lxc-uplink");
    CHECK(ip_link("d0").at("mtu") == 1280);
    CHECK(shell("ip -oneline link show dev d0 up").find("d0") != std::string::npos);
}

TEST_CASE_FIXTURE(World, "a link is deleted, and only that")
{
    shell("ip link add br0 type bridge; ip link add br1 type bridge");
    Netlink netlink;
    netlink.delete_link(ifindex_of("br0"));
    CHECK(shell("ls /sys/class/net").find("br0") == std::string::npos);
    CHECK(shell("ls /sys/class/net").find("br1") != std::string::npos);
}

TEST_CASE_FIXTURE(World, "the kernel's refusals are told in its own words")
{
    shell("ip link add br0 type bridge; ip link add d0 type veth peer name d1; ip link add v0 type veth peer "
          "name v1");
    const unsigned br0 = ifindex_of("br0");
    const unsigned v0 = ifindex_of("v0");
    Netlink netlink;
    CHECK(refusal_of([&] { netlink.make_bridge("br0", "02:00:00:00:00:01"); }) == "File exists");
    CHECK(refusal_of([&] { netlink.make_bridge("br1", "no MAC"); }) == "bad MAC address no MAC");
    CHECK(refusal_of([&] { netlink.make_bridge("br1", "01:00:00:00:00:01"); }) ==
          "Cannot assign requested address");
    CHECK(refusal_of([&] { netlink.delete_link(4711); }) == "No such device");
    CHECK(refusal_of([&] { netlink.set_up(4711); }) == "No such device");
    CHECK(refusal_of([&] { netlink.set_mtu(v0, 1); }) == "Invalid argument (mtu less than device minimum)");
    CHECK(refusal_of([&] { netlink.set_bridge(ifindex_of("lo"), br0); }) == "Invalid argument");
    CHECK(refusal_of([&] { netlink.set_bridge(v0, ifindex_of("d0")); }) == "Operation not supported");
    CHECK(refusal_of([&] { netlink.set_port_flags(v0, true, false); }) == "Operation not supported");
    CHECK(netlink.link("br0").has_value());
}

TEST_CASE_FIXTURE(World, "links are read while others come and go, as when many containers start at once")
{
    shell("ip link add br0 type bridge;"
          "for i in $(seq 100); do echo link add a$i type veth peer name b$i; echo link set a$i master br0; "
          "done | ip -batch -");
    Background others("echo ready; for i in $(seq 60); do echo link add x type veth peer name y; echo link "
                      "del x; done | ip -batch -");
    Netlink netlink;
    for (int i = 0; i < 100; ++i) {
        CAPTURE(i);
        REQUIRE(netlink.links("", netlink.link("br0")->ifindex).size() == 100);
        REQUIRE(netlink.links("veth").size() >= 200);
    }
    others.wait();
}
