// SPDX-License-Identifier: GPL-2.0-or-later
// Whether judge and kernel agree: each packet is judged and then sent, through the rules that real daemons
// made (tests/unit/samples) and others.
#include "core/judge.h"

#include "host/rulesets.h"
#include "host_with_containers.h"
#include "printers.h"

using namespace uplink;

namespace
{

/// A packet from the container web, and the command that sends it from there.
struct Sent {
    FirewallPacket packet;
    std::string command;
};

Sent sent(std::uint8_t protocol, const std::string& destination, std::uint16_t port)
{
    Sent each;
    FirewallPacket& packet = each.packet;
    packet.destination = ip_address(destination);
    packet.ipv6 = packet.destination->ipv6;
    packet.source = ip_address(packet.ipv6 ? "fd00:3::10" : "10.0.3.10");
    packet.in = "br0";
    packet.in_port = "vweb";
    packet.to_host = destination == "10.0.3.1" || destination == "fd00:3::1";
    if (!packet.to_host)
        packet.out = "eth0";
    packet.protocol = protocol;
    const std::string way = packet.ipv6 ? "6:[" + destination + "]" : "4:" + destination;
    const std::string to = way + ":" + std::to_string(port);
    if (protocol == 1) {
        packet.icmp_type = 8;
        each.command = "timeout 0.3 busybox ping -c 1 " + destination;
    } else {
        packet.destination_port = port;
        packet.source_port = 40000;
        each.command = protocol == 17
                           ? "echo | socat -u - UDP" + to + ",sourceport=40000"
                           : "timeout 0.3 socat -u /dev/null TCP" + to + ",sourceport=40000,reuseaddr";
    }
    return each;
}

const std::vector<Sent> all_sent = {
    sent(6, "192.0.2.2", 443),   sent(6, "192.0.2.2", 8005), sent(6, "192.0.2.2", 25),
    sent(17, "192.0.2.2", 53),   sent(1, "192.0.2.2", 0),    sent(6, "10.0.3.1", 22),
    sent(17, "10.0.3.1", 53),    sent(17, "10.0.3.1", 67),   sent(6, "2001:db8::2", 443),
    sent(17, "2001:db8::2", 53), sent(6, "fd00:3::1", 22),   sent(17, "fd00:3::1", 53)};

/// Before all filters, in table netdev, and behind them: what is bridged is counted where it leaves, since a
/// bridge's own last hook comes before what it calls of IP.
void count_packets()
{
    const std::string flows = " meta l4proto { tcp, udp, icmp } counter; }; ";
    shell("nft 'table netdev count { chain arrived { type filter hook ingress device vweb priority 0;" +
          flows + "chain bridged { type filter hook egress device vdb priority 0;" + flows +
          "}; table inet count { chain forwarded { type filter hook postrouting priority 310; iifname br0" +
          flows + "chain taken { type filter hook input priority 310; iifname br0" + flows + "}'");
}

std::string packets_at(const std::string& chain)
{
    return shell("nft list chain " + chain + " | grep -o 'packets [0-9]*'");
}

/// Whether it came through all filters of the host.
bool passes(const Sent& each)
{
    const std::string end = each.packet.bridged   ? "netdev count bridged"
                            : each.packet.to_host ? "inet count taken"
                                                  : "inet count forwarded";
    const std::string arrived = packets_at("netdev count arrived");
    const std::string passed = packets_at(end);
    shell(in_web + "sh -c '" + each.command + "' >/dev/null 2>&1 || true");
    for (int i = 0; packets_at("netdev count arrived") == arrived; ++i)
        REQUIRE(i < 1000);
    return packets_at(end) != passed;
}

void compare_judgement(const Sent& each, const HostFirewall& firewall)
{
    CAPTURE(each.command);
    const Judgement judgement = judge(each.packet, firewall);
    CAPTURE(printed(judgement.dropped_by));
    CHECK(judgement.fate == (passes(each) ? Fate::passes : Fate::dropped));
}

void compare(const std::string& rules)
{
    const HostWithContainers host;
    for (const char* address : {"10.0.3.1", "fd00:3::1"}) // so that no packet waits for its neighbour
        shell(in_web + "busybox ping -q -c 1 -W 5 " + address);
    shell(rules);
    count_packets();
    const HostFirewall firewall = read_host_firewall();
    CAPTURE(rules);
    for (const Sent& each : all_sent)
        compare_judgement(each, firewall);
}

/// From the container web to db, which is at the same bridge.
void compare_bridged(const std::string& rules, bool bridge_calls_ip = true)
{
    const HostWithContainers host;
    HostWithContainers::call_iptables(bridge_calls_ip);
    shell(in_web + "busybox ping -q -c 1 -W 5 10.0.3.11");
    shell(rules);
    count_packets();
    CAPTURE(rules);
    Sent each = sent(17, "10.0.3.11", 53);
    each.packet.bridged = true;
    each.packet.bridge_calls_ip = bridge_calls_ip;
    each.packet.out = "br0";
    each.packet.out_port = "vdb";
    compare_judgement(each, read_host_firewall());
}

const std::string samples = SAMPLES;

} // namespace

