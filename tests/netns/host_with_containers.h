// SPDX-License-Identifier: GPL-2.0-or-later
// A host between the LAN and a bridge with two containers, for rules of either engine that carry real
// packets:
//
//   lan 192.0.2.2 ── eth0 192.0.2.1 [host] br0 10.0.3.1 ── web 10.0.3.10, db 10.0.3.11
//
// and the same in IPv6: 2001:db8::/64 and fd00:3::/64. The LAN has no way back to the bridge's networks.
#pragma once

#include "address_server.h"
#include "core/error.h"
#include "host/firewall.h"
#include "sctp.h"
#include "values.h"
#include "world.h"

#include <array>
#include <cstdio>
#include <doctest/doctest.h>

namespace uplink
{

inline const std::string in_lan = "nsenter --net=/run/netns/lan ";
inline const std::string in_web = "nsenter --net=/run/netns/web ";
inline const std::string in_db = "nsenter --net=/run/netns/db ";
inline const std::string in_host;

inline const std::string owner = "lxc-uplink:0123456789abcdef:1-1-1:web1";

inline const IpNetwork inside4 = parse_ip_network("10.0.3.0/24").value();
inline const IpNetwork inside6 = parse_ip_network("fd00:3::/64").value();

inline MasqueradeRule masquerade(const std::string& source, const std::string& tag = owner)
{
    const IpNetwork own = host_of(ip_address(source));
    return {own, own.base.ipv6 ? inside6 : inside4, "", tag, {}};
}

inline PublishedPort published(Protocol protocol, const PortRange& ports, const std::string& to,
                               const PortRange& to_ports, const std::string& tag = owner)
{
    const IpAddress container = ip_address(to);
    return {protocol, std::nullopt, ports, container, to_ports, container.ipv6 ? inside6 : inside4, tag};
}

inline InboundRule inbound(const IpNetwork& destination, bool open, const std::string& tag = owner)
{
    return {destination, "br0", open, tag};
}

class HostWithContainers : public World
{
  public:
    HostWithContainers()
    {
        shell("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.accept_dad=0"
              " net.ipv6.conf.default.accept_dad=0; ip link set lo up;"
              "ip link add br0 address 02:00:00:00:00:01 type bridge forward_delay 0; ip link set br0 up;"
              "ip address add 10.0.3.1/24 dev br0; ip address add fd00:3::1/64 dev br0 nodad;"
              // Without one the kernel asks for no neighbour of what it forwards.
              "ip address add fe80::1/64 dev br0 nodad;"
              "sysctl -qw net.ipv4.conf.br0.route_localnet=1");
        connect("lan", "eth0", "192.0.2.2/24", "2001:db8::2/64");
        shell("ip address add 192.0.2.1/24 dev eth0; ip address add 2001:db8::1/64 dev eth0 nodad; "
              "ip address add fe80::1/64 dev eth0 nodad");
        for (const char* name : {"web", "db"}) {
            const std::string end = name == std::string("web") ? "10" : "11";
            connect(name, std::string("v") + name, "10.0.3." + end + "/24", "fd00:3::" + end + "/64");
            shell(std::string("ip link set v") + name + " master br0; nsenter --net=/run/netns/" + name +
                  " sh -ec 'ip route add default via 10.0.3.1; ip route add default via fd00:3::1'");
        }
    }

    /// Whether bridged frames pass the rules of IPv4 and IPv6.
    static void call_iptables(bool on)
    {
        for (const char* name : {"iptables", "ip6tables"})
            shell(std::string("echo ") + (on ? "1" : "0") + " >/proc/sys/net/bridge/bridge-nf-call-" + name);
    }

  private:
    static void connect(const std::string& place, const std::string& port, const std::string& ipv4_address,
                        const std::string& ipv6_address)
    {
        shell("ip netns add " + place + "; ip link add " + port + " type veth peer name eth0 netns " + place +
              "; ip link set " + port + " up; nsenter --net=/run/netns/" + place +
              " sh -ec 'echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad; echo 0 "
              ">/proc/sys/net/ipv6/conf/eth0/accept_dad;"
              "ip link set lo up; ip link set eth0 up; ip address add " +
              ipv4_address + " dev eth0; ip address add " + ipv6_address + " dev eth0 nodad'");
    }
};

/// The address under which a server at `where` ("TCP4:192.0.2.1:8080") sees a client at `place`, or "nobody"
/// when it does not answer in two seconds.
inline std::string seen_once(const std::string& place, const std::string& where)
{
    std::string answer =
        shell("timeout 8 sh -c \"echo | " + place + "socat -t 2 - " + where + ",readbytes=60" +
              (where[0] == 'T' ? ",connect-timeout=2" : "") + "\" 2>/dev/null || true");
    answer.erase(answer.find_last_not_of(' ') + 1);
    return answer.empty() ? "nobody" : answer;
}

/// The same where an answer is expected, since on a busy machine one may take longer.
inline std::string seen(const std::string& place, const std::string& where)
{
    std::string answer = "nobody";
    for (int i = 0; answer == "nobody" && i < 3; ++i)
        answer = seen_once(place, where);
    return answer;
}

/// By IPv4 and IPv6, to another port.
inline void check_that_sctp_is_led(Firewall& firewall)
{
    need_tracked_sctp();
    const std::vector<Rule> rules = {published(Protocol::sctp, {8080, 8080}, "10.0.3.10", {80, 80}),
                                     published(Protocol::sctp, {8080, 8080}, "fd00:3::10", {80, 80})};
    firewall.add(rules);
    for (const auto& [version, host] : {std::pair("4", "192.0.2.1"), std::pair("6", "[2001:db8::1]")}) {
        CAPTURE(version);
        const std::string got = std::string("/run/sctp") + version;
        const Background listener("echo ready; exec " + in_web + "socat -u IP" + version +
                                  "-RECV:132 OPEN:" + got + ",creat");
        shell("for i in $(seq 1000); do if " + in_web + "grep -q ':0084 ' /proc/net/raw" +
              (version == std::string("6") ? "6" : "") + "; then exit 0; fi; sleep 0.02; done; exit 1");
        send_sctp_init(in_lan, std::string("IP") + version + "-SENDTO:" + host);
        shell("for i in $(seq 1000); do if [ -s " + got + " ]; then exit 0; fi; sleep 0.02; done; exit 1");
        CHECK(shell("od -An -tu1 -N4 " + got + " | tr -s ' '") == " 3 232 0 80\n");
    }
    for (const Standing& standing : firewall.standing(rules))
        CHECK(standing.packets == 1);
}

} // namespace uplink
