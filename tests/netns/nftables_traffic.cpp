// SPDX-License-Identifier: GPL-2.0-or-later
// Rules in nf_tables before real packets: from outside, from the host, from siblings and from the container
// itself, with bridged frames passing the rules of IPv4 and IPv6 and without.
#include "host/nftables_firewall.h"

#include "host_with_containers.h"

#include <algorithm>

using namespace uplink;

namespace
{

const std::string web6 = "[fd00:0003:0000:0000:0000:0000:0000:0010]";
const std::string host_outside6 = "[2001:0db8:0000:0000:0000:0000:0000:0001]";
const std::string host_inside6 = "[fd00:0003:0000:0000:0000:0000:0000:0001]";

using Answers = std::vector<std::string>;

std::string listed(const Answers& answers)
{
    std::string list;
    for (const std::string& answer : answers)
        list += answer + " ";
    return list;
}

std::string seen_by_each(const std::string& place, const Answers& servers)
{
    Answers answers;
    for (const std::string& server : servers)
        answers.push_back(seen(place, server));
    return listed(answers);
}

bool is_silent(const std::string& place, const Answers& servers)
{
    return std::all_of(servers.begin(), servers.end(),
                       [&](const std::string& server) { return seen_once(place, server) == "nobody"; });
}

/// Does it once for each way that bridged frames can go.
template<typename Check>
void with_and_without_call_iptables(const Check& check)
{
    for (const bool on : {true, false}) {
        CAPTURE(on);
        HostWithContainers::call_iptables(on);
        check();
    }
}

} // namespace

TEST_CASE_FIXTURE(HostWithContainers, "what a container sends out has the host's address, and inside its own")
{
    const Server outside(in_lan, 80);
    const Server inside(in_db, 80);
    NftablesFirewall firewall;
    const std::vector<Rule> rules = {masquerade("10.0.3.10"), masquerade("fd00:3::10")};
    CHECK(seen_once(in_web, "TCP4:192.0.2.2:80") == "nobody");
    firewall.add(rules);
    with_and_without_call_iptables([&] {
        CHECK(seen_by_each(in_web, {"TCP4:192.0.2.2:80", "UDP4:192.0.2.2:80", "TCP6:[2001:db8::2]:80",
                                    "UDP6:[2001:db8::2]:80"}) ==
              listed({"192.0.2.1", "192.0.2.1", host_outside6, host_outside6}));
        CHECK(seen_by_each(in_web, {"TCP4:10.0.3.11:80", "UDP6:[fd00:3::11]:80"}) ==
              listed({"10.0.3.10", web6}));
    });
    const auto standings = firewall.standing(rules);
    CHECK(standings[0].packets >= 4);
    CHECK(standings[1].bytes > standings[1].packets);
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "a bridge's network is masqueraded by one rule, and only by the way out it names")
{
    const Server outside(in_lan, 80);
    NftablesFirewall firewall;
    MasqueradeRule shared = {inside4, inside4, "eth1", "lxc-uplink:shared:br0", {}};
    firewall.add({shared});
    CHECK(seen_once(in_web, "TCP4:192.0.2.2:80") == "nobody");
    shared.out = "eth0";
    firewall.add({shared});
    CHECK(seen(in_web, "TCP4:192.0.2.2:80") == "192.0.2.1");
    CHECK(seen(in_db, "TCP4:192.0.2.2:80") == "192.0.2.1");
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "a container's own address comes before that of its network, and its ports are chosen")
{
    shell("ip address add 192.0.2.9/24 dev eth0; ip address add 2001:db8::9/64 dev eth0 nodad");
    const Server outside(in_lan, 80);
    MasqueradeRule own = masquerade("10.0.3.10");
    own.nat = {ip_address("192.0.2.9"), PortRange{2000, 2009}, true};
    MasqueradeRule own6 = masquerade("fd00:3::10");
    own6.nat = {ip_address("2001:db8::9"), PortRange{2000, 2009}, false};
    NftablesFirewall firewall;
    firewall.add({MasqueradeRule{inside4, inside4, "", "lxc-uplink:shared:br0", {}}, own, own6});
    CHECK(seen(in_web, "TCP4:192.0.2.2:80") == "192.0.2.9");
    CHECK(seen(in_web, "TCP6:[2001:db8::2]:80") == "[2001:0db8:0000:0000:0000:0000:0000:0009]");
    CHECK(seen(in_db, "TCP4:192.0.2.2:80") == "192.0.2.1");
    shell(in_web + "busybox ping -c 1 -W 5 192.0.2.2 && " + in_web + "busybox ping -6 -c 1 -W 5 2001:db8::2");
    shell("grep -E 'tcp .*src=10.0.3.10 .*dst=192.0.2.9 sport=80 dport=200[0-9] ' /proc/net/nf_conntrack");
    shell("grep -E 'tcp .*src=fd00:.*:0010 .*:0009 sport=80 dport=200[0-9] ' /proc/net/nf_conntrack");
}

