// SPDX-License-Identifier: GPL-2.0-or-later
// The layout of the nat table in names and commands.
#include "core/masquerade.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

using Commands = std::vector<std::string>;

const std::string make_main_chain =
    "iptables-legacy -t nat -N LXC-UPLINK 2>/dev/null"
    " && iptables-legacy -t nat -A LXC-UPLINK -d 224.0.0.0/4 -j RETURN"
    " && iptables-legacy -t nat -A LXC-UPLINK -d 255.255.255.255/32 -j RETURN"
    " && iptables-legacy -t nat -A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK";

std::string make_chain(const std::string& block)
{
    return "iptables-legacy -t nat -N LXC-UPLINK-" + block +
           " 2>/dev/null && iptables-legacy -t nat -A LXC-UPLINK -s " + block + " -j LXC-UPLINK-" + block;
}

MasqueradeRule rule(const std::string& source, const std::string& inside, const std::string& out = "")
{
    return {network(source), network(inside), out, "lxc-uplink:shared:br0"};
}

std::string remove_if_empty(const std::string& block)
{
    return "[ \"$(iptables-legacy -t nat -S LXC-UPLINK-" + block +
           " | wc -l)\" -gt 1 ] || { iptables-legacy -t nat -D LXC-UPLINK -s " + block + " -j LXC-UPLINK-" +
           block + " && iptables-legacy -t nat -X LXC-UPLINK-" + block + "; }";
}

std::string add_once(const std::string& block, const MasqueradeRule& rule)
{
    const std::string words = "LXC-UPLINK-" + block + " " + iptables_words(rule);
    return "iptables-legacy -t nat -C " + words + " 2>/dev/null || iptables-legacy -t nat -A " + words;
}

} // namespace

TEST_CASE("a rule is filed under the /24 of its source, and a wider source under itself")
{
    CHECK(block_of(rule("10.0.3.10/32", "10.0.3.0/24")) == network("10.0.3.0/24"));
    CHECK(block_of(rule("10.0.3.128/25", "10.0.3.128/25")) == network("10.0.3.0/24"));
    CHECK(block_of(rule("10.0.3.0/24", "10.0.3.0/24")) == network("10.0.3.0/24"));
    CHECK(block_of(rule("10.0.0.0/23", "10.0.0.0/23")) == network("10.0.0.0/23"));
    CHECK(block_of(rule("172.16.0.0/16", "172.16.0.0/16")) == network("172.16.0.0/16"));
    CHECK(block_of(rule("0.0.0.0/0", "0.0.0.0/0")) == network("0.0.0.0/0"));
}

TEST_CASE("a chain's name says its network and fits into the 28 characters that it may have")
{
    CHECK(chain_of(network("10.0.3.0/24")) == "LXC-UPLINK-10.0.3.0/24");
    CHECK(chain_of(network("192.168.100.0/24")).size() <= 28);
    CHECK(chain_of(network("255.255.255.0/24")).size() <= 28);
}

TEST_CASE("what is never masqueraded is multicast and the limited broadcast")
{
    CHECK(std::vector<IpNetwork>(unmasqueraded.begin(), unmasqueraded.end()) ==
          std::vector<IpNetwork>{network("224.0.0.0/4"), network("255.255.255.255/32")});
}

TEST_CASE("a rule in the words of iptables")
{
    CHECK(iptables_words(rule("10.0.3.10/32", "10.0.3.0/24")) ==
          "-s 10.0.3.10/32 ! -d 10.0.3.0/24 -m comment --comment \"lxc-uplink:shared:br0\" -j MASQUERADE");
    CHECK(iptables_words(rule("10.0.3.0/24", "10.0.3.0/24", "eth0")) ==
          "-s 10.0.3.0/24 ! -d 10.0.3.0/24 -o eth0 -m comment --comment \"lxc-uplink:shared:br0\" -j "
          "MASQUERADE");
}

TEST_CASE("a name or a tag that means something to the shell is quoted")
{
    MasqueradeRule odd = rule("10.0.3.10/32", "10.0.3.0/24", "e;th0");
    odd.tag = "lxc-uplink:shared:$(x)";
    CHECK(iptables_words(odd) == "-s 10.0.3.10/32 ! -d 10.0.3.0/24 -o 'e;th0' -m comment --comment "
                                 "'lxc-uplink:shared:$(x)' -j MASQUERADE");
}

TEST_CASE("adding: the main chain, a chain for each network, the rules")
{
    CHECK(
        iptables_commands_to_add({rule("10.0.3.10/32", "10.0.3.0/24"), rule("172.16.0.0/16", "172.16.0.0/16"),
                                  rule("10.0.3.11/32", "10.0.3.0/24")}) ==
        Commands{make_main_chain, make_chain("10.0.3.0/24"), make_chain("172.16.0.0/16"),
                 add_once("10.0.3.0/24", rule("10.0.3.10/32", "10.0.3.0/24")),
                 add_once("172.16.0.0/16", rule("172.16.0.0/16", "172.16.0.0/16")),
                 add_once("10.0.3.0/24", rule("10.0.3.11/32", "10.0.3.0/24"))});
}

TEST_CASE("removing: the rules, each chain that has become empty, the main chain when it leads nowhere")
{
    const std::string table = "iptables-legacy -t nat ";
    CHECK(
        iptables_commands_to_remove({rule("10.0.3.10/32", "10.0.3.0/24"), rule("10.0.3.11/32", "10.0.3.0/24"),
                                     rule("10.0.4.10/32", "10.0.4.0/24")}) ==
        Commands{table + "-D LXC-UPLINK-10.0.3.0/24 " + iptables_words(rule("10.0.3.10/32", "10.0.3.0/24")),
                 table + "-D LXC-UPLINK-10.0.3.0/24 " + iptables_words(rule("10.0.3.11/32", "10.0.3.0/24")),
                 table + "-D LXC-UPLINK-10.0.4.0/24 " + iptables_words(rule("10.0.4.10/32", "10.0.4.0/24")),
                 remove_if_empty("10.0.3.0/24"), remove_if_empty("10.0.4.0/24"),
                 table + "-S LXC-UPLINK | grep -q -e '-j LXC-UPLINK-' || { " + table +
                     "-D POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK && " + table +
                     "-F LXC-UPLINK && " + table + "-X LXC-UPLINK; }"});
}
