// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses that a container gets while it runs.
#include "host/container_address.h"

#include "host_on_lan.h"

#include <chrono>

using namespace uplink;

namespace
{

/// A process in a network namespace of its own stands for a container's init, with two NICs on br0.
struct WorldWithNics : World {
    Background init{
        "exec unshare -n sh -ec 'echo 1 >/proc/sys/net/ipv6/conf/default/addr_gen_mode; echo ready; read _'"};

    WorldWithNics()
    {
        shell("ip link add br0 type bridge; ip link set br0 up; ip address add 10.0.3.1/24 dev br0");
        for (const std::string name : {"eth0", "eth1"})
            shell("ip link add v" + name + " type veth peer name " + name + " netns " + pid() +
                  "; ip link set v" + name + " master br0 up");
        shell(inside() + "ip link set eth0 address 02:00:00:00:00:aa up; " + inside() +
              "ip link set eth1 up");
    }

    [[nodiscard]] std::string pid() const { return std::to_string(init.pid()); }
    [[nodiscard]] std::string inside() const { return "nsenter -t " + pid() + " -n "; }
    [[nodiscard]] std::optional<IpAddress> address(unsigned position, bool ipv6 = false) const
    {
        return container_address(init.pid(), position, ipv6);
    }
};

constexpr std::chrono::seconds patience(20);
constexpr std::chrono::seconds no_patience(0);

} // namespace

TEST_CASE_FIXTURE(WorldWithNics, "the address of a container's k-th NIC is seen inside it")
{
    CHECK_FALSE(address(0).has_value());
    shell(inside() + "ip address add 10.0.3.11/24 dev eth1");
    shell(inside() + "ip address add fd00::11/64 dev eth1 nodad");
    CHECK_FALSE(address(0).has_value());
    CHECK(address(1) == parse_ip_address("10.0.3.11"));
    CHECK(address(1, true) == parse_ip_address("fd00::11"));
    CHECK_FALSE(address(2).has_value());
}

TEST_CASE_FIXTURE(WorldWithNics, "an address that is there already is not waited for")
{
    shell(inside() + "ip address add 10.0.3.10/24 dev eth0");
    CHECK(wait_for_address(init.pid(), 0, false, no_patience) == parse_ip_address("10.0.3.10"));
}

TEST_CASE_FIXTURE(WorldWithNics, "who waits hears of the address, and not of what comes before it")
{
    const Background client(
        "echo ready; cd /proc/self; " + inside() +
        "sh -ec 'ip address add 10.0.3.9/24 dev eth1; ip address add 169.254.7.7/16 dev eth0;"
        "ip link set eth0 mtu 1400; sleep 0.2; ip address add 10.0.3.10/24 dev eth0'; read _");
    CHECK(wait_for_address(init.pid(), 0, false, patience) == parse_ip_address("10.0.3.10"));
}

TEST_CASE_FIXTURE(WorldWithNics, "an IPv6 address is waited for until nobody else claims it")
{
    shell(inside() + "sysctl -qw net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=1");
    shell(inside() + "ip address add fd00::10/64 dev eth0");
    CHECK(wait_for_address(init.pid(), 0, true, patience) == parse_ip_address("fd00::10"));
    CHECK(shell(inside() + "ip -6 address show dev eth0").find("tentative") == std::string::npos);
}

TEST_CASE_FIXTURE(WorldWithNics, "a lease of a real DHCP server is heard of")
{
    const Background server(
        "exec dnsmasq --conf-file=/dev/null --port=0 --leasefile-ro --keep-in-foreground --no-ping "
        "--pid-file --log-facility=- --interface=br0 --dhcp-range=10.0.3.100,10.0.3.100 2>&1");
    shell("printf '#!/bin/sh\\n[ \"$1\" != bound ] || ip address add $ip/24 dev $interface\\n' >/run/bound; "
          "chmod +x /run/bound");
    const Background client("exec " + inside() + "busybox udhcpc -f -i eth0 -s /run/bound 2>&1");
    CHECK(wait_for_address(init.pid(), 0, false, patience) == parse_ip_address("10.0.3.100"));
}

TEST_CASE_FIXTURE(WorldWithNics, "nobody waits longer than he has patience, or than the container lives")
{
    CHECK_FALSE(wait_for_address(init.pid(), 0, false, std::chrono::seconds(1)).has_value());
    const Background killer("echo ready; sleep 0.2; kill -9 " + pid() + "; read _");
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(wait_for_address(init.pid(), 0, false, patience).has_value());
    CHECK(std::chrono::steady_clock::now() - start < patience);
}
