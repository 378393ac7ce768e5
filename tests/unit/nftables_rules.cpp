// SPDX-License-Identifier: GPL-2.0-or-later
// Rules in the words of nft(8): the table as a whole, the policies, the elements.
#include "core/nftables_rules.h"

#include "values.h"

#include <doctest/doctest.h>

using namespace uplink;

namespace
{

using Lines = std::vector<std::string>;

const IpNetwork inside4 = parse_ip_network("10.0.3.0/24").value();
const IpNetwork inside6 = parse_ip_network("fd00::/64").value();

MasqueradeRule own(const std::string& source, SourceNat nat = {})
{
    const IpNetwork host = host_of(ip_address(source));
    return {host, host.base.ipv6 ? inside6 : inside4, "", "tag", nat};
}

PublishedPort web(const PortRange& ports, const PortRange& to_ports)
{
    return {Protocol::tcp, std::nullopt, ports, ip_address("10.0.3.10"), to_ports, inside4, "tag"};
}

Lines elements_of(const Rule& rule)
{
    Lines lines;
    for (const NftablesElement& element : nftables_elements(rule))
        lines.push_back(element.map + " { " + element.key.text + " : " + element.value.text + " }");
    return lines;
}

NftablesChain policy_of(const Rule& rule)
{
    return nftables_policies({rule}).at(0);
}

} // namespace

