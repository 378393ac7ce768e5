// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of all firewalls in a namespace, read without a trace, and what they do to a packet.
#include "host/rulesets.h"

#include "core/judge.h"
#include "printers.h"
#include "values.h"
#include "world.h"

#include <algorithm>

using namespace uplink;

namespace
{

std::string all_there_is()
{
    return shell(
        "cat /proc/net/ip_tables_names /proc/net/ip6_tables_names; nft list ruleset 2>/dev/null; cat "
        "/proc/modules 2>/dev/null | wc -l");
}

/// The first packet of a flow from a container at br0 to a server outside.
FirewallPacket packet_of(bool ipv6)
{
    FirewallPacket packet;
    packet.ipv6 = ipv6;
    packet.in = "br0";
    packet.out = "eth0";
    packet.source = ip_address(ipv6 ? "fd00:3::10" : "10.0.3.10");
    packet.destination = ip_address(ipv6 ? "2001:db8:1::80" : "198.51.100.80");
    packet.protocol = 6;
    packet.destination_port = 443;
    return packet;
}

/// What drops it, in a word for each thing that reading made: none.
std::string dropper(bool ipv6 = false)
{
    const std::string before = all_there_is();
    const HostFirewall firewall = read_host_firewall();
    CHECK(all_there_is() == before);
    const Judgement judgement = judge(packet_of(ipv6), firewall);
    if (judgement.fate == Fate::cannot_tell)
        return "cannot tell: " + to_string(judgement.unjudged.front());
    return judgement.dropped_by ? to_string(*judgement.dropped_by) : "nobody";
}

struct WorldOfFirewalls : World {
    WorldOfFirewalls()
    {
        if (shell("ls /proc/net").find("ip_tables_names") == std::string::npos)
            skip("this kernel has no legacy tables");
    }
};

} // namespace

TEST_CASE_FIXTURE(WorldOfFirewalls, "where there is no firewall nothing is read, and nothing made by it")
{
    CHECK(dropper() == "nobody");
    CHECK(read_host_firewall() == HostFirewall{});
}

TEST_CASE_FIXTURE(WorldOfFirewalls, "a rule of iptables-legacy that drops is named, in either family")
{
    shell("iptables-legacy -A FORWARD -i br0 -p tcp --dport 443 -j DROP; ip6tables-legacy -P FORWARD DROP");
    CHECK(dropper() ==
          "iptables-legacy, table ip filter, chain FORWARD: -A FORWARD -i br0 -p tcp -m tcp --dport "
          "443 -j DROP");
    CHECK(dropper(true) == "iptables-legacy, table ip6 filter, chain FORWARD: policy drop");
}

TEST_CASE_FIXTURE(WorldOfFirewalls,
                  "a legacy rule before routing is named too, and of tables only those that exist read")
{
    shell("iptables-legacy -t raw -A PREROUTING -s 10.0.3.0/24 -j DROP");
    CHECK(dropper() ==
          "iptables-legacy, table ip raw, chain PREROUTING: -A PREROUTING -s 10.0.3.0/24 -j DROP");
    CHECK(dropper(true) == "nobody");
    CHECK(shell("cat /proc/net/ip_tables_names") == "raw\n");
}

TEST_CASE_FIXTURE(WorldOfFirewalls, "a rule of iptables-nft that drops is named in its words, once")
{
    shell("iptables-nft -N SHOP; iptables-nft -A FORWARD -o eth0 -j SHOP; iptables-nft -A SHOP -m conntrack "
          "--ctstate NEW -m comment --comment 'no entry' -j REJECT; ip6tables-nft -P FORWARD DROP");
    CHECK(dropper() == "iptables-nft, table ip filter, chain SHOP: -A SHOP -m conntrack --ctstate NEW -m "
                       "comment --comment \"no "
                       "entry\" -j REJECT --reject-with icmp-port-unreachable");
    CHECK(dropper(true) == "iptables-nft, table ip6 filter, chain FORWARD: policy drop");
    const auto chains = read_host_firewall().chains;
    CHECK(std::count_if(chains.begin(), chains.end(), [](const FirewallChain& chain) {
              return chain.name == "FORWARD" && chain.family == "ip";
          }) == 1);
}