TEST_CASE_FIXTURE(HostWithContainers, "multicast leaves as it is")
{
    shell(in_web + "ip route add 224.0.0.0/4 dev eth0; ip route add 224.0.0.0/4 dev eth0");
    NftablesFirewall firewall;
    const std::vector<Rule> rules = {masquerade("10.0.3.10")};
    firewall.add(rules);
    const auto counted = [&] { return firewall.standing(rules).front().packets; };
    shell(
        "nft 'add table ip probe; add chain ip probe post { type nat hook postrouting priority srcnat - 1; };"
        "add rule ip probe post ip daddr 224.0.0.0/4 counter'");
    HostWithContainers::call_iptables(true); // a bridged frame is the one that passes postrouting
    shell("echo x | " + in_web + "socat -u - UDP4:224.1.2.3:5000");
    shell("for i in $(seq 1000); do if nft list table ip probe | grep -q 'packets [1-9]'; then exit 0; fi; "
          "sleep 0.02; done; exit 1");
    CHECK(counted() == 0);
}

TEST_CASE_FIXTURE(HostWithContainers, "a published port leads into the container from everywhere")
{
    const Server server(in_web, 80);
    NftablesFirewall firewall;
    const std::vector<Rule> rules = {published(Protocol::tcp, {8080, 8080}, "10.0.3.10", {80, 80}),
                                     published(Protocol::udp, {8080, 8080}, "10.0.3.10", {80, 80}),
                                     published(Protocol::tcp, {8080, 8080}, "fd00:3::10", {80, 80}),
                                     published(Protocol::udp, {8080, 8080}, "fd00:3::10", {80, 80})};
    CHECK(seen_once(in_lan, "TCP4:192.0.2.1:8080") == "nobody");
    firewall.add(rules);
    with_and_without_call_iptables([&] {
        CHECK(seen_by_each(in_lan, {"TCP4:192.0.2.1:8080", "UDP4:192.0.2.1:8080"}) ==
              listed({"192.0.2.2", "192.0.2.2"}));
        CHECK(seen(in_lan, "TCP6:[2001:db8::1]:8080") == "[2001:0db8:0000:0000:0000:0000:0000:0002]");
        CHECK(seen_by_each(in_host, {"TCP4:192.0.2.1:8080", "TCP4:10.0.3.1:8080"}) ==
              listed({"192.0.2.1", "10.0.3.1"}));
        CHECK(seen_by_each(in_host, {"TCP4:127.0.0.1:8080", "UDP4:127.0.0.1:8080"}) ==
              listed({"10.0.3.1", "10.0.3.1"}));
        CHECK(seen(in_host, "TCP6:[2001:db8::1]:8080") == host_outside6);
        CHECK(seen_by_each(in_db, {"TCP4:192.0.2.1:8080", "UDP4:10.0.3.1:8080", "TCP6:[2001:db8::1]:8080"}) ==
              listed({"10.0.3.1", "10.0.3.1", host_inside6}));
    });
    const auto standings = firewall.standing(rules);
    CHECK(standings[0].packets >= 10);
    firewall.remove({rules[0]});
    CHECK(seen_once(in_lan, "TCP4:192.0.2.1:8080") == "nobody");
    CHECK(seen_by_each(in_db, {"UDP4:192.0.2.1:8080", "UDP6:[2001:db8::1]:8080"}) ==
          listed({"10.0.3.1", host_inside6}));
}

TEST_CASE_FIXTURE(HostWithContainers, "a container reaches itself by its own published port")
{
    const Server server(in_web, 80);
    NftablesFirewall firewall;
    firewall.add({published(Protocol::tcp, {8080, 8080}, "10.0.3.10", {80, 80}),
                  published(Protocol::tcp, {8080, 8080}, "fd00:3::10", {80, 80})});
    const auto check = [] {
        CHECK(seen_by_each(in_web, {"TCP4:192.0.2.1:8080", "TCP4:10.0.3.1:8080", "TCP6:[fd00:3::1]:8080"}) ==
              listed({"10.0.3.1", "10.0.3.1", host_inside6}));
    };
    HostWithContainers::call_iptables(false);
    check();
    // The bridge then forwards the frame itself, back to the port that it came from.
    shell("bridge link set dev vweb hairpin on");
    HostWithContainers::call_iptables(true);
    check();
}

