// SPDX-License-Identifier: GPL-2.0-or-later
// The layout of the legacy tables in names, words and commands.
#include "core/iptables_words.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

using Lines = std::vector<std::string>;

const std::string tag = "lxc-uplink:shared:br0";
const std::string tagged = "-m comment --comment \"" + tag + "\" ";

IpNetwork net(const std::string& text)
{
    return parse_ip_network(text).value();
}

MasqueradeRule rule(const std::string& source, const std::string& inside, const std::string& out = "")
{
    return {net(source), net(inside), out, tag};
}

PublishedPort port(PortRange ports, const std::string& to, PortRange to_ports, const std::string& inside)
{
    return {Protocol::tcp, std::nullopt, ports, ip_address(to), to_ports, net(inside), tag};
}

/// All that a rule needs in its table, as `iptables -S` prints it, in the order in which it is made.
Lines lines_of(const Rule& rule)
{
    const IptablesForm form = iptables_form(rule);
    Lines lines = {(form.table.ipv6 ? "IPv6 " : "IPv4 ") + form.table.name};
    const auto append = [&](const std::vector<IptablesRule>& rules) {
        for (const IptablesRule& each : rules)
            lines.push_back("-A " + each.chain + " " + iptables_words(each));
    };
    for (const IptablesChain& chain : form.chains) {
        lines.push_back("-N " + chain.name);
        append(chain.jumps);
        append(chain.entries);
    }
    append(form.rules);
    return lines;
}

Lines rules_of(const Rule& rule)
{
    Lines lines;
    for (const IptablesRule& each : iptables_form(rule).rules)
        lines.push_back("-A " + each.chain + " " + iptables_words(each));
    return lines;
}

const std::string table = "iptables-legacy -t nat ";

const std::string make_main_chain = table + "-N LXC-UPLINK 2>/dev/null && " + table +
                                    "-A LXC-UPLINK -d 224.0.0.0/4 -j RETURN && " + table +
                                    "-A LXC-UPLINK -d 255.255.255.255/32 -j RETURN && " + table +
                                    "-A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK";

std::string make_chain(const std::string& block, const std::string& place)
{
    return table + "-N LXC-UPLINK-" + block + " 2>/dev/null && " + table + place + " -s " + block +
           " -j LXC-UPLINK-" + block;
}

std::string remove_if_empty(const std::string& block)
{
    return "[ \"$(" + table + "-S LXC-UPLINK-" + block + " | wc -l)\" -gt 1 ] || { " + table +
           "-D LXC-UPLINK -s " + block + " -j LXC-UPLINK-" + block + " && " + table + "-X LXC-UPLINK-" +
           block + "; }";
}

std::string add_once(const std::string& option, const std::string& chain, const std::string& words)
{
    return table + "-C " + chain + " " + words + " 2>/dev/null || " + table + option + " " + chain + " " +
           words;
}

} // namespace

TEST_CASE("a rule is filed under the /24 of its network, and a wider network under itself")
{
    CHECK(block_of(net("10.0.3.10/32")) == net("10.0.3.0/24"));
    CHECK(block_of(net("10.0.3.128/25")) == net("10.0.3.0/24"));
    CHECK(block_of(net("10.0.3.0/24")) == net("10.0.3.0/24"));
    CHECK(block_of(net("10.0.0.0/23")) == net("10.0.0.0/23"));
    CHECK(block_of(net("0.0.0.0/0")) == net("0.0.0.0/0"));
}

TEST_CASE("an IPv6 rule is filed under its /64, and a wider one under whole bytes")
{
    CHECK(block_of(net("fd00:0:0:1::10/128")) == net("fd00:0:0:1::/64"));
    CHECK(block_of(net("fd00:0:0:1::/64")) == net("fd00:0:0:1::/64"));
    CHECK(block_of(net("fd00:0:0:1fe::/63")) == net("fd00:0:0:100::/56"));
    CHECK(block_of(net("fd00::/48")) == net("fd00::/48"));
    CHECK(block_of(net("::/0")) == net("::/0"));
}

