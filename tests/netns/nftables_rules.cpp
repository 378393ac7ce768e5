// SPDX-License-Identifier: GPL-2.0-or-later
// Our own rules in nf_tables, as nft shows them, beside those of other people.
#include "host/nftables_firewall.h"

#include "core/nftables_rules.h"
#include "host_with_containers.h"

using namespace uplink;

namespace
{

std::string ruleset()
{
    return shell("nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*/packets 0 bytes 0/'");
}

/// The order of chains is that in which they were made.
std::string sorted(const std::string& text)
{
    return shell("LC_ALL=C sort <<'END'\n" + text + "END\n");
}

std::string elements()
{
    return shell(
        "nft -n list table inet lxc_uplink | grep -o '[^ ]* *[^{]*comment.*' | "
        "sed 's/^[[:space:]]*//; s/^elements = //; s/^{ //; s/ counter packets [0-9]* bytes [0-9]*//; "
        "s/ comment \"[^\"]*\"//; s/[,} ]*$//'");
}

/// One rule of each kind and shape.
std::vector<Rule> every_rule(const std::string& tag = owner)
{
    MasqueradeRule by_eth0 = masquerade("10.0.3.10", tag);
    by_eth0.out = "eth0";
    MasqueradeRule shared = {inside4, inside4, "", tag, {}};
    MasqueradeRule snat = masquerade("fd00:3::10", tag);
    snat.nat = {ip_address("2001:db8::1"), PortRange{2000, 3000}, true};
    PublishedPort bound = published(Protocol::udp, {53, 53}, "10.0.3.10", {53, 53}, tag);
    bound.address = ip_address("192.0.2.1");
    PublishedPort bound_range = published(Protocol::tcp, {70, 79}, "fd00:3::10", {70, 79}, tag);
    bound_range.address = ip_address("2001:db8::1");
    return {masquerade("10.0.3.10", tag),
            by_eth0,
            shared,
            snat,
            published(Protocol::tcp, {8080, 8080}, "10.0.3.10", {80, 80}, tag),
            published(Protocol::sctp, {8080, 8080}, "fd00:3::10", {80, 80}, tag),
            published(Protocol::tcp, {9000, 9010}, "10.0.3.10", {9000, 9010}, tag),
            published(Protocol::tcp, {7000, 7002}, "10.0.3.10", {8000, 8002}, tag),
            bound,
            bound_range,
            inbound(host_of(ip_address("10.0.3.10")), false, tag),
            inbound(host_of(ip_address("fd00:3::10")), true, tag),
            inbound(inside4, false, tag),
            LoopbackGuard{"br0", tag}};
}

bool all_stand(const std::vector<Standing>& standings, bool reached = true)
{
    return std::all_of(standings.begin(), standings.end(),
                       [&](const Standing& each) { return each.there && each.reached == reached; });
}

/// Tables as Docker (iptables-nft), lxc-net and an administrator have them.
void add_foreign_tables()
{
    shell("iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER;"
          "iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE;"
          "iptables -N DOCKER-USER; iptables -I FORWARD -j DOCKER-USER; iptables -P FORWARD DROP;"
          "nft 'table inet lxc { chain input { type filter hook input priority filter; iifname lxcbr0 udp "
          "dport "
          "{ 53, 67 } accept; }; }; table ip lxc { chain postrouting { type nat hook postrouting priority "
          "srcnat; "
          "ip saddr 10.9.0.0/24 ip daddr != 10.9.0.0/24 counter masquerade; }; };"
          "table ip lxc_uplink { map own4 { type ipv4_addr : verdict; elements = { 10.0.3.10 comment \"" +
          owner + "\" : accept }; }; }'");
}

} // namespace