TEST_CASE("a table in nf_tables, as a whole")
{
    const std::string whole =
        "table inet lxc_uplink {\n"
        "\tchain leaving-10.0.3.0/24 {\n"
        "\t\tip daddr != 10.0.3.0/24 masquerade\n"
        "\t}\n"
        "\tmap own4 { type ipv4_addr : verdict; counter; }\n"
        "\tmap own_out4 { type ipv4_addr . ifname : verdict; counter; }\n"
        "\tmap network4 { type ipv4_addr : verdict; flags interval; counter; }\n"
        "\tmap network_out4 { type ipv4_addr . ifname : verdict; flags interval; counter; }\n"
        "\tmap published4 { type inet_proto . inet_service : ipv4_addr . inet_service; counter; }\n"
        "\tmap published_range4 { type inet_proto . inet_service : ipv4_addr; flags interval; counter; }\n"
        "\tmap bound4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; counter; }\n"
        "\tmap bound_range4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr; flags interval; "
        "counter; }\n"
        "\tmap hairpin4 { type inet_proto . inet_service : verdict; }\n"
        "\tmap hairpin_range4 { type inet_proto . inet_service : verdict; flags interval; }\n"
        "\tmap hairpin_bound4 { type ipv4_addr . inet_proto . inet_service : verdict; }\n"
        "\tmap hairpin_bound_range4 { type ipv4_addr . inet_proto . inet_service : verdict; flags interval; "
        "}\n"
        "\tmap inbound4 { type ipv4_addr : verdict; }\n"
        "\tmap inbound_network4 { type ipv4_addr : verdict; flags interval; }\n"
        "\tmap own6 { type ipv6_addr : verdict; counter; }\n"
        "\tmap own_out6 { type ipv6_addr . ifname : verdict; counter; }\n"
        "\tmap network6 { type ipv6_addr : verdict; flags interval; counter; }\n"
        "\tmap network_out6 { type ipv6_addr . ifname : verdict; flags interval; counter; }\n"
        "\tmap published6 { type inet_proto . inet_service : ipv6_addr . inet_service; counter; }\n"
        "\tmap published_range6 { type inet_proto . inet_service : ipv6_addr; flags interval; counter; }\n"
        "\tmap bound6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; counter; }\n"
        "\tmap bound_range6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr; flags interval; "
        "counter; }\n"
        "\tmap hairpin6 { type inet_proto . inet_service : verdict; }\n"
        "\tmap hairpin_range6 { type inet_proto . inet_service : verdict; flags interval; }\n"
        "\tmap hairpin_bound6 { type ipv6_addr . inet_proto . inet_service : verdict; }\n"
        "\tmap hairpin_bound_range6 { type ipv6_addr . inet_proto . inet_service : verdict; flags interval; "
        "}\n"
        "\tmap inbound6 { type ipv6_addr : verdict; }\n"
        "\tmap inbound_network6 { type ipv6_addr : verdict; flags interval; }\n"
        "\tmap loopback { type ifname : verdict; }\n"
        "\tchain published4 {\n"
        "\t\tfib daddr type != local return\n"
        "\t\tdnat ip to ip daddr . meta l4proto . th dport map @bound4\n"
        "\t\tdnat ip to ip daddr . meta l4proto . th dport map @bound_range4\n"
        "\t\tdnat ip to meta l4proto . th dport map @published4\n"
        "\t\tdnat ip to meta l4proto . th dport map @published_range4\n"
        "\t}\n"
        "\tchain hairpin4 {\n"
        "\t\tmeta l4proto 6 ct original ip daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound4\n"
        "\t\tmeta l4proto 6 ct original ip daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound_range4\n"
        "\t\tmeta l4proto 6 meta l4proto . ct original proto-dst vmap @hairpin4\n"
        "\t\tmeta l4proto 6 meta l4proto . ct original proto-dst vmap @hairpin_range4\n"
        "\t\tmeta l4proto 17 ct original ip daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound4\n"
        "\t\tmeta l4proto 17 ct original ip daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound_range4\n"
        "\t\tmeta l4proto 17 meta l4proto . ct original proto-dst vmap @hairpin4\n"
        "\t\tmeta l4proto 17 meta l4proto . ct original proto-dst vmap @hairpin_range4\n"
        "\t\tmeta l4proto 132 ct original ip daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound4\n"
        "\t\tmeta l4proto 132 ct original ip daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound_range4\n"
        "\t\tmeta l4proto 132 meta l4proto . ct original proto-dst vmap @hairpin4\n"
        "\t\tmeta l4proto 132 meta l4proto . ct original proto-dst vmap @hairpin_range4\n"
        "\t}\n"
        "\tchain published6 {\n"
        "\t\tfib daddr type != local return\n"
        "\t\tdnat ip6 to ip6 daddr . meta l4proto . th dport map @bound6\n"
        "\t\tdnat ip6 to ip6 daddr . meta l4proto . th dport map @bound_range6\n"
        "\t\tdnat ip6 to meta l4proto . th dport map @published6\n"
        "\t\tdnat ip6 to meta l4proto . th dport map @published_range6\n"
        "\t}\n"
        "\tchain hairpin6 {\n"
        "\t\tmeta l4proto 6 ct original ip6 daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound6\n"
        "\t\tmeta l4proto 6 ct original ip6 daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound_range6\n"
        "\t\tmeta l4proto 6 meta l4proto . ct original proto-dst vmap @hairpin6\n"
        "\t\tmeta l4proto 6 meta l4proto . ct original proto-dst vmap @hairpin_range6\n"
        "\t\tmeta l4proto 17 ct original ip6 daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound6\n"
        "\t\tmeta l4proto 17 ct original ip6 daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound_range6\n"
        "\t\tmeta l4proto 17 meta l4proto . ct original proto-dst vmap @hairpin6\n"
        "\t\tmeta l4proto 17 meta l4proto . ct original proto-dst vmap @hairpin_range6\n"
        "\t\tmeta l4proto 132 ct original ip6 daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound6\n"
        "\t\tmeta l4proto 132 ct original ip6 daddr . meta l4proto . ct original proto-dst vmap "
        "@hairpin_bound_range6\n"
        "\t\tmeta l4proto 132 meta l4proto . ct original proto-dst vmap @hairpin6\n"
        "\t\tmeta l4proto 132 meta l4proto . ct original proto-dst vmap @hairpin_range6\n"
        "\t}\n"
        "\tchain hairpin {\n"
        "\t\tmeta nfproto ipv4 goto hairpin4\n"
        "\t\tmeta nfproto ipv6 goto hairpin6\n"
        "\t}\n"
        "\tchain postrouting {\n"
        "\t\ttype nat hook postrouting priority srcnat;\n"
        "\t\tip daddr 224.0.0.0/4 return\n"
        "\t\tip daddr 255.255.255.255 return\n"
        "\t\tip6 daddr ff00::/8 return\n"
        "\t\tct status dnat jump hairpin\n"
        "\t\tip saddr vmap @own4\n"
        "\t\tip saddr . oifname vmap @own_out4\n"
        "\t\tip saddr vmap @network4\n"
        "\t\tip saddr . oifname vmap @network_out4\n"
        "\t\tip6 saddr vmap @own6\n"
        "\t\tip6 saddr . oifname vmap @own_out6\n"
        "\t\tip6 saddr vmap @network6\n"
        "\t\tip6 saddr . oifname vmap @network_out6\n"
        "\t}\n"
        "\tchain prerouting {\n"
        "\t\ttype nat hook prerouting priority dstnat;\n"
        "\t\tmeta nfproto ipv4 goto published4\n"
        "\t\tip6 daddr != ::1 goto published6\n"
        "\t}\n"
        "\tchain output {\n"
        "\t\ttype nat hook output priority -100;\n"
        "\t\tmeta nfproto ipv4 goto published4\n"
        "\t\tip6 daddr != ::1 goto published6\n"
        "\t}\n"
        "\tchain forward {\n"
        "\t\ttype filter hook forward priority filter;\n"
        "\t\tct state != new return\n"
        "\t\tip daddr vmap @inbound4\n"
        "\t\tip daddr vmap @inbound_network4\n"
        "\t\tip6 daddr vmap @inbound6\n"
        "\t\tip6 daddr vmap @inbound_network6\n"
        "\t}\n"
        "\tchain localnet {\n"
        "\t\ttype filter hook prerouting priority raw;\n"
        "\t\tip saddr 127.0.0.0/8 iifname vmap @loopback\n"
        "\t\tip daddr 127.0.0.0/8 iifname vmap @loopback\n"
        "\t}\n"
        "}\n";
    CHECK(nftables_table_text(nftables_policies({own("10.0.3.10")})) == whole);
}