TEST_CASE("a chain's name says its network and fits into the 28 characters that it may have")
{
    CHECK(chain_of(net("10.0.3.0/24")) == "LXC-UPLINK-10.0.3.0/24");
    CHECK(chain_of(net("fd00:0:0:1::/64")) == "LXC-UPLINK-fd00000000000001");
    CHECK(chain_of(net("fd00::/48")) == "LXC-UPLINK-fd0000000000/48");
    CHECK(chain_of(net("::/0")) == "LXC-UPLINK-/0");
    for (const char* widest : {"255.255.255.0/24", "fd00::/64", "fd00::/56"})
        CHECK(chain_of(net(widest)).size() <= 28);
}

TEST_CASE("masquerading: a chain of the block, reached from the main chain behind what is left as it is")
{
    CHECK(lines_of(rule("10.0.3.10/32", "10.0.3.0/24", "eth0")) ==
          Lines{"IPv4 nat", "-N LXC-UPLINK", "-A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK",
                "-A LXC-UPLINK -d 224.0.0.0/4 -j RETURN", "-A LXC-UPLINK -d 255.255.255.255/32 -j RETURN",
                "-N LXC-UPLINK-10.0.3.0/24", "-A LXC-UPLINK -s 10.0.3.0/24 -j LXC-UPLINK-10.0.3.0/24",
                "-A LXC-UPLINK-10.0.3.0/24 -s 10.0.3.10/32 ! -d 10.0.3.0/24 -o eth0 " + tagged +
                    "-j MASQUERADE"});
    CHECK(lines_of(rule("fd00::/64", "fd00::/64")) ==
          Lines{"IPv6 nat", "-N LXC-UPLINK", "-A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK",
                "-A LXC-UPLINK -d ff00::/8 -j RETURN", "-N LXC-UPLINK-fd00000000000000",
                "-A LXC-UPLINK -s fd00::/64 -j LXC-UPLINK-fd00000000000000",
                "-A LXC-UPLINK-fd00000000000000 -s fd00::/64 ! -d fd00::/64 " + tagged + "-j MASQUERADE"});
}

TEST_CASE("the source is rewritten to an address, at random, and to ports where the protocol has them")
{
    const std::string own = "-A LXC-UPLINK-10.0.3.0/24 -s 10.0.3.10/32 ! -d 10.0.3.0/24 ";
    MasqueradeRule each = rule("10.0.3.10/32", "10.0.3.0/24");
    each.nat = {std::nullopt, std::nullopt, true};
    CHECK(rules_of(each) == Lines{own + tagged + "-j MASQUERADE --random-fully"});
    each.nat = {ip_address("192.0.2.1"), std::nullopt};
    CHECK(rules_of(each) == Lines{own + tagged + "-j SNAT --to-source 192.0.2.1"});
    each.nat = {std::nullopt, PortRange{1024, 2047}};
    CHECK(rules_of(each) == Lines{own + "-p tcp " + tagged + "-j MASQUERADE --to-ports 1024-2047",
                                  own + "-p udp " + tagged + "-j MASQUERADE --to-ports 1024-2047",
                                  own + "-p sctp " + tagged + "-j MASQUERADE --to-ports 1024-2047",
                                  own + tagged + "-j MASQUERADE"});
    MasqueradeRule ipv6 = rule("fd00::10/128", "fd00::/64");
    ipv6.nat = {ip_address("2001:db8::1"), PortRange{1024, 2047}, true};
    CHECK(rules_of(ipv6).front() == "-A LXC-UPLINK-fd00000000000000 -s fd00::10/128 ! -d fd00::/64 -p tcp " +
                                        tagged +
                                        "-j SNAT --to-source [2001:db8::1]:1024-2047 --random-fully");
}

