// SPDX-License-Identifier: GPL-2.0-or-later
// Rules in the legacy tables before real packets: from outside, from the host, from siblings and from the
// container itself, with bridged frames passing the rules of IPv4 and IPv6 and without.
#include "host/iptables_firewall.h"

#include "host_with_containers.h"

using namespace uplink;

namespace
{

const std::string web6 = "[fd00:0003:0000:0000:0000:0000:0000:0010]";
const std::string db6 = "[fd00:0003:0000:0000:0000:0000:0000:0011]";
const std::string lan6 = "[2001:0db8:0000:0000:0000:0000:0000:0002]";
const std::string host_outside6 = "[2001:0db8:0000:0000:0000:0000:0000:0001]";
const std::string host_inside6 = "[fd00:0003:0000:0000:0000:0000:0000:0001]";

using Answers = std::vector<std::string>;

Answers nobody(std::size_t servers)
{
    return Answers(servers, "nobody");
}

Answers seen_once_by_each(const std::string& place, const Answers& servers)
{
    Answers answers;
    for (const std::string& server : servers)
        answers.push_back(seen_once(place, server));
    return answers;
}

Answers seen_by_each(const std::string& place, const Answers& servers)
{
    Answers answers;
    for (const std::string& server : servers)
        answers.push_back(seen(place, server));
    return answers;
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

/// A rule of somebody else's, which counts.
std::string counted(const std::string& table, const std::string& chain)
{
    return shell("iptables-legacy -t " + table + " -nvxL " + chain + " 1 | awk '{ print $1 }'");
}

} // namespace

TEST_CASE_FIXTURE(HostWithContainers, "iptables: what a container sends out has the host's address")
{
    const Server outside(in_lan, 80);
    const Server inside(in_db, 80);
    IptablesFirewall firewall;
    const std::vector<Rule> rules = {masquerade("10.0.3.10"), masquerade("fd00:3::10")};
    CHECK(seen_once(in_web, "TCP4:192.0.2.2:80") == "nobody");
    firewall.add(rules);
    with_and_without_call_iptables([&] {
        CHECK(seen_by_each(in_web, {"TCP4:192.0.2.2:80", "UDP4:192.0.2.2:80", "TCP6:[2001:db8::2]:80",
                                    "UDP6:[2001:db8::2]:80"}) ==
              Answers{"192.0.2.1", "192.0.2.1", host_outside6, host_outside6});
        CHECK(seen_by_each(in_web, {"TCP4:10.0.3.11:80", "UDP6:[fd00:3::11]:80"}) ==
              Answers{"10.0.3.10", web6});
    });
    const auto standings = firewall.standing(rules);
    CHECK(standings[0].packets >= 4);
    CHECK(standings[1].packets >= 4);
    CHECK(standings[1].bytes > standings[1].packets);
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "iptables: a container's own address and ports come before its bridge's rule")
{
    shell("ip address add 192.0.2.9/24 dev eth0; ip address add 2001:db8::9/64 dev eth0 nodad");
    const Server outside(in_lan, 80);
    MasqueradeRule own = masquerade("10.0.3.10");
    own.nat = {ip_address("192.0.2.9"), PortRange{2000, 2009}, true};
    MasqueradeRule own6 = masquerade("fd00:3::10");
    own6.nat = {ip_address("2001:db8::9"), PortRange{2000, 2009}, false};
    IptablesFirewall firewall;
    firewall.add({MasqueradeRule{inside4, inside4, "eth1", "lxc-uplink:shared:br0", {}}});
    CHECK(seen_once(in_db, "TCP4:192.0.2.2:80") == "nobody");
    firewall.add({MasqueradeRule{inside4, inside4, "eth0", "lxc-uplink:shared:br0", {}}, own, own6});
    CHECK(seen(in_web, "TCP4:192.0.2.2:80") == "192.0.2.9");
    CHECK(seen_by_each(in_web, {"UDP4:192.0.2.2:80", "TCP6:[2001:db8::2]:80"}) ==
          Answers{"192.0.2.9", "[2001:0db8:0000:0000:0000:0000:0000:0009]"});
    CHECK(seen(in_db, "TCP4:192.0.2.2:80") == "192.0.2.1");
    shell("grep -E 'tcp .*src=10.0.3.10 .*dst=192.0.2.9 sport=80 dport=200[0-9] ' /proc/net/nf_conntrack");
    shell("grep -E 'udp .*src=10.0.3.10 .*dst=192.0.2.9 sport=80 dport=200[0-9] ' /proc/net/nf_conntrack");
    shell("grep -E 'tcp .*src=fd00:.*:0010 .*:0009 sport=80 dport=200[0-9] ' /proc/net/nf_conntrack");
    CHECK(firewall.standing({own}).front().packets >= 2);
}

TEST_CASE_FIXTURE(HostWithContainers, "iptables: a published port leads into the container from everywhere")
{
    const Server server(in_web, 80);
    IptablesFirewall firewall;
    const std::vector<Rule> rules = {published(Protocol::tcp, {8080, 8080}, "10.0.3.10", {80, 80}),
                                     published(Protocol::udp, {8080, 8080}, "10.0.3.10", {80, 80}),
                                     published(Protocol::tcp, {8080, 8080}, "fd00:3::10", {80, 80}),
                                     published(Protocol::udp, {8080, 8080}, "fd00:3::10", {80, 80})};
    CHECK(seen_once(in_lan, "TCP4:192.0.2.1:8080") == "nobody");
    firewall.add(rules);
    with_and_without_call_iptables([&] {
        CHECK(seen_by_each(in_lan, {"TCP4:192.0.2.1:8080", "UDP4:192.0.2.1:8080"}) ==
              Answers{"192.0.2.2", "192.0.2.2"});
        CHECK(seen_by_each(in_lan, {"TCP6:[2001:db8::1]:8080", "UDP6:[2001:db8::1]:8080"}) ==
              Answers{lan6, lan6});
        CHECK(seen_by_each(in_host, {"TCP4:10.0.3.1:8080", "TCP4:127.0.0.1:8080", "UDP4:127.0.0.1:8080"}) ==
              Answers{"10.0.3.1", "10.0.3.1", "10.0.3.1"});
        CHECK(seen(in_host, "TCP4:192.0.2.1:8080") != "nobody");
        CHECK(seen(in_host, "TCP6:[2001:db8::1]:8080") != "nobody");
        CHECK(seen_by_each(in_db, {"TCP4:192.0.2.1:8080", "UDP4:10.0.3.1:8080", "TCP6:[2001:db8::1]:8080"}) ==
              Answers{"10.0.3.1", "10.0.3.1", host_inside6});
    });
    CHECK(firewall.standing(rules)[0].packets >= 2 * 5);
    firewall.remove({rules[0]});
    CHECK(seen_once(in_lan, "TCP4:192.0.2.1:8080") == "nobody");
    CHECK(seen_by_each(in_db, {"UDP4:192.0.2.1:8080", "UDP6:[2001:db8::1]:8080"}) ==
          Answers{"10.0.3.1", host_inside6});
}

TEST_CASE_FIXTURE(HostWithContainers, "iptables: a container reaches itself by its own published port")
{
    const Server server(in_web, 80);
    IptablesFirewall firewall;
    firewall.add({published(Protocol::tcp, {8080, 8080}, "10.0.3.10", {80, 80}),
                  published(Protocol::tcp, {8080, 8080}, "fd00:3::10", {80, 80})});
    const auto check = [] {
        CHECK(seen_by_each(in_web, {"TCP4:192.0.2.1:8080", "TCP4:10.0.3.1:8080", "TCP6:[fd00:3::1]:8080"}) ==
              Answers{"10.0.3.1", "10.0.3.1", host_inside6});
    };
    HostWithContainers::call_iptables(false);
    check();
    // The bridge then forwards the frame itself, back to the port that it came from.
    shell("bridge link set dev vweb hairpin on");
    HostWithContainers::call_iptables(true);
    check();
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "iptables: a service of the host's on ::1 stays in reach beside a published port")
{
    const Server host(in_host, 8080);
    const Server web(in_web, 80);
    IptablesFirewall().add({published(Protocol::tcp, {8080, 8080}, "fd00:3::10", {80, 80})});
    CHECK(seen(in_host, "TCP6:[::1]:8080") == "[0000:0000:0000:0000:0000:0000:0000:0001]");
    CHECK(seen(in_lan, "TCP6:[2001:db8::1]:8080") == lan6);
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "iptables: ranges and bound addresses lead where they say and nowhere else")
{
    shell("ip address add 192.0.2.9/24 dev eth0; ip address add 2001:db8::9/64 dev eth0 nodad");
    const Server at_9000(in_web, 9000);
    const Server at_9002(in_web, 9002);
    PublishedPort bound = published(Protocol::tcp, {8000, 8002}, "10.0.3.10", {9000, 9002});
    bound.address = ip_address("192.0.2.9");
    PublishedPort bound6 = published(Protocol::tcp, {8000, 8002}, "fd00:3::10", {9000, 9002});
    bound6.address = ip_address("2001:db8::9");
    IptablesFirewall firewall;
    firewall.add({published(Protocol::tcp, {9000, 9002}, "10.0.3.10", {9000, 9002}), bound, bound6});
    CHECK(seen_by_each(in_lan, {"TCP4:192.0.2.1:9000", "TCP4:192.0.2.1:9002", "TCP4:192.0.2.9:8000",
                                "TCP4:192.0.2.9:8002"}) ==
          Answers{"192.0.2.2", "192.0.2.2", "192.0.2.2", "192.0.2.2"});
    CHECK(seen_by_each(in_lan, {"TCP6:[2001:db8::9]:8000", "TCP6:[2001:db8::9]:8002"}) ==
          Answers{lan6, lan6});
    CHECK(seen_once_by_each(in_lan, {"TCP4:192.0.2.9:8001", "TCP4:192.0.2.1:8000", "UDP4:192.0.2.1:9000",
                                     "TCP6:[2001:db8::1]:8000"}) == nobody(4));
    CHECK(seen_by_each(in_db, {"TCP4:192.0.2.1:9002", "TCP4:192.0.2.9:8002"}) ==
          Answers{"10.0.3.1", "10.0.3.1"});
    // A port of another host's is none of ours.
    const Server elsewhere(in_lan, 9000);
    firewall.add({masquerade("10.0.3.11")});
    CHECK(seen(in_db, "TCP4:192.0.2.2:9000") == "192.0.2.1");
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "iptables: what comes in unasked is dropped, and nothing from siblings and the host")
{
    shell(in_lan + "ip route add 10.0.3.0/24 via 192.0.2.1; " + in_lan +
          "ip route add fd00:3::/64 via 2001:db8::1");
    const Server server(in_web, 80);
    IptablesFirewall firewall;
    CHECK(seen(in_lan, "TCP4:10.0.3.10:80") == "192.0.2.2");
    firewall.add({inbound(inside4, false), inbound(inside6, false),
                  published(Protocol::tcp, {8080, 8080}, "10.0.3.10", {80, 80})});
    with_and_without_call_iptables([&] {
        CHECK(seen_once_by_each(in_lan, {"TCP4:10.0.3.10:80", "UDP4:10.0.3.10:80", "TCP6:[fd00:3::10]:80"}) ==
              nobody(3));
        CHECK(seen(in_lan, "TCP4:192.0.2.1:8080") == "192.0.2.2");
        CHECK(seen_by_each(in_db, {"TCP4:10.0.3.10:80", "UDP6:[fd00:3::10]:80"}) ==
              Answers{"10.0.3.11", db6});
        CHECK(seen_by_each(in_host, {"TCP4:10.0.3.10:80", "TCP6:[fd00:3::10]:80"}) ==
              Answers{"10.0.3.1", host_inside6});
    });
    firewall.add(
        {inbound(host_of(ip_address("10.0.3.10")), true), inbound(host_of(ip_address("fd00:3::10")), true)});
    CHECK(seen_by_each(in_lan, {"TCP4:10.0.3.10:80", "TCP6:[fd00:3::10]:80"}) == Answers{"192.0.2.2", lan6});
    firewall.remove({inbound(host_of(ip_address("10.0.3.10")), true)});
    CHECK(seen_once(in_lan, "UDP4:10.0.3.10:80") == "nobody");
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "iptables: somebody else's DNAT is let in, and what he drops stays dropped")
{
    const Server server(in_web, 80);
    IptablesFirewall firewall;
    firewall.add({inbound(inside4, false)});
    shell("iptables-legacy -t nat -A PREROUTING -p tcp --dport 8081 -j DNAT --to-destination 10.0.3.10:80");
    CHECK(seen(in_lan, "TCP4:192.0.2.1:8081") == "192.0.2.2");
    firewall.add({inbound(host_of(ip_address("10.0.3.10")), true)});
    shell("iptables-legacy -A FORWARD -m conntrack --ctstate NEW -j DROP");
    CHECK(seen_once(in_lan, "TCP4:192.0.2.1:8081") == "nobody");
}

TEST_CASE_FIXTURE(HostWithContainers,
                  "iptables: the host's loopback address is closed to what comes in by the bridge")
{
    // A container's kernel sends none to it by itself: it rewrites what it sends to the bridge.
    shell(in_web + "iptables-legacy -t nat -A OUTPUT -d 10.0.3.1 -p udp -j DNAT --to-destination 127.0.0.1;" +
          in_web + "sysctl -qw net.ipv4.conf.all.route_localnet=1;" + in_web +
          "ip rule add to 127.0.0.1 lookup 100 priority 1;" + in_web + "ip rule del priority 0;" + in_web +
          "ip rule add lookup local priority 2;" + in_web +
          "ip route add default via 10.0.3.1 table 100;"
          "iptables-legacy -t mangle -A INPUT -i br0 -d 127.0.0.1; iptables-legacy -t raw -A PREROUTING -i "
          "br0 -d 127.0.0.1");
    const auto send = [] { shell("echo x | " + in_web + "socat -u - UDP4:10.0.3.1:80"); };
    const auto arrived = [](const std::string& number) {
        shell("for i in $(seq 1000); do if [ \"$(iptables-legacy -t raw -nvxL PREROUTING | awk '/br0/ { n += "
              "$1 } END "
              "{ print n }')\" = " +
              number + " ]; then exit 0; fi; sleep 0.02; done; exit 1");
    };
    send();
    arrived("1");
    CHECK(counted("mangle", "INPUT") == "1\n");
    IptablesFirewall().add({LoopbackGuard{"br0", owner}});
    send();
    shell("for i in $(seq 1000); do if iptables-legacy -t raw -nvxL LXC-UPLINK | grep -q '^ *1 .*DROP'; then "
          "exit 0; fi; sleep 0.02; done; exit 1");
    CHECK(counted("mangle", "INPUT") == "1\n");
}

TEST_CASE_FIXTURE(HostWithContainers, "iptables: a published port of SCTP leads into the container too")
{
    IptablesFirewall firewall;
    check_that_sctp_is_led(firewall);
}
