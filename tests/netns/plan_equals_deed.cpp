// SPDX-License-Identifier: GPL-2.0-or-later
// The shell commands that a plan shows do what the program does: run in one world, they leave what it leaves
// in another.
#include "core/describe.h"
#include "core/iptables_words.h"
#include "core/shell_word.h"
#include "host/host.h"
#include "host/process.h"
#include "printers.h"
#include "values.h"
#include "world.h"

#include <algorithm>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

using namespace uplink;

namespace
{

const std::vector<std::string> none;

/// A world as a container's start finds it: two foreign bridges, one host end that LXC has made a port and
/// one that it has left alone.
struct Start : WorldWithNat {
    Start()
    {
        shell("sysctl -qw net.ipv4.ip_forward=0;"
              "ip link add br1 address 02:00:00:00:01:01 mtu 1400 type bridge; ip link set br1 up;"
              "ip link add br2 address 02:00:00:00:01:02 type bridge; ip link set br2 up;"
              "ip link add v0 address 02:00:00:00:02:00 type veth peer name v1 address 02:00:00:00:02:01;"
              "ip link add v2 address 02:00:00:00:02:02 type veth peer name v3 address 02:00:00:00:02:03;"
              "ip link set v0 master br2; ip link set v0 up;"
              "iptables-legacy -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE");
    }
};

/// What `ip`, iptables and sysctl tell, a line for each fact, but for timers and for what follows from a
/// carrier in the kernel's own time.
std::set<std::string> everything()
{
    std::set<std::string> facts;
    std::istringstream lines(
        nat_table() +
        shell("sysctl net.ipv4.ip_forward; ip route show table all type unicast | sed 's/ linkdown//'"));
    for (std::string line; std::getline(lines, line);)
        facts.insert(line);
    const auto links = ip("address show").flatten();
    const std::regex passing("_timer$|/operstate|/qdisc|/promiscuity|/allmulti|/flags/|_data/state");
    for (const auto& fact : links.items())
        if (!std::regex_search(fact.key(), passing))
            facts.insert(fact.key() + " = " + fact.value().dump());
    std::istringstream up(shell("ip -brief link show up"));
    for (std::string name, rest; up >> name && std::getline(up, rest);)
        facts.insert(name + " is up");
    return facts;
}

/// What is true on one side alone.
std::vector<std::string> differences(const std::set<std::string>& left, const std::set<std::string>& right)
{
    std::vector<std::string> facts;
    std::set_symmetric_difference(left.begin(), left.end(), right.begin(), right.end(),
                                  std::back_inserter(facts));
    return facts;
}

/// With the names of the host ends that are not in the plan, where the program would ask the kernel.
void in_shell(const Plan& plan)
{
    std::string script = "VETH_0=v0 VETH_1=v2\n";
    for (const Step& step : plan)
        for (const std::string& command : shell_commands(step))
            script += command + "\n";
    shell(script);
}

void by_program(const Plan& plan)
{
    Host host(viewpoint());
    for (const Step& step : plan)
        host.apply(step);
}

const Bridge br0 = {
    "br0", "02:00:00:00:00:01", {ipv4("10.0.3.1/24"), ipv4("10.0.9.1/30")}, {{"fd00::1", 64}}};
const MasqueradeRule by_eth0 = {network("10.0.4.10/32"), network("10.0.4.0/24"), "eth0", web1_tag};
const RuleSet rules = {
    {MasqueradeRule{network("10.0.3.10/32"), network("10.0.3.0/24"), "", web1_tag},
     MasqueradeRule{network("10.0.3.11/32"), network("10.0.3.0/24"), "", web1_tag}, by_eth0,
     MasqueradeRule{network("172.16.0.0/16"), network("172.16.0.0/16"), "", shared_tag("br1")}}};

BridgePort port(unsigned nic, const std::string& name, const std::string& bridge, bool linked)
{
    BridgePort port = {nic, nic, name, 0, bridge, linked, false, false, std::nullopt};
    return port;
}

BridgePort with_flags(BridgePort port)
{
    port.hairpin = true;
    port.isolate = true;
    return port;
}

/// Each of them by itself, and all of them after each other.
const std::vector<Plan> plans = {
    {{Action::add, br0}},
    {{Action::add, Ipv4Forwarding{}}},
    {{Action::add, rules}},
    {{Action::add, with_flags(port(0, "v0", "br2", true))}},
    {{Action::add, port(1, "v2", "br1", false)}},
    {{Action::add, br0},
     {Action::add, rules},
     {Action::add, Ipv4Forwarding{}},
     {Action::add, port(0, "v0", "br2", true)},
     {Action::add, with_flags(port(1, "v2", "br0", false))}},
};

/// What is left when `act` has worked on the start of a container.
template<typename Act>
std::set<std::string> left_by(const Act& act)
{
    const Start start;
    act();
    return everything();
}

/// As start-host does: the record gets the ifindexes that the kernel has given.
Plan with_ifindexes(Plan plan)
{
    for (Step& step : plan)
        if (auto* port = std::get_if<BridgePort>(&step.resource))
            port->ifindex = ifindex_of(shell_word(port->port));
    return plan;
}

} // namespace