TEST_CASE("a published port: a way in for what goes to the host, and a way back for what comes from inside")
{
    CHECK(lines_of(port({8080, 8080}, "10.0.3.10", {80, 80}, "10.0.3.0/24")) ==
          Lines{"IPv4 nat", "-N LXC-UPLINK-PORTS",
                "-A PREROUTING -m addrtype --dst-type LOCAL -m comment --comment lxc-uplink "
                "-j LXC-UPLINK-PORTS",
                "-A OUTPUT -m addrtype --dst-type LOCAL -m comment --comment lxc-uplink -j LXC-UPLINK-PORTS",
                "-N LXC-UPLINK-HAIRPIN",
                "-A POSTROUTING -m conntrack --ctstate DNAT -m comment --comment lxc-uplink "
                "-j LXC-UPLINK-HAIRPIN",
                "-A LXC-UPLINK-PORTS -p tcp -m tcp --dport 8080 " + tagged +
                    "-j DNAT --to-destination 10.0.3.10:80",
                "-A LXC-UPLINK-HAIRPIN -s 10.0.3.0/24 -d 10.0.3.10/32 -p tcp -m conntrack "
                "--ctorigdstport 8080 " +
                    tagged + "-j MASQUERADE",
                "-A LXC-UPLINK-HAIRPIN -s 127.0.0.0/8 -d 10.0.3.10/32 -p tcp -m conntrack "
                "--ctorigdstport 8080 " +
                    tagged + "-j MASQUERADE"});
}

TEST_CASE("a port of IPv6 leaves alone what the host sends to ::1")
{
    CHECK(lines_of(port({8080, 8080}, "fd00::10", {80, 80}, "fd00::/64")) ==
          Lines{"IPv6 nat", "-N LXC-UPLINK-PORTS",
                "-A PREROUTING -m addrtype --dst-type LOCAL -m comment --comment lxc-uplink "
                "-j LXC-UPLINK-PORTS",
                "-A OUTPUT ! -d ::1/128 -m addrtype --dst-type LOCAL -m comment --comment lxc-uplink "
                "-j LXC-UPLINK-PORTS",
                "-N LXC-UPLINK-HAIRPIN",
                "-A POSTROUTING -m conntrack --ctstate DNAT -m comment --comment lxc-uplink "
                "-j LXC-UPLINK-HAIRPIN",
                "-A LXC-UPLINK-PORTS -p tcp -m tcp --dport 8080 " + tagged +
                    "-j DNAT --to-destination [fd00::10]:80",
                "-A LXC-UPLINK-HAIRPIN -s fd00::/64 -d fd00::10/128 -p tcp -m conntrack "
                "--ctorigdstport 8080 " +
                    tagged + "-j MASQUERADE"});
}

TEST_CASE("ports that stay the same are not named, ranges are shifted by their first port")
{
    const auto way_in = [](const PublishedPort& each) { return rules_of(each).front(); };
    CHECK(way_in(port({8000, 8010}, "10.0.3.10", {8000, 8010}, "10.0.3.0/24")) ==
          "-A LXC-UPLINK-PORTS -p tcp -m tcp --dport 8000:8010 " + tagged +
              "-j DNAT --to-destination 10.0.3.10");
    CHECK(way_in(port({8000, 8010}, "10.0.3.10", {9000, 9010}, "10.0.3.0/24")) ==
          "-A LXC-UPLINK-PORTS -p tcp -m tcp --dport 8000:8010 " + tagged +
              "-j DNAT --to-destination 10.0.3.10:9000-9010/8000");
    CHECK(way_in(port({8000, 8010}, "fd00::10", {9000, 9010}, "fd00::/64")) ==
          "-A LXC-UPLINK-PORTS -p tcp -m tcp --dport 8000:8010 " + tagged +
              "-j DNAT --to-destination [fd00::10]:9000-9010/8000");
}

TEST_CASE("a port of one address names it on both ways")
{
    PublishedPort bound = port({53, 53}, "10.0.3.10", {53, 53}, "10.0.3.0/24");
    bound.address = ip_address("192.0.2.1");
    bound.protocol = Protocol::udp;
    CHECK(rules_of(bound) == Lines{"-A LXC-UPLINK-PORTS -d 192.0.2.1/32 -p udp -m udp --dport 53 " + tagged +
                                       "-j DNAT --to-destination 10.0.3.10",
                                   "-A LXC-UPLINK-HAIRPIN -s 10.0.3.0/24 -d 10.0.3.10/32 -p udp -m conntrack "
                                   "--ctorigdst 192.0.2.1 --ctorigdstport 53 " +
                                       tagged + "-j MASQUERADE",
                                   "-A LXC-UPLINK-HAIRPIN -s 127.0.0.0/8 -d 10.0.3.10/32 -p udp -m conntrack "
                                   "--ctorigdst 192.0.2.1 --ctorigdstport 53 " +
                                       tagged + "-j MASQUERADE"});
}

