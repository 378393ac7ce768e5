// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong on a container's way, from what was seen of it.
#include "core/check.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

using Lines = std::vector<std::string>;

const IpInterface container_address = ipv4("10.0.3.10/24");

Hop hop(const std::string& name, const std::string& mac = "")
{
    Hop hop;
    hop.name = name;
    hop.there = true;
    hop.up = true;
    hop.mtu = 1500;
    hop.mac = mac;
    return hop;
}

NicWay healthy_way()
{
    NicWay way;
    way.container = "web1";
    way.nic = nic_on("br0", {ipv4("10.0.3.10/24")});
    way.inner = hop("eth0", "02:00:00:00:00:10");
    way.inner.addresses = {container_address};
    way.host_end = hop("veth1");
    way.host_end.bridge = "br0";
    way.host_end.port_state = "forwarding";
    way.bridge = hop("br0", "02:00:00:00:00:01");
    way.bridge.addresses = {ipv4("10.0.3.1/24")};
    way.out = hop("eth0");
    way.default_route.gateway = "10.0.3.1";
    way.of_container = Neighbour{"10.0.3.1", "02:00:00:00:00:01", "REACHABLE"};
    way.of_host = Neighbour{"10.0.3.10", "02:00:00:00:00:10", "STALE"};
    way.way_out = {"eth0", "192.0.2.1", "via 192.0.2.1 dev eth0"};
    way.way_back = {"br0", "", "dev br0"};
    way.returning = {"eth0", "192.0.2.1", "via 192.0.2.1 dev eth0"};
    way.passages = {{"what web1 sends", {}, ""}};
    way.name_servers = {{"192.0.2.1", true}};
    way.masqueraded = true;
    way.published = {{"8080/tcp", "10.0.3.10:80", true, std::nullopt, false}};
    return way;
}

/// What is found when the healthy way is changed.
template<typename Change>
Lines found(const Change& change)
{
    NicWay way = healthy_way();
    change(way);
    Lines lines;
    for (const Finding& finding : findings(way))
        lines.push_back(finding.what + " | " + finding.evidence + " | " + finding.repair);
    return lines;
}

const std::string enter = "nsenter -t \"$(lxc-info -n web1 -pH)\" -n ";

FirewallPlace place_in(FirewallFlavour flavour, const std::string& family, const std::string& table,
                       const std::string& chain)
{
    return {flavour, family, table, chain, "policy drop"};
}

} // namespace

TEST_CASE("nothing is wrong with a healthy way")
{
    CHECK(found([](NicWay&) {}).empty());
    CHECK(open_questions(healthy_way()).empty());
}

TEST_CASE("a container that is served by IPv6 needs an address and a default route of that too")
{
    const auto with_ipv6 = [](const std::string& inside, std::optional<std::string> gateway,
                              const std::string& bridge) {
        return found([&](NicWay& way) {
            way.nic.ipv6_addresses = {*parse_ipv6_interface("fd00:3::10/64")};
            way.inner.addresses.emplace_back(*parse_ipv6_interface(inside));
            way.bridge.addresses.emplace_back(*parse_ipv6_interface("fe80::1/64"));
            way.bridge.addresses.emplace_back(*parse_ipv6_interface(bridge));
            way.ipv6_default_route = DefaultRoute{std::move(gateway), false};
        });
    };
    CHECK(with_ipv6("fd00:3::10/64", "fd00:3::1", "fd00:3::1/64").empty());
    CHECK(with_ipv6("fd00:3::10/64", "fe80::1", "fd00:3::1/64").empty());
    CHECK(with_ipv6("fe80::10/64", "fd00:3::1", "fd00:3::1/64") ==
          Lines{"lxc.net.0 of web1 lacks its address fd00:3::10/64 | eth0 inside the container does not have "
                "it | " +
                enter + "ip address add fd00:3::10/64 dev eth0 nodad"});
    CHECK(with_ipv6("fd00:3::10/64", std::nullopt, "fd00:3::1/64") ==
          Lines{"web1 has no default route for IPv6 | its routing table has none | " + enter +
                "ip -6 route replace default via fd00:3::1 dev eth0"});
    CHECK(
        with_ipv6("fd00:3::10/64", "fd00:3::99", "fd00:3::1/64") ==
        Lines{"the IPv6 gateway of web1 is not this host | its default route goes to fd00:3::99, and bridge "
              "br0 has fd00:3::1 | " +
              enter + "ip -6 route replace default via fd00:3::1 dev eth0"});
    CHECK(
        with_ipv6("fd00:3::10/64", "fd00:3::1", "fd00:4::1/64") ==
        Lines{
            "bridge br0 has no address in the IPv6 network of web1 | web1 is fd00:3::10/64 | ip address add "
            "fd00:3::1/64 dev br0 nodad"});
}