TEST_CASE_FIXTURE(WorldOfFirewalls,
                  "a rule of nft that drops is named in its words, whatever family its table has")
{
    shell(
        "nft 'table inet mine { chain forward { type filter hook forward priority 10; ip saddr 10.0.3.0/24 "
        "ct "
        "state new counter drop; }; }; table ip6 other { chain x { type filter hook postrouting priority 0; "
        "policy drop; }; }'");
    CHECK(dropper() == "nft, table inet mine, chain forward: ip saddr 10.0.3.0/24 ct state new counter drop");
    CHECK(dropper(true) == "nft, table ip6 other, chain x: policy drop");
}

TEST_CASE_FIXTURE(WorldOfFirewalls, "of three firewalls the one that drops is named, and all may accept")
{
    shell("iptables-legacy -A FORWARD -i br0 -j ACCEPT; iptables-nft -A FORWARD -i br0 -j ACCEPT; nft 'table "
          "inet "
          "mine { chain forward { type filter hook forward priority 10; policy drop; iifname \"br0\" accept; "
          "}; }'");
    CHECK(dropper() == "nobody");
    shell("iptables-nft -I FORWARD -s 10.0.3.10 -j DROP");
    CHECK(dropper() == "iptables-nft, table ip filter, chain FORWARD: -A FORWARD -s 10.0.3.10/32 -j DROP");
    CHECK(dropper(true) == "nobody");
}

TEST_CASE_FIXTURE(WorldOfFirewalls,
                  "a table with iptables' name and rules that iptables did not write is judged as nft's")
{
    for (const std::string rule :
         {"ip saddr @s counter drop", "ip saddr { 10.0.3.9, 10.0.3.10 } counter drop",
          "ct state new counter drop", "ip saddr 10.0.3.1-10.0.3.99 counter drop",
          "iifname vmap { \"br0\" : drop }", "iifname \"br0\" drop"}) {
        const World fresh;
        shell("nft 'table ip filter { set s { type ipv4_addr; elements = { 10.0.3.10 }; }; chain FORWARD { "
              "type "
              "filter hook forward priority 0; " +
              rule + "; }; }'");
        CHECK(dropper() == "nft, table ip filter, chain FORWARD: " + rule);
    }
}

TEST_CASE_FIXTURE(WorldOfFirewalls,
                  "a base chain in a table of iptables that iptables does not print is judged as nft's")
{
    shell("iptables-nft -N SHOP; iptables-nft -A SHOP -i br0 -j RETURN; iptables-nft -A FORWARD -i br0 -j "
          "ACCEPT; nft "
          "'table ip filter { chain late { type filter hook forward priority 5; policy drop; counter jump "
          "SHOP; }; }'");
    CHECK(dropper() == "nft, table ip filter, chain late: policy drop");
    shell("iptables-nft -I SHOP -o eth0 -j DROP");
    CHECK(dropper() == "iptables-nft, table ip filter, chain SHOP: -A SHOP -o eth0 -j DROP");
    const World fresh;
    shell("nft 'table ip filter { chain FORWARD { type filter hook forward priority 10; policy drop; }; }'");
    CHECK(dropper() == "nft, table ip filter, chain FORWARD: policy drop");
}

TEST_CASE_FIXTURE(WorldOfFirewalls,
                  "where a tool is missing its tables are judged as nft's, or cannot be told")
{
    shell("iptables-nft -P FORWARD DROP; ip6tables-legacy -P FORWARD DROP; cd /usr/sbin; for tool in nft "
          "legacy; "
          "do mount --bind /bin/false xtables-$tool-multi; done");
    CHECK(dropper() == "nft, table ip filter, chain FORWARD: policy drop");
    CHECK(dropper(true) ==
          "cannot tell: iptables-legacy, table ip6 filter, chain PREROUTING: the table cannot be "
          "read: ip6tables-legacy-save says: ");
    shell("cd /usr/sbin; umount xtables-nft-multi xtables-legacy-multi"); // a next case would inherit them
}