TEST_CASE("what may not come in is dropped in a chain of its block, and what is open returns before")
{
    const std::string to_main =
        "-A FORWARD -m conntrack --ctstate NEW -m comment --comment lxc-uplink -j LXC-UPLINK";
    const std::string redirected = "-A LXC-UPLINK -m conntrack --ctstate DNAT -j RETURN";
    CHECK(lines_of(InboundRule{net("10.0.3.10/32"), "br0", false, tag}) ==
          Lines{"IPv4 filter", "-N LXC-UPLINK", to_main, redirected, "-N LXC-UPLINK-10.0.3.0/24",
                "-A LXC-UPLINK -d 10.0.3.0/24 -j LXC-UPLINK-10.0.3.0/24",
                "-A LXC-UPLINK-10.0.3.0/24 -d 10.0.3.10/32 ! -i br0 " + tagged + "-j DROP"});
    CHECK(lines_of(InboundRule{net("fd00::10/128"), "br0", true, tag}) ==
          Lines{"IPv6 filter", "-N LXC-UPLINK", to_main, redirected,
                "-A LXC-UPLINK -d fd00::10/128 " + tagged + "-j RETURN"});
}

TEST_CASE("the loopback guard drops before any NAT")
{
    CHECK(lines_of(LoopbackGuard{"br0", tag}) ==
          Lines{"IPv4 raw", "-N LXC-UPLINK", "-A PREROUTING -m comment --comment lxc-uplink -j LXC-UPLINK",
                "-A LXC-UPLINK -s 127.0.0.0/8 -i br0 " + tagged + "-j DROP",
                "-A LXC-UPLINK -d 127.0.0.0/8 -i br0 " + tagged + "-j DROP"});
}

TEST_CASE("a name or a tag that means something to the shell is quoted")
{
    MasqueradeRule odd = rule("10.0.3.10/32", "10.0.3.0/24", "e;th0");
    odd.tag = "lxc-uplink:shared:$(x)";
    CHECK(iptables_words(odd) == "-s 10.0.3.10/32 ! -d 10.0.3.0/24 -o 'e;th0' -m comment --comment "
                                 "'lxc-uplink:shared:$(x)' -j MASQUERADE");
}

TEST_CASE("adding: the chains, the bridges' own rules at the end and the containers' in front of them")
{
    const MasqueradeRule first = rule("10.0.3.10/32", "10.0.3.0/24");
    const MasqueradeRule wide = rule("172.16.0.0/16", "172.16.0.0/16");
    const MasqueradeRule second = rule("10.0.3.11/32", "10.0.3.0/24");
    CHECK(iptables_commands_to_add({first, wide, second}) ==
          Lines{make_main_chain, make_chain("10.0.3.0/24", "-I LXC-UPLINK 3"),
                make_chain("172.16.0.0/16", "-A LXC-UPLINK"),
                add_once("-I", "LXC-UPLINK-10.0.3.0/24", iptables_words(second)),
                add_once("-I", "LXC-UPLINK-10.0.3.0/24", iptables_words(first)),
                add_once("-A", "LXC-UPLINK-172.16.0.0/16", iptables_words(wide))});
}

TEST_CASE("removing: the rules, each chain that has become empty, the main chain when it leads nowhere")
{
    const MasqueradeRule first = rule("10.0.3.10/32", "10.0.3.0/24");
    const MasqueradeRule second = rule("10.0.4.10/32", "10.0.4.0/24");
    CHECK(iptables_commands_to_remove({second, first}) ==
          Lines{table + "-D LXC-UPLINK-10.0.3.0/24 " + iptables_words(first),
                table + "-D LXC-UPLINK-10.0.4.0/24 " + iptables_words(second), remove_if_empty("10.0.4.0/24"),
                remove_if_empty("10.0.3.0/24"),
                "[ \"$(" + table + "-S LXC-UPLINK | wc -l)\" -gt 3 ] || { " + table +
                    "-D POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK && " + table +
                    "-F LXC-UPLINK && " + table + "-X LXC-UPLINK; }"});
}
