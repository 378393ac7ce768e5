// SPDX-License-Identifier: GPL-2.0-or-later
// Moving an uplink into a bridge and back, read by ip(8): afterwards all is as it was.
#include "host/uplink.h"

#include "core/error.h"
#include "host/capture.h"
#include "host/process.h"
#include "printers.h"
#include "values.h"
#include "world.h"

#include <future>

using namespace uplink;
using namespace std::chrono_literals;

namespace
{

/// A gateway at the far end of eth0, all that eth0 may have, and the bridge br0 with an address of its own.
struct HostWithUplink : World {
    HostWithUplink()
    {
        shell(R"sh(
            sysctl -qw net.ipv6.conf.default.accept_dad=0
            ip link set lo up
            ip netns add lan
            ip link add eth0 address 02:00:00:00:00:10 type veth peer name gateway netns lan
            ip -n lan address add 192.0.2.1/24 dev gateway
            ip -n lan link set gateway up
            ip link set eth0 up
            ip link add br0 address 02:00:00:00:00:10 type bridge
            ip address add 10.0.9.1/24 dev br0
            ip link set br0 up
            for i in $(seq 500); do
                ip link show dev eth0 | grep -q 'state UP' && break
                sleep 0.02
            done
            sysctl -qw net.ipv4.conf.eth0.rp_filter=1 net.ipv6.conf.eth0.hop_limit=33
            ip -batch - <<'BATCH'
address add 192.0.2.10/24 broadcast + dev eth0
address add 192.0.2.11/24 dev eth0 label eth0:1
address add 192.0.2.14 peer 192.0.2.33/32 dev eth0
address add 2001:db8:1::10/64 dev eth0
address add 2001:db8:1::11/64 dev eth0 preferred_lft 0
address add 2001:db8:8::10/64 dev eth0 noprefixroute
address add 2001:db8:2::10 peer 2001:db8:3::1/64 dev eth0
address add 2001:db8:4::10 peer 2001:db8:4::1/64 dev eth0 metric 70
address add 2001:db8:5::10 peer 2001:db8:5::1/128 dev eth0
address add 2001:db8:6::10 peer 2001:db8:7::1/64 dev eth0 noprefixroute
route add default via 192.0.2.1 dev eth0 proto static
route add 10.70.0.0/24 dev eth0 scope link
route add 10.71.0.0/16 via 10.70.0.1 dev eth0
route add 192.0.2.0/24 dev eth0 table 100
nexthop add id 10 via 192.0.2.22 dev eth0
route add 10.60.0.0/16 nhid 10
route add default via 2001:db8:1::1 dev eth0 metric 100
rule add pref 1002 iif eth0 lookup 100
neighbour add 192.0.2.7 dev eth0 lladdr 02:00:00:00:00:07 nud permanent
BATCH
        )sh");
        before = facts();
    }