TEST_CASE("a default route without a gateway leads to nobody")
{
    CHECK(found([](NicWay& way) { way.default_route.gateway = ""; }) ==
          Lines{"the gateway of web1 is not this host | its default route names none, and bridge br0 has "
                "10.0.3.1 | " +
                enter + "ip route replace default via 10.0.3.1"});
}

TEST_CASE("that the host does not forward IPv6 matters where IPv6 is served")
{
    const auto shut = [](NicWay& way) { way.ipv6_forwarding = false; };
    CHECK(found(shut).empty());
    CHECK(found([&](NicWay& way) {
              shut(way);
              way.inner.addresses.emplace_back(*parse_ipv6_interface("fd00:3::10/64"));
              way.bridge.addresses.emplace_back(*parse_ipv6_interface("fd00:3::1/64"));
              way.ipv6_default_route = DefaultRoute{"fd00:3::1", false};
          }) == Lines{"the host does not forward IPv6 | net.ipv6.conf.all.forwarding is 0 | lxc-uplink "
                      "reapply"});
}

TEST_CASE("what only follows from a finding is left out")
{
    CHECK(found([](NicWay& way) {
              way.inner.up = false;
              way.default_route.gateway.reset();
              way.host_end.port_state = "disabled";
              way.masqueraded = false;
          }) == Lines{"lxc.net.0 of web1 is down | eth0 inside the container is not up | " + enter +
                      "sh -c 'ip link set dev eth0 up; ip route replace default via 10.0.3.1'"});
    CHECK(found([](NicWay& way) {
              way.ipv4_forwarding = false;
              way.way_out = {"", "", "no route"};
          }) ==
          Lines{"the host does not forward | net.ipv4.ip_forward is 0 | sysctl -w net.ipv4.ip_forward=1"});
}

TEST_CASE("two faults that have nothing to do with each other are both found")
{
    CHECK(
        found([](NicWay& way) {
            way.lost = {"masquerade 10.0.3.10 leaving 10.0.3.0/24"};
            way.out.mtu = 1200;
        }) ==
        Lines{
            "somebody has undone: masquerade 10.0.3.10 leaving 10.0.3.0/24 | the record of web1 has it, the "
            "kernel has not | lxc-uplink reapply",
            "packets of full size from web1 do not fit through eth0 | eth0 inside has MTU 1500, eth0 has "
            "1200 | " +
                enter + "ip link set dev eth0 mtu 1200"});
}

TEST_CASE("strict source checks matter where answers come in by another interface than the host would use")
{
    const auto asymmetric = [](NicWay& way) { way.returning = {"eth9", "", "dev eth9"}; };
    CHECK(found(asymmetric).empty());
    CHECK(found([&](NicWay& way) {
              asymmetric(way);
              way.out.strict_source = true;
          }) == Lines{"answers to web1 are dropped, since they come in by another interface than the host "
                      "would send to "
                      "| what it sends leaves by eth0, where rp_filter is strict, and the host's own route "
                      "there goes by "
                      "eth9 | sysctl -w net/ipv4/conf/eth0/rp_filter=2"});
}

TEST_CASE("a place that drops is found once, whatever it drops, with a repair for all of that")
{
    const FirewallPlace place = place_in(FirewallFlavour::legacy, "ip", "filter", "FORWARD");
    const Judgement dropped = {Fate::dropped, place, {}, {}};
    CHECK(
        found([&](NicWay& way) {
            way.passages = {{"what web1 sends", dropped, "open"},
                            {"what answers web1", dropped, "open"},
                            {"what comes in", dropped, "open more"}};
        }) ==
        Lines{"what web1 sends is dropped by iptables-legacy, table ip filter, chain FORWARD: policy drop | "
              "its "
              "rules as they are drop what web1 sends, what answers web1, what comes in | open; open more"});
}

TEST_CASE("of a packet that was sent to try the finding says so")
{
    const FirewallPlace place = place_in(FirewallFlavour::legacy, "ip", "filter", "FORWARD");
    CHECK(
        found([&](NicWay& way) {
            way.passages = {{"what web1 sends", {Fate::dropped, place, {}, {}}, "open", true}};
        }) ==
        Lines{"what web1 sends is dropped by iptables-legacy, table ip filter, chain FORWARD: policy drop | "
              "a packet that was sent to try was dropped there: what web1 sends | open"});
}