TEST_CASE("what a plan shows is what is done")
{
    const auto untouched = left_by([] {});
    for (const Plan& plan : plans) {
        CAPTURE(plan);
        const auto done = left_by([&] { by_program(plan); });
        CHECK(done != untouched);
        CHECK(differences(done, left_by([&] { in_shell(plan); })) == none);
    }
}

TEST_CASE("keeping a bridge that an earlier container had made is done as it is shown")
{
    Bridge kept = br0;
    kept.kept = true;
    const auto done = left_by([&] { by_program({{Action::add, br0}, {Action::add, kept}}); });
    const auto shown = left_by([&] {
        by_program({{Action::add, br0}});
        in_shell({{Action::add, kept}});
    });
    CHECK(differences(done, shown) == none);
}

TEST_CASE("host ends that are not known yet stand as variables in the commands")
{
    const Plan unknown = {{Action::add, port(0, "", "br2", true)}, {Action::add, port(1, "", "br1", false)}};
    const Plan known = {{Action::add, port(0, "v0", "br2", true)},
                        {Action::add, port(1, "v2", "br1", false)}};
    CHECK(differences(left_by([&] { by_program(known); }), left_by([&] { in_shell(unknown); })) == none);
}

TEST_CASE("names that mean something to the shell are shown so that it takes them as they are")
{
    const MasqueradeRule rule = {network("10.0.3.10/32"), network("10.0.3.0/24"), "e'&`th0`",
                                 shared_tag("b;exit 1;$(x)")};
    const Plan plan = {{Action::add, Bridge{"b;exit;$(x)", "02:00:00:00:00:01", {ipv4("10.0.3.1/24")}, {}}},
                       {Action::add, RuleSet{{rule}}},
                       {Action::add, with_flags(port(1, "v*\"'$y", "b1>#\\$HOME", false))}};
    const auto start = [] {
        shell("ip link add 'b1>#\\$HOME' address 02:00:00:00:01:03 mtu 1400 type bridge;"
              "ip link set v2 name 'v*\"'\\''$y'");
    };
    const auto done = left_by([&] { start(), by_program(plan); });
    CHECK(differences(done, left_by([&] { start(), in_shell(plan); })) == none);
    const auto undone =
        left_by([&] { start(), by_program(plan), by_program(plan_post_stop(with_ifindexes(plan), {})); });
    CHECK(differences(undone, left_by([&] {
                          start(), by_program(plan), in_shell(plan_post_stop(plan, {}));
                      })) == none);
}

TEST_CASE("a second container's plan, on top of the first one's, is done as it is shown, and undone so")
{
    const Step first = {Action::add, rules};
    const RuleSet more = {
        {MasqueradeRule{network("10.0.3.12/32"), network("10.0.3.0/24"), "", web1_tag + "2"}}};
    const Step second = {Action::add, more};
    const auto with_both = left_by([&] { by_program({first, second}); });
    const auto shown_behind_first = left_by([&] {
        by_program({first});
        in_shell({second});
    });
    CHECK(differences(with_both, shown_behind_first) == none);
    const auto undone_by_hand = left_by([&] {
        by_program({first, second});
        in_shell({{Action::remove, more}});
    });
    CHECK(differences(left_by([&] { by_program({first}); }), undone_by_hand) == none);
}

TEST_CASE("the way back that a record shows is the way back that is gone")
{
    for (const Plan& plan : plans) {
        CAPTURE(plan);
        const auto undone = left_by([&] {
            by_program(plan);
            by_program(plan_post_stop(with_ifindexes(plan), {}));
        });
        const auto undone_by_hand = left_by([&] {
            by_program(plan);
            in_shell(plan_post_stop(plan, {}));
        });
        CHECK(differences(undone, undone_by_hand) == none);
    }
}