TEST_CASE(
    "a masquerade rule is an element of a map for its kind of source, with its way out where it has one")
{
    MasqueradeRule rule = own("10.0.3.10");
    CHECK(elements_of(rule) == Lines{"own4 { 10.0.3.10 : jump leaving-10.0.3.0/24 }"});
    rule.out = "eth0";
    CHECK(elements_of(rule) == Lines{"own_out4 { 10.0.3.10 . \"eth0\" : jump leaving-10.0.3.0/24 }"});
    rule.source = inside4;
    CHECK(elements_of(rule) == Lines{"network_out4 { 10.0.3.0/24 . \"eth0\" : jump leaving-10.0.3.0/24 }"});
    rule.out.clear();
    CHECK(elements_of(rule) == Lines{"network4 { 10.0.3.0/24 : jump leaving-10.0.3.0/24 }"});
    CHECK(elements_of(own("fd00::10")) == Lines{"own6 { fd00::10 : jump leaving-fd00__/64 }"});
}

TEST_CASE("how sources are rewritten is a policy's, whose name says it all")
{
    CHECK(policy_of(own("10.0.3.10")) ==
          NftablesChain{"leaving-10.0.3.0/24", "", {"ip daddr != 10.0.3.0/24 masquerade"}});
    CHECK(policy_of(own("10.0.3.10", {std::nullopt, PortRange{1000, 2000}, true})) ==
          NftablesChain{"leaving-10.0.3.0/24-ports-1000-2000-random",
                        "",
                        {"meta l4proto { 6, 17, 132 } ip daddr != 10.0.3.0/24 masquerade to :1000-2000 "
                         "fully-random",
                         "ip daddr != 10.0.3.0/24 masquerade fully-random"}});
    CHECK(policy_of(own("fd00::10", {ip_address("2001:db8::1"), PortRange{1000, 1000}, false})) ==
          NftablesChain{"leaving-fd00__/64-as-2001_db8__1-ports-1000",
                        "",
                        {"meta l4proto { 6, 17, 132 } ip6 daddr != fd00::/64 snat ip6 to [2001:db8::1]:1000",
                         "ip6 daddr != fd00::/64 snat ip6 to 2001:db8::1"}});
}

TEST_CASE(
    "a range of ports is one element where it leads to the same ports, and one a port where it does not")
{
    CHECK(elements_of(web({8080, 8080}, {80, 80})) ==
          Lines{"published4 { 6 . 8080 : 10.0.3.10 . 80 }",
                "hairpin4 { 6 . 8080 : goto hairpin-10.0.3.0/24 }"});
    CHECK(elements_of(web({80, 90}, {80, 90})) ==
          Lines{"published_range4 { 6 . 80-90 : 10.0.3.10 }",
                "hairpin_range4 { 6 . 80-90 : goto hairpin-10.0.3.0/24 }"});
    PublishedPort shifted = web({80, 81}, {90, 91});
    shifted.address = ip_address("192.0.2.1");
    shifted.protocol = Protocol::sctp;
    CHECK(elements_of(shifted) ==
          Lines{"bound4 { 192.0.2.1 . 132 . 80 : 10.0.3.10 . 90 }",
                "hairpin_bound4 { 192.0.2.1 . 132 . 80 : goto hairpin-10.0.3.0/24 }",
                "bound4 { 192.0.2.1 . 132 . 81 : 10.0.3.10 . 91 }",
                "hairpin_bound4 { 192.0.2.1 . 132 . 81 : goto hairpin-10.0.3.0/24 }"});
    CHECK(elements_of(web({65535, 65535}, {1, 1})).size() == 2);
}