TEST_CASE("what cannot be told is no finding")
{
    NicWay way = healthy_way();
    way.passages.front().judgement = {
        Fate::cannot_tell,
        std::nullopt,
        {{FirewallFlavour::nft, "inet", "filter", "forward", "limit rate 1/second drop"}},
        {}};
    way.name_servers.front().answers = false; // which follows from it, or does not
    CHECK(findings(way).empty());
    CHECK(open_questions(way) ==
          Lines{"whether what web1 sends passes: that depends on nft, table inet filter, chain forward: "
                "limit rate 1/second drop"});
}

TEST_CASE("that another interface is the one that masquerades is a fault of option uplink")
{
    CHECK(found([](NicWay& way) { way.masqueraded_by = "eth0"; }).empty());
    CHECK(found([](NicWay& way) {
              way.masqueraded_by = "dum0";
              way.masqueraded = false; // which follows from it
          }) == Lines{"what web1 sends leaves by eth0, and is masqueraded by dum0 alone | option uplink "
                      "means dum0, and via 192.0.2.1 dev eth0 | "
                      "sed -i '/^ *uplink *=/d' /var/lib/lxc/web1/uplink.conf; echo 'uplink = eth0' "
                      ">>/var/lib/lxc/web1/uplink.conf; lxc-stop -n web1 && lxc-start -n web1"});
}

TEST_CASE("what a container sends by a NIC that is not served cannot be told")
{
    NicWay way = healthy_way();
    way.default_route = {std::nullopt, true, true};
    CHECK(findings(way).empty());
    CHECK(open_questions(way) ==
          Lines{"whether what web1 sends gets out: its default route goes by another NIC, which is "
                "not served as lxc.net.0 is"});
    CHECK_FALSE(may_be_traced(way));
}

TEST_CASE("no answer comes to a source that the host has not, or that is the bridge's")
{
    const auto leaving_as = [](const std::string& address, const std::string& interface) {
        return found([&](NicWay& way) {
            way.out.addresses = {ipv4("192.0.2.10/24")};
            way.sources = {{ip_address(address), interface}};
        });
    };
    CHECK(leaving_as("192.0.2.11", "eth0").empty());
    CHECK(leaving_as("203.0.113.9", "") ==
          Lines{"what web1 sends leaves as 203.0.113.9, to which no answer comes | option snat-to names it, "
                "and no "
                "interface of the host has it | ip address add 203.0.113.9/32 dev eth0"});
    CHECK(leaving_as("10.0.3.1", "br0") ==
          Lines{"what web1 sends leaves as 10.0.3.1, to which no answer comes | option snat-to names it, and "
                "it is that "
                "of bridge br0 | sed -i '/^ *snat-to *=/d' /var/lib/lxc/web1/uplink.conf; echo 'snat-to = "
                "192.0.2.10' "
                ">>/var/lib/lxc/web1/uplink.conf; lxc-stop -n web1 && lxc-start -n web1"});
}

TEST_CASE("in mode direct the gateway is the LAN's, and nothing is masqueraded")
{
    CHECK(found([](NicWay& way) {
              way.mode = Mode::direct;
              way.default_route.gateway = "192.0.2.1";
              way.bridge.addresses.clear();
              way.masqueraded.reset();
          }).empty());
}

namespace
{

void put_on_the_lan(NicWay& way)
{
    way.mode = Mode::direct;
    way.nic.addresses = {ipv4("192.0.2.77/24")};
    way.inner.addresses = {ipv4("192.0.2.77/24")};
    way.bridge.addresses = {ipv4("192.0.2.10/24")};
    way.way_out = {"br0", "192.0.2.1", "via 192.0.2.1 dev br0"};
    way.default_route.gateway = "192.0.2.1";
    way.gateway_answers = true;
    way.published.clear();
}

void put_upon_the_nic(NicWay& way)
{
    put_on_the_lan(way);
    way.is_macvlan = true;
    way.host_end = {};
    way.bridge = {};
    way.way_out.device = "eth0";
}

} // namespace

TEST_CASE("in mode direct the NIC that leads to the LAN is looked at, with a bridge and without")
{
    for (const auto put : {put_on_the_lan, put_upon_the_nic}) {
        CHECK(found(put).empty());
        CHECK(
            found([put](NicWay& way) {
                put(way);
                way.out.up = false;
            }) ==
            Lines{"NIC eth0, by which web1 is on the LAN, is down | it is not up | ip link set dev eth0 up"});
        CHECK(
            found([put](NicWay& way) {
                put(way);
                way.out.carrier = false;
            }) ==
            Lines{
                "NIC eth0, by which web1 is on the LAN, has no carrier | its cable is not plugged in, or the "
                "port that it leads to is off | ip -statistics link show dev eth0"});
        CHECK(found([put](NicWay& way) {
                  put(way);
                  way.out.there = false;
              }) == Lines{"NIC eth0, by which web1 is on the LAN, is gone | there is no such interface | "
                          "lxc-stop -n web1 "
                          "&& lxc-start -n web1"});
    }
}