TEST_CASE("where there is no firewall all packets pass, as judged")
{
    compare("true");
}

TEST_CASE("Docker's rules do to packets what is judged, in either flavour")
{
    for (const std::string flavour : {"legacy", "nft"}) {
        const std::string restore =
            "iptables-" + flavour + "-restore <" + samples + "/docker-" + flavour + ".iptables";
        compare(restore);
        compare("sed 's/ br0 / br9 /' " + samples + "/docker-" + flavour + ".iptables | iptables-" + flavour +
                "-restore");
    }
}

TEST_CASE("ufw's rules do to packets what is judged")
{
    compare("iptables-nft-restore <" + samples + "/ufw.iptables; ip6tables-nft-restore <" + samples +
            "/ufw.ip6tables");
    compare("sed 's/ br0 / br9 /' " + samples +
            "/ufw.iptables | iptables-legacy-restore; sed 's/ br0 / br9 /' " + samples +
            "/ufw.ip6tables | ip6tables-legacy-restore");
}

TEST_CASE("firewalld's rules do to packets what is judged")
{
    compare("nft -f " + samples + "/firewalld.nft");
    compare("sed 's/br0/br9/' " + samples + "/firewalld.nft | nft -f -");
}

TEST_CASE("rules as administrators write them do to packets what is judged")
{
    compare("iptables-legacy-restore <" + samples + "/iptables.rules");
    for (const std::string bridge : {"br0", "br1", "br2", "br4", "docker*"})
        compare("sed -e 's/\"" + bridge + "\"/\"br0\"/' -e '/table bridge/,$d' " + samples +
                "/nftables.conf | nft -f -");
}

TEST_CASE("verdicts of several firewalls add up as judged")
{
    compare("iptables-legacy -A FORWARD -i br0 -j ACCEPT; iptables-nft -A FORWARD -p tcp --dport 443 -j "
            "ACCEPT; nft "
            "'table inet mine { chain c { type filter hook forward priority 5; policy drop; tcp dport { 25, "
            "443 } "
            "accept; }; chain d { type filter hook forward priority -5; tcp dport 25 reject; }; }'");
    compare(
        "iptables-legacy -t raw -A PREROUTING -p udp -j DROP; iptables-nft -t mangle -A POSTROUTING -p tcp "
        "--dport 25 -j DROP; ip6tables-nft -t mangle -A PREROUTING -i br+ -j DROP");
}

TEST_CASE("a bridge's own rules for what it hands up do to packets what is judged")
{
    for (const std::string rule :
         {"input priority 0; iifname vweb udp dport 53", "forward priority 0; iifname vweb",
          "prerouting priority 0; tcp dport { 22, 25 }", "input priority 0; oifname br0"})
        compare("nft 'table bridge t { chain c { type filter hook " + rule + " drop; }; }'");
}

TEST_CASE("what is bridged is judged as the kernel does, by rules of IP where the bridge calls them")
{
    const std::string docker =
        "sed 's/ br0 / br9 /' " + samples + "/docker-nft.iptables | iptables-nft-restore";
    compare_bridged("true");
    compare_bridged("iptables-nft-restore <" + samples + "/docker-nft.iptables");
    compare_bridged(docker);
    compare_bridged(docker, false);
    for (const std::string rule :
         {"FORWARD -m physdev --physdev-is-bridged -i br0",
          "FORWARD -m physdev --physdev-in vweb --physdev-out vd+", "FORWARD -m physdev ! --physdev-in vweb",
          "FORWARD -m physdev ! --physdev-is-bridged", "FORWARD -i vweb",
          "POSTROUTING -t mangle -s 10.0.3.10"})
        compare_bridged("iptables-legacy -A " + rule + " -j DROP");
    for (const std::string rule :
         {"forward priority 0; iifname vweb oifname vdb", "forward priority 0; iifname br0",
          "prerouting priority 0; ip protocol udp udp dport 53", "prerouting priority 0; oifname vdb",
          "postrouting priority 0; iifname vweb"})
        compare_bridged("nft 'table bridge t { chain c { type filter hook " + rule + " drop; }; }'");
    compare_bridged(
        "nft 'table inet t { chain c { type filter hook postrouting priority 0; iifname br0 drop; }; }'");
}