TEST_CASE_FIXTURE(HostWithContainers, "ranges and bound addresses lead where they say and nowhere else")
{
    shell("ip address add 192.0.2.9/24 dev eth0");
    const Server at_9000(in_web, 9000);
    const Server at_9002(in_web, 9002);
    PublishedPort bound = published(Protocol::tcp, {8000, 8002}, "10.0.3.10", {9000, 9002});
    bound.address = ip_address("192.0.2.9");
    NftablesFirewall firewall;
    firewall.add({published(Protocol::tcp, {9000, 9002}, "10.0.3.10", {9000, 9002}), bound});
    CHECK(seen_by_each(in_lan, {"TCP4:192.0.2.1:9000", "TCP4:192.0.2.1:9002", "TCP4:192.0.2.9:8000",
                                "TCP4:192.0.2.9:8002"}) ==
          listed({"192.0.2.2", "192.0.2.2", "192.0.2.2", "192.0.2.2"}));
    CHECK(is_silent(in_lan, {"TCP4:192.0.2.1:9003", "TCP4:192.0.2.1:8000", "UDP4:192.0.2.1:9000"}));
    CHECK(seen_by_each(in_db, {"TCP4:192.0.2.1:9002", "TCP4:192.0.2.9:8002"}) ==
          listed({"10.0.3.1", "10.0.3.1"}));
    // A port of another host's is none of ours.
    const Server elsewhere(in_lan, 9000);
    firewall.add({masquerade("10.0.3.11")});
    CHECK(seen(in_db, "TCP4:192.0.2.2:9000") == "192.0.2.1");
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "what comes in unasked is dropped, and nothing that siblings and the host send")
{
    shell(in_lan + "ip route add 10.0.3.0/24 via 192.0.2.1; " + in_lan +
          "ip route add fd00:3::/64 via 2001:db8::1");
    const Server server(in_web, 80);
    NftablesFirewall firewall;
    CHECK(seen(in_lan, "TCP4:10.0.3.10:80") == "192.0.2.2");
    firewall.add({inbound(inside4, false), inbound(inside6, false),
                  published(Protocol::tcp, {8080, 8080}, "10.0.3.10", {80, 80})});
    with_and_without_call_iptables([&] {
        CHECK(is_silent(in_lan, {"TCP4:10.0.3.10:80", "UDP4:10.0.3.10:80", "TCP6:[fd00:3::10]:80"}));
        CHECK(seen(in_lan, "TCP4:192.0.2.1:8080") == "192.0.2.2");
        CHECK(seen_by_each(in_db, {"TCP4:10.0.3.10:80", "UDP6:[fd00:3::10]:80"}) ==
              listed({"10.0.3.11", "[fd00:0003:0000:0000:0000:0000:0000:0011]"}));
        CHECK(seen_by_each(in_host, {"TCP4:10.0.3.10:80", "TCP6:[fd00:3::10]:80"}) ==
              listed({"10.0.3.1", host_inside6}));
    });
    firewall.add({inbound(host_of(ip_address("10.0.3.10")), true)});
    CHECK(seen(in_lan, "TCP4:10.0.3.10:80") == "192.0.2.2");
    firewall.remove({inbound(host_of(ip_address("10.0.3.10")), true)});
    CHECK(seen_once(in_lan, "UDP4:10.0.3.10:80") == "nobody");
}

TEST_CASE_FIXTURE(HostWithContainers, "somebody else's DNAT is let in, and what he drops stays dropped")
{
    const Server server(in_web, 80);
    NftablesFirewall firewall;
    firewall.add({inbound(inside4, false)});
    shell(
        "nft 'table ip theirs { chain pre { type nat hook prerouting priority dstnat; tcp dport 8081 dnat to "
        "10.0.3.10:80; }; chain forward { type filter hook forward priority filter + 10; policy accept; }; "
        "}'");
    CHECK(seen(in_lan, "TCP4:192.0.2.1:8081") == "192.0.2.2");
    firewall.add({inbound(host_of(ip_address("10.0.3.10")), true)});
    shell("nft 'add rule ip theirs forward ct state new drop'");
    CHECK(seen_once(in_lan, "TCP4:192.0.2.1:8081") == "nobody");
}

TEST_CASE_FIXTURE(HostWithContainers, "the host's loopback address is closed to what comes in by the bridge")
{
    const Server server(in_host, 80);
    NftablesFirewall firewall;
    const auto frames_to_loopback = [] {
        // A container's kernel sends none by itself: let it rewrite what it sends to the bridge.
        shell(in_web +
              "nft 'flush ruleset; table ip t { chain out { type filter hook postrouting priority 300; ip "
              "daddr 10.0.3.1 ip daddr set 127.0.0.1; }; }'");
        shell("nft 'flush table ip probe' 2>/dev/null || nft 'add table ip probe'; nft 'add chain ip probe "
              "in { "
              "type filter hook input priority 0; }; add rule ip probe in iifname br0 ip daddr 127.0.0.1 "
              "counter; "
              "add chain ip probe pre { type filter hook prerouting priority -310; }; add rule ip probe pre "
              "iifname br0 ip daddr 127.0.0.1 counter'");
        shell("echo x | " + in_web + "socat -u - UDP4:10.0.3.1:80");
        shell("for i in $(seq 1000); do if nft list chain ip probe pre | grep -q 'packets [1-9]'; then exit "
              "0; fi; "
              "sleep 0.02; done; exit 1");
        return shell("nft list chain ip probe in | grep -o 'packets [0-9]*'");
    };
    CHECK(frames_to_loopback() != "packets 0\n");
    firewall.add({LoopbackGuard{"br0", owner}});
    CHECK(frames_to_loopback() == "packets 0\n");
}

TEST_CASE_FIXTURE(HostWithContainers, "nftables: a published port of SCTP leads into the container too")
{
    NftablesFirewall firewall;
    check_that_sctp_is_led(firewall);
}
