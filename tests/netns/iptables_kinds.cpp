// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of every kind in every legacy table of both families, as iptables-legacy-save shows them.
#include "host/iptables_firewall.h"

#include "core/iptables_words.h"
#include "host_with_containers.h"
#include "printers.h"

#include <algorithm>
#include <sstream>

using namespace uplink;

namespace
{

using Lines = std::vector<std::string>;

/// All rules of one table.
Lines lines_of(const IptablesTable& table)
{
    std::istringstream text(
        shell((table.ipv6 ? "ip6tables-legacy-save -t " : "iptables-legacy-save -t ") + table.name));
    Lines lines;
    for (std::string line; std::getline(text, line);)
        if (line.rfind("-A ", 0) == 0)
            lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
}

/// What the rule and its chains are in words.
Lines words_of(const IptablesForm& form)
{
    Lines lines;
    const auto append = [&](const std::vector<IptablesRule>& rules) {
        for (const IptablesRule& rule : rules)
            lines.push_back("-A " + rule.chain + " " + iptables_words(rule));
    };
    for (const IptablesChain& chain : form.chains) {
        append(chain.entries);
        append(chain.jumps);
    }
    append(form.rules);
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::vector<Rule> all_kinds()
{
    std::vector<Rule> rules = {LoopbackGuard{"br0", owner}};
    for (const std::string own : {"10.0.3.10", "fd00:3::10"}) {
        const IpNetwork inside = ip_address(own).ipv6 ? inside6 : inside4;
        const IpAddress host = ip_address(ip_address(own).ipv6 ? "2001:db8::1" : "192.0.2.1");
        rules.push_back(masquerade(own));
        rules.push_back(MasqueradeRule{inside, inside, "eth0", "lxc-uplink:shared:br0", {}});
        rules.push_back(MasqueradeRule{
            host_of(ip_address(own)), inside, "", owner, {std::nullopt, PortRange{2000, 2009}, true}});
        rules.push_back(
            MasqueradeRule{host_of(ip_address(own)), inside, "eth0", owner, {host, std::nullopt, false}});
        rules.push_back(
            MasqueradeRule{host_of(ip_address(own)), inside, "eth1", owner, {host, PortRange{7, 7}, true}});
        for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp}) {
            rules.push_back(published(protocol, {80, 80}, own, {80, 80}));
            rules.push_back(published(protocol, {81, 81}, own, {80, 80}));
            PublishedPort bound = published(protocol, {8000, 8010}, own, {9000, 9010});
            bound.address = host;
            rules.push_back(bound);
        }
        rules.push_back(inbound(inside, false));
        rules.push_back(inbound(host_of(ip_address(own)), true));
    }
    return rules;
}

bool no_rules_are_left()
{
    for (const bool ipv6 : {false, true})
        for (const char* name : {"nat", "filter", "raw"})
            if (const std::string command = ipv6 ? "ip6tables-legacy-save -t " : "iptables-legacy-save -t ";
                shell(command + name).find("LXC-UPLINK") != std::string::npos)
                return false;
    return true;
}

} // namespace

TEST_CASE_FIXTURE(WorldWithNat, "a rule of every kind is shown by iptables in the words that we have for it")
{
    IptablesFirewall firewall;
    for (const Rule& rule : all_kinds()) {
        const IptablesForm form = iptables_form(rule);
        for (int i = 0; i < 2; ++i) {
            firewall.add({rule});
            CHECK(lines_of(form.table) == words_of(form));
        }
        CHECK(firewall.standing({rule}).front().reached);
        CHECK(firewall.tags() == std::set{tag_of(rule)});
        for (int i = 0; i < 2; ++i) {
            firewall.remove({rule});
            CHECK(lines_of(form.table).empty());
        }
        CHECK_FALSE(firewall.standing({rule}).front().there);
    }
    CHECK(no_rules_are_left());
}

TEST_CASE_FIXTURE(WorldWithNat, "a rule of every kind is found and removed when iptables has made it")
{
    CHECK(no_rules_are_left()); // and all tables are there, which the dumps below name
    IptablesFirewall firewall;
    for (const std::string& command : iptables_commands_to_add(all_kinds()))
        shell(command);
    for (const Standing& standing : firewall.standing(all_kinds()))
        CHECK(standing.reached);
    const auto without_comments = [&] {
        return shell("{ iptables-legacy-save; ip6tables-legacy-save; } | grep -v '^#' | sed 's/^\\(:.*\\) "
                     "\\[.*/\\1/'");
    };
    const std::string by_hand = without_comments();
    firewall.add(all_kinds());
    CHECK(without_comments() == by_hand);
    firewall.remove(all_kinds());
    CHECK(no_rules_are_left());
    firewall.add(all_kinds());
    CHECK(without_comments() == by_hand);
    for (const std::string& command : iptables_commands_to_remove(all_kinds()))
        shell(command);
    CHECK(no_rules_are_left());
}

TEST_CASE_FIXTURE(WorldWithNat, "the rules with a tag go from all tables, and only these")
{
    IptablesFirewall firewall;
    firewall.add({masquerade("10.0.3.11", "lxc-uplink:other"), inbound(inside6, false, "lxc-uplink:other")});
    const std::string others = shell("iptables-legacy-save | grep '^-A'; ip6tables-legacy-save | grep '^-A'");
    firewall.add(all_kinds());
    CHECK(firewall.tags() == std::set<std::string>{owner, "lxc-uplink:other", "lxc-uplink:shared:br0"});
    firewall.remove_tagged(owner);
    firewall.remove_tagged("lxc-uplink:shared:br0");
    CHECK(shell("iptables-legacy-save | grep '^-A'; ip6tables-legacy-save | grep '^-A'") == others);
    firewall.remove_tagged("lxc-uplink:other");
    CHECK(no_rules_are_left());
}

TEST_CASE_FIXTURE(WorldWithNat, "all kinds come back after a flush, and go when others have flushed")
{
    IptablesFirewall firewall;
    const std::string flush =
        "for t in nat filter raw; do for i in iptables ip6tables; do $i-legacy -t $t -F; "
        "done; done";
    firewall.add(all_kinds());
    shell(flush);
    firewall.add(all_kinds());
    for (const Standing& standing : firewall.standing(all_kinds()))
        CHECK(standing.reached);
    shell(flush);
    firewall.remove(all_kinds());
    CHECK(no_rules_are_left());
}

TEST_CASE_FIXTURE(WorldWithNat, "only the tables that the rules need are made")
{
    IptablesFirewall firewall;
    firewall.remove(all_kinds());
    firewall.remove_tagged(owner);
    CHECK(firewall.tags().empty());
    CHECK(shell("cat /proc/net/ip_tables_names /proc/net/ip6_tables_names").empty());
    firewall.add({inbound(inside6, false)});
    CHECK(shell("cat /proc/net/ip_tables_names /proc/net/ip6_tables_names") == "filter\n");
}