TEST_CASE(
    "what comes back to a bridge through the host is masqueraded, and in IPv4 what the host's loopback sends")
{
    CHECK(policy_of(web({80, 80}, {80, 80})) ==
          NftablesChain{"hairpin-10.0.3.0/24",
                        "",
                        {"ip saddr 10.0.3.0/24 masquerade", "ip saddr 127.0.0.0/8 masquerade"}});
    const PublishedPort ipv6 = {Protocol::udp, std::nullopt, {53, 53}, ip_address("fd00::10"),
                                {53, 53},      inside6,      "tag"};
    CHECK(policy_of(ipv6) == NftablesChain{"hairpin-fd00__/64", "", {"ip6 saddr fd00::/64 masquerade"}});
}

TEST_CASE("guards of bridges, whatever these are called")
{
    CHECK(elements_of(InboundRule{inside4, "br0", false, "tag"}) ==
          Lines{"inbound_network4 { 10.0.3.0/24 : goto guard-br0 }"});
    CHECK(elements_of(InboundRule{host_of(ip_address("fd00::10")), "br0", true, "tag"}) ==
          Lines{"inbound6 { fd00::10 : goto leave-alone }"});
    CHECK(policy_of(InboundRule{inside4, "b;$ -", false, "tag"}) ==
          NftablesChain{
              "guard-b/3b/24/20-", "", {"ct status dnat return", "iifname \"b;$ -\" return", "drop"}});
    CHECK(elements_of(LoopbackGuard{"br0", "tag"}) == Lines{"loopback { \"br0\" : goto refuse-loopback }"});
    CHECK_THROWS(nftables_elements(LoopbackGuard{"br*", "tag"}));
    CHECK_THROWS(nftables_add_text(nftables_elements(LoopbackGuard{"br0", "t\"ag"}).at(0)));
}

TEST_CASE("keys and values are what the kernel holds")
{
    const NftablesElement element = nftables_elements(web({8080, 8080}, {80, 80})).at(0);
    CHECK(element.key.bytes == std::string("\6\0\0\0\x1f\x90\0\0", 8));
    CHECK(element.value.bytes == std::string("\x0a\0\3\x0a\0\x50\0\0", 8));
    CHECK(nftables_elements(LoopbackGuard{"br0", "tag"}).at(0).key.bytes ==
          std::string("br0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
}

TEST_CASE("a rule in nf_tables, as shell commands: the table, the policies, all elements in one transaction")
{
    const std::vector<Rule> rules = {own("10.0.3.10"), LoopbackGuard{"br0", "tag"}};
    CHECK(
        nftables_commands_to_add(rules) ==
        Lines{
            "nft list table inet lxc_uplink >/dev/null 2>&1 || nft '" + nftables_table_text({}) + "'",
            "nft list chain inet lxc_uplink leaving-10.0.3.0/24 >/dev/null 2>&1 || nft 'table inet "
            "lxc_uplink "
            "{\n\tchain leaving-10.0.3.0/24 {\n\t\tip daddr != 10.0.3.0/24 masquerade\n\t}\n}\n'",
            "nft list chain inet lxc_uplink refuse-loopback >/dev/null 2>&1 || nft 'table inet lxc_uplink "
            "{\n\tchain refuse-loopback {\n\t\tdrop\n\t}\n}\n'",
            "nft 'add element inet lxc_uplink own4 { 10.0.3.10 comment \"tag\" : jump leaving-10.0.3.0/24 }; "
            "add element inet lxc_uplink loopback { \"br0\" comment \"tag\" : goto refuse-loopback }'"});
    CHECK(
        nftables_commands_to_remove({own("10.0.3.10")}) ==
        Lines{"nft 'delete element inet lxc_uplink own4 { 10.0.3.10 }'",
              "nft delete chain inet lxc_uplink leaving-10.0.3.0/24 2>/dev/null || true",
              "nft -t list table inet lxc_uplink | grep -q 'chain .*-' || nft delete table inet lxc_uplink"});
    CHECK(nftables_words(rules[0]) == "own4 { 10.0.3.10 : jump leaving-10.0.3.0/24 }");
}