    /// What is on eth0, and what is on br0 but for what follows from a carrier.
    static std::string facts()
    {
        return shell(R"sh(
            ip -details address show dev eth0 | sed -E 's/ (master br0|dynamic)//g'
            ip address show dev br0 | grep inet
            ip -4 -details route show table all | sed 's/ linkdown//g'
            ip -6 -details route show table all | grep -v 'dev br0'
            ip -4 rule; ip -6 rule; ip nexthop
            ip neighbour show nud permanent
            grep -Hs . /proc/sys/net/ipv[46]/conf/*0/* | grep -v stable_secret
        )sh");
    }

    UplinkMove move()
    {
        UplinkMove move;
        move.nic = "eth0";
        move.bridge = "br0";
        move.confirm_timeout = 5;
        move.was = capture(netlink, {"eth0", ifindex_of("eth0")});
        move.before = capture(netlink, {"br0", ifindex_of("br0")});
        return move;
    }

    static bool is_port() { return ip_link("eth0").value("master", "") == "br0"; }

    const Viewpoint here = viewpoint();
    UplinkJournals journals{here};
    Netlink netlink;
    Lock ours{"/run/lock", 0s};
    Lock of_nic{journals.lock_file("eth0"), 0s};
    Uplink uplink{here, ours};
    std::string before;
};

} // namespace

TEST_CASE_FIXTURE(HostWithUplink, "an uplink moves to the bridge and back, and all is as it was")
{
    for (int i = 0; i < 3; ++i) {
        CHECK(uplink.move(move(), "now", of_nic).empty());
        CHECK(is_port());
        CHECK(shell("ip address show dev eth0").find("inet") == std::string::npos);
        CHECK(shell("ip -4 route get 198.51.100.1").find("via 192.0.2.1 dev br0") != std::string::npos);
        CHECK(journals.read("eth0")->complete);
        uplink.bring_back("eth0", of_nic);
        CHECK(facts() == before);
        CHECK_FALSE(is_port());
        CHECK(journals.nics().empty());
    }
    uplink.bring_back("eth0", of_nic);
    CHECK(facts() == before);
}

TEST_CASE_FIXTURE(HostWithUplink, "a move that was cut short on its way is brought back")
{
    const UplinkMove begun = move();
    const auto steps = plan_move(begun);
    constexpr std::size_t stride = 9; // each of them takes seconds on a small machine
    for (std::size_t done = 0; done <= steps.size(); done += stride) {
        CAPTURE(done);
        std::string commands;
        for (std::size_t i = 0; i < done; ++i)
            for (const std::string& command : shell_commands(steps.at(i)))
                commands += command + " || true\n"; // what is gone already
        journals.write({begun, ifindex_of("eth0"), here.boot_id, "now", false, false});
        shell(commands + "true");
        uplink.bring_back("eth0", of_nic);
        REQUIRE(facts() == before);
        REQUIRE_FALSE(is_port());
        REQUIRE(journals.nics().empty());
    }
}

TEST_CASE_FIXTURE(HostWithUplink, "what was added to the bridge meanwhile is moved to the NIC, and what was "
                                  "removed from it stays away")
{
    static_cast<void>(uplink.move(move(), "now", of_nic));
    shell("ip address add 192.0.2.99/24 dev br0; ip route add 10.99.0.0/16 via 192.0.2.22 dev br0;"
          "ip rule add pref 1003 iif br0 lookup 100; ip address del 192.0.2.14 peer 192.0.2.33/32 dev br0;"
          "sysctl -qw net.ipv6.conf.br0.hop_limit=44");
    uplink.bring_back("eth0", of_nic);
    const std::string addresses = shell("ip address show dev eth0");
    CHECK(addresses.find("inet 192.0.2.99/24 ") != std::string::npos);
    CHECK(addresses.find("192.0.2.14") == std::string::npos);
    CHECK(shell("ip route show 10.99.0.0/16") == "10.99.0.0/16 via 192.0.2.22 dev eth0 \n");
    CHECK(shell("ip rule show pref 1003").find("iif eth0") != std::string::npos);
    CHECK(shell("sysctl -n net.ipv6.conf.eth0.hop_limit") == "44\n");
    CHECK(shell("ip -4 -oneline address show dev br0 | wc -l") == "1\n");
}

TEST_CASE_FIXTURE(HostWithUplink,
                  "a route that cannot be carried is left behind on the bridge, and the way back goes on")
{
    static_cast<void>(uplink.move(move(), "now", of_nic));
    shell("ip -6 route add nat 2001:db8:77::/48 dev br0");
    uplink.bring_back("eth0", of_nic);
    CHECK(shell("ip -6 route show table all").find("nat 2001:db8:77::/48 dev br0") != std::string::npos);
    CHECK(facts() == before);
    CHECK(journals.nics().empty());
}

TEST_CASE_FIXTURE(HostWithUplink,
                  "a gateway that goes silent undoes the move, and others have our lock meanwhile")
{
    // It answers until the bridge asks, which has another MAC address.
    shell("ip link set br0 address 02:00:00:00:00:20; ip netns exec lan nft -f - <<RULES\n"
          "table netdev t { chain c { type filter hook ingress device gateway priority 0\n"
          "ether saddr 02:00:00:00:00:20 drop\n}\n}\nRULES\n");
    UplinkMove silent = move();
    silent.confirm_timeout = 1;
    silent.new_mac = true;
    auto other =
        std::async(std::launch::async, [] { return shell("flock --timeout 20 /run/lock echo had"); });
    CHECK_THROWS_WITH_AS(static_cast<void>(uplink.move(silent, "now", of_nic)),
                         doctest::Contains("the gateway 192.0.2.1, which answered on eth0 before"), Error);
    CHECK(facts() == before);
    CHECK(journals.nics().empty());
    CHECK(other.get() == "had\n");
    CHECK(shell("flock --nonblock /run/lock echo free || echo busy") == "busy\n");
}