TEST_CASE(
    "in mode direct the gateway that a repair names is the host's, where it is in the container's network")
{
    const auto without_route = [](const auto& change) {
        return found([&](NicWay& way) {
            put_on_the_lan(way);
            way.default_route.gateway.reset();
            change(way);
        });
    };
    const std::string what =
        "web1 has no default route | its routing table has none | " + enter + "ip route replace default via ";
    CHECK(without_route([](NicWay&) {}) == Lines{what + "192.0.2.1"});
    CHECK(without_route([](NicWay& way) {
              way.nic.addresses = {ipv4("203.0.113.77/24")};
              way.inner.addresses = {ipv4("203.0.113.77/24")};
          }) == Lines{what + "GATEWAY"});
    CHECK(without_route([](NicWay& way) {
              way.way_out.device = "eth9";
              way.nic.gateway = ipv4("192.0.2.2/24").address;
          }) == Lines{what + "192.0.2.2"});
}

TEST_CASE("a port that is in no bridge is put back by the bridge's own means")
{
    const auto taken_out = [](bool linux_bridge, const std::string& into) {
        return found([&](NicWay& way) {
            way.on_linux_bridge = linux_bridge;
            way.host_end.bridge = into;
        });
    };
    const std::string what = "port veth1 of web1 is not in bridge br0 | ";
    CHECK(taken_out(true, "") == Lines{what + "it is in no bridge | ip link set dev veth1 master br0"});
    CHECK(taken_out(false, "br0").empty());
    CHECK(taken_out(false, "") == Lines{what + "it is in no bridge | ovs-vsctl add-port br0 veth1"});
    CHECK(taken_out(false, "br9") ==
          Lines{what + "it is in br9 | ovs-vsctl del-port veth1 && ovs-vsctl add-port br0 veth1"});
}

TEST_CASE("of a bridge that is gone nothing else is said than that")
{
    const auto without_bridge = [](NicWay& way) {
        way.bridge = {};
        way.host_end.bridge.clear();
    };
    CHECK(found(without_bridge) ==
          Lines{"bridge br0 is gone | there is no such interface | ip link add name br0 address "
                "02:00:00:00:00:01 type bridge && "
                "ip address add 10.0.3.1/24 dev br0 && ip link set dev br0 up && lxc-uplink reapply"});
    CHECK(found([&](NicWay& way) {
              without_bridge(way);
              way.nic.bridge = "lxcbr0";
          }) == Lines{"bridge lxcbr0 is gone | there is no such interface | systemctl restart lxc-net && "
                      "lxc-uplink reapply"});
    CHECK(found([&](NicWay& way) {
              without_bridge(way);
              way.makes_bridge = true;
          }) == Lines{"bridge br0 is gone | there is no such interface | lxc-uplink reapply"});
    CHECK(found([&](NicWay& way) {
              put_on_the_lan(way);
              without_bridge(way);
          }) ==
          Lines{"bridge br0 is gone | there is no such interface, and the host's own addresses were on it | "
                "lxc-uplink gc && lxc-stop -n web1 && lxc-start -n web1"});
}

TEST_CASE(
    "an uplink that is not as it was moved explains what else is wrong, whichever container it was moved for")
{
    const auto astray = [](const auto& change) {
        return found([&](NicWay& way) {
            StrayUplink uplink{"eth1", "br7", true, false, false, true, ""};
            change(uplink);
            way.stray_uplinks = {uplink};
            way.way_out = {"", "", "Network is unreachable"};
        });
    };
    CHECK(
        astray([](StrayUplink& uplink) { uplink.missing = "route default via 192.0.2.1 dev br7"; }) ==
        Lines{
            "bridge br7 has lost what was moved there from eth1 | it has no more route default via 192.0.2.1 "
            "dev br7 | lxc-uplink reapply"});
    CHECK(
        astray([](StrayUplink& uplink) { uplink.bridge_is_up = false; }) ==
        Lines{
            "bridge br7, to which uplink eth1 was moved, is down | it is not up | ip link set dev br7 up && "
            "lxc-uplink reapply"});
    CHECK(astray([](StrayUplink& uplink) {
              uplink.is_port = false;
              uplink.can_join = true;
          }) == Lines{"uplink eth1 is no longer a port of bridge br7 | somebody has taken it out | "
                      "lxc-uplink reapply"});
    CHECK(
        astray([](StrayUplink& uplink) { uplink.is_port = false; }) ==
        Lines{
            "uplink eth1 is no longer a port of bridge br7 | somebody has taken it out | lxc-uplink status"});
    CHECK(astray([](StrayUplink& uplink) {
              uplink.is_stranded = true;
              uplink.is_port = false;
          }) ==
          Lines{"bridge br7, to which uplink eth1 was moved, is gone | there is no such interface, and the "
                "host's own addresses were on it | lxc-uplink gc"});
}