TEST_CASE_FIXTURE(World, "every rule becomes an element of a map, and the table goes with the last of them")
{
    NftablesFirewall firewall;
    firewall.add(every_rule());
    CHECK(elements() == "10.0.3.10 : jump leaving-10.0.3.0/24\n"
                        "10.0.3.10 . \"eth0\" : jump leaving-10.0.3.0/24\n"
                        "10.0.3.0/24 : jump leaving-10.0.3.0/24\n"
                        "6 . 7000 : 10.0.3.10 . 8000\n"
                        "6 . 7001 : 10.0.3.10 . 8001\n"
                        "6 . 7002 : 10.0.3.10 . 8002\n"
                        "6 . 8080 : 10.0.3.10 . 80\n"
                        "6 . 9000-9010 : 10.0.3.10\n"
                        "192.0.2.1 . 17 . 53 : 10.0.3.10 . 53\n"
                        "6 . 7000 : goto hairpin-10.0.3.0/24\n"
                        "6 . 7001 : goto hairpin-10.0.3.0/24\n"
                        "6 . 7002 : goto hairpin-10.0.3.0/24\n"
                        "6 . 8080 : goto hairpin-10.0.3.0/24\n"
                        "6 . 9000-9010 : goto hairpin-10.0.3.0/24\n"
                        "192.0.2.1 . 17 . 53 : goto hairpin-10.0.3.0/24\n"
                        "10.0.3.10 : goto guard-br0\n"
                        "10.0.3.0/24 : goto guard-br0\n"
                        "fd00:3::10 : jump leaving-fd00_3__/64-as-2001_db8__1-ports-2000-3000-random\n"
                        "132 . 8080 : fd00:3::10 . 80\n"
                        "2001:db8::1 . 6 . 70-79 : fd00:3::10\n"
                        "132 . 8080 : goto hairpin-fd00_3__/64\n"
                        "2001:db8::1 . 6 . 70-79 : goto hairpin-fd00_3__/64\n"
                        "fd00:3::10 : goto leave-alone\n"
                        "\"br0\" : goto refuse-loopback\n");
    const std::string once = ruleset();
    CHECK(all_stand(firewall.standing(every_rule())));
    CHECK(firewall.tags() == std::set{owner});
    firewall.add(every_rule());
    CHECK(ruleset() == once);
    for (int i = 0; i < 2; ++i) {
        firewall.remove(every_rule());
        CHECK(ruleset().empty());
    }
}

TEST_CASE_FIXTURE(World, "each rule comes and goes alone, beside all the others")
{
    NftablesFirewall firewall;
    for (const Rule& rule : every_rule()) {
        std::vector<Rule> others = every_rule();
        others.erase(std::find(others.begin(), others.end(), rule));
        firewall.add({rule});
        const std::string alone = ruleset();
        CHECK(all_stand(firewall.standing({rule})));
        firewall.add(others);
        CHECK(all_stand(firewall.standing(every_rule())));
        firewall.remove({rule});
        CHECK_FALSE(firewall.standing({rule}).front().there);
        CHECK(all_stand(firewall.standing(others)));
        firewall.add({rule});
        firewall.remove(others);
        CHECK(sorted(ruleset()) == sorted(alone));
        firewall.remove({rule, rule});
        CHECK(ruleset().empty());
    }
}

TEST_CASE_FIXTURE(World, "rules of one tag go together, and leave those of others")
{
    NftablesFirewall firewall;
    const std::vector<Rule> others = {masquerade("10.0.3.11", "lxc-uplink:other"),
                                      LoopbackGuard{"br1", "lxc-uplink:other"}};
    firewall.add(others);
    const std::string before = ruleset();
    firewall.add(every_rule());
    CHECK(firewall.tags() == std::set<std::string>{owner, "lxc-uplink:other"});
    for (int i = 0; i < 2; ++i) {
        firewall.remove_tagged(owner);
        CHECK(ruleset() == before);
    }
    firewall.remove_tagged("lxc-uplink:other");
    CHECK(ruleset().empty());
}

TEST_CASE_FIXTURE(
    World, "the next life of a container takes its rules over, and the end of the last one leaves them")
{
    NftablesFirewall firewall;
    firewall.add(every_rule("lxc-uplink:first"));
    firewall.add(every_rule("lxc-uplink:second"));
    CHECK(firewall.tags() == std::set<std::string>{"lxc-uplink:second"});
    firewall.remove(every_rule("lxc-uplink:first"));
    firewall.remove_tagged("lxc-uplink:first");
    CHECK(all_stand(firewall.standing(every_rule("lxc-uplink:second"))));
    CHECK_FALSE(firewall.standing(every_rule("lxc-uplink:first")).front().there);
    firewall.remove(every_rule("lxc-uplink:second"));
    CHECK(ruleset().empty());
}

TEST_CASE_FIXTURE(World, "looking and removing make no table")
{
    NftablesFirewall firewall;
    firewall.remove(every_rule());
    firewall.remove_tagged(owner);
    CHECK(firewall.tags().empty());
    CHECK_FALSE(firewall.standing(every_rule()).front().there);
    CHECK(ruleset().empty());
}

TEST_CASE_FIXTURE(World, "what somebody flushed or deleted is told, and whole again when rules are added")
{
    NftablesFirewall firewall;
    firewall.add(every_rule());
    const std::string whole = ruleset();
    for (const char* harm :
         {"flush chain inet lxc_uplink postrouting", "flush chain inet lxc_uplink published4",
          "flush chain inet lxc_uplink leaving-10.0.3.0/24", "flush table inet lxc_uplink"}) {
        CAPTURE(harm);
        shell(std::string("nft ") + harm);
        const auto standings = firewall.standing(every_rule());
        CHECK(standings.front().there);
        CHECK_FALSE(standings.front().reached);
        firewall.add(every_rule());
        CHECK(ruleset() == whole);
    }
    for (const char* harm :
         {"flush ruleset", "delete table inet lxc_uplink", "flush map inet lxc_uplink own4"}) {
        CAPTURE(harm);
        shell(std::string("nft ") + harm);
        CHECK_FALSE(firewall.standing(every_rule()).front().there);
        firewall.add(every_rule());
        CHECK(all_stand(firewall.standing(every_rule())));
    }
    shell("nft flush table inet lxc_uplink; nft flush map inet lxc_uplink published4");
    firewall.remove(every_rule());
    CHECK(ruleset().empty());
}

TEST_CASE_FIXTURE(World, "tables of other people stay as they are, byte for byte")
{
    add_foreign_tables();
    const std::string theirs = shell("nft list ruleset; iptables-save | grep -v '^#'");
    NftablesFirewall firewall;
    firewall.add(every_rule());
    firewall.add({masquerade("10.0.3.11", "lxc-uplink:other")});
    CHECK(shell("iptables -S; iptables -t nat -S").find("incompatible") == std::string::npos);
    firewall.remove_tagged(owner);
    firewall.remove({masquerade("10.0.3.11", "lxc-uplink:other")});
    CHECK(shell("nft list ruleset; iptables-save | grep -v '^#'") == theirs);
}

TEST_CASE_FIXTURE(World,
                  "names that nft would read as something else are refused, others are taken as they are")
{
    NftablesFirewall firewall;
    for (const char* bridge : {"br*", "b\"0"}) {
        const std::string reason = std::string("nft takes no interface of the name ") + bridge +
                                   ": rename it, or set firewall = iptables";
        CHECK_THROWS_WITH_AS(firewall.add({LoopbackGuard{bridge, owner}}), reason.c_str(), NothingChanged);
        firewall.remove({LoopbackGuard{bridge, owner}});
    }
    CHECK(ruleset().empty());
    for (const char* bridge : {"1$;{}@'`#&|", "@eth0", "-", "fifteen-letters", "\xc3\xa4"}) {
        CAPTURE(bridge);
        MasqueradeRule by_bridge = masquerade("10.0.3.10", "lxc-uplink:$;{}'`");
        by_bridge.out = bridge;
        const std::vector<Rule> rules = {InboundRule{inside4, bridge, false, by_bridge.tag},
                                         LoopbackGuard{bridge, by_bridge.tag}, by_bridge};
        firewall.add(rules);
        CHECK(all_stand(firewall.standing(rules)));
        firewall.remove_tagged(by_bridge.tag);
        CHECK(ruleset().empty());
    }
}

TEST_CASE_FIXTURE(World, "a shell that runs the commands of a plan leaves what the program leaves")
{
    const std::vector<Rule> second = {
        masquerade("10.0.3.11", "lxc-uplink:other"),
        published(Protocol::tcp, {81, 81}, "10.0.3.11", {80, 80}, "lxc-uplink:other")};
    const auto in_shell = [](const std::vector<std::string>& commands) {
        for (const std::string& command : commands)
            shell(command);
    };
    NftablesFirewall firewall;
    firewall.add(every_rule());
    const std::string one = ruleset();
    firewall.add(second);
    const std::string both = ruleset();
    in_shell(nftables_commands_to_remove(second));
    CHECK(ruleset() == one);
    in_shell(nftables_commands_to_remove(every_rule()));
    CHECK(ruleset().empty());
    in_shell(nftables_commands_to_add(every_rule()));
    CHECK(all_stand(firewall.standing(every_rule())));
    in_shell(nftables_commands_to_add(second));
    in_shell(nftables_commands_to_add(second));
    CHECK(all_stand(firewall.standing(every_rule())));
    CHECK(all_stand(firewall.standing(second)));
    CHECK(sorted(ruleset()) == sorted(both));
}