TEST_CASE("the container's own bridge and uplink are told once")
{
    const auto own = [](const auto& change) {
        return found([&](NicWay& way) {
            put_on_the_lan(way);
            way.stray_uplinks = {{"eth0", "br0", true, false, false, true, ""}};
            change(way);
        });
    };
    CHECK(
        own([](NicWay& way) {
            way.bridge.up = false;
            way.stray_uplinks.front().bridge_is_up = false;
        }) ==
        Lines{
            "bridge br0, to which uplink eth0 was moved, is down | it is not up | ip link set dev br0 up && "
            "lxc-uplink reapply"});
    CHECK(
        own([](NicWay& way) { way.stray_uplinks.front().is_port = false; }) ==
        Lines{
            "uplink eth0 is no longer a port of bridge br0 | somebody has taken it out | lxc-stop -n web1 && "
            "lxc-start -n web1"});
    CHECK(own([](NicWay& way) {
              way.bridge = {};
              way.host_end.bridge.clear();
              way.stray_uplinks.front().is_stranded = true;
              way.stray_uplinks.front().is_port = false;
          }) ==
          Lines{"bridge br0 is gone | there is no such interface, and the host's own addresses were on it | "
                "lxc-uplink gc && lxc-stop -n web1 && lxc-start -n web1"});
}

TEST_CASE("a published port leads somewhere, and is served, or is told once")
{
    CHECK(
        found([](NicWay& way) {
            way.published = {
                {"192.0.2.99:8081/tcp", "10.0.3.10:80", true, parse_ip_address("192.0.2.99"), false}};
        }) ==
        Lines{"published port 192.0.2.99:8081/tcp leads nowhere | no interface of the host has 192.0.2.99 | "
              "ip address add 192.0.2.99/32 dev eth0"});
    CHECK(found([](NicWay& way) {
              way.published = {{"8080/tcp", "10.0.3.146:80", false, std::nullopt, true}};
          }) == Lines{"published port 8080/tcp leads to 10.0.3.146:80, an address that web1 does not have | "
                      "no interface "
                      "inside has it | lxc-uplink gc"});
    CHECK(found([](NicWay& way) {
              way.published = {{"8080/tcp", "10.0.3.10:80", false, std::nullopt, false},
                               {"8080/tcp", "[fd00::10]:80", false, std::nullopt, false}};
          }) == Lines{"nobody in web1 serves port 8080/tcp | nothing listens at 10.0.3.10:80 or "
                      "[fd00::10]:80 inside | " +
                      enter + "ss -ln"});
}

TEST_CASE("in mode direct an address that the host has too is told")
{
    CHECK(found([](NicWay& way) {
              put_on_the_lan(way);
              way.nic.addresses.clear();
              way.inner.addresses = {ipv4("192.0.2.10/24")};
          }) == Lines{"web1 has the host's own address 192.0.2.10 | eth0 inside has it, and so has br0 | " +
                      enter + "ip address del 192.0.2.10/24 dev eth0"});
}

TEST_CASE("a gateway on the LAN that does not answer is asked anew, or replaced by the host's")
{
    const auto silent = [](const std::string& gateway) {
        return found([&](NicWay& way) {
            put_upon_the_nic(way);
            way.default_route.gateway = gateway;
            way.gateway_answers = false;
            way.name_servers.front().answers = false; // which follows from it
        });
    };
    const std::string evidence =
        " of web1 does not answer | it was asked for its MAC address from inside the container | " + enter;
    CHECK(silent("192.0.2.99") ==
          Lines{"the gateway 192.0.2.99" + evidence + "ip route replace default via 192.0.2.1"});
    CHECK(silent("192.0.2.1") ==
          Lines{"the gateway 192.0.2.1" + evidence + "ip neighbour flush dev eth0 to 192.0.2.1"});
}
