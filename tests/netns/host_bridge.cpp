// SPDX-License-Identifier: GPL-2.0-or-later
// Bridges, forwarding and rules as steps: made and undone, each twice.
#include "host/host.h"

#include "core/error.h"
#include "core/shared.h"
#include "host/process.h"
#include "iptables_rules.h"
#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

const Bridge br0 = {
    "br0", "02:00:00:00:00:01", {ipv4("10.0.3.1/24"), ipv4("10.0.4.1/24")}, {{"fd00::1", 64}}};
const Step make_br0 = {Action::add, br0};
const Step remove_br0 = {Action::remove, br0};

constexpr const char* theirs =
    "somebody else has made an interface of that name meanwhile: start the container again, "
    "which then uses theirs if it is a bridge";

bool exists(const std::string& name)
{
    return shell("ls /sys/class/net").find(name + "\n") != std::string::npos;
}

struct WorldWithHost : WorldWithNat {
    Host host{viewpoint()};
};

} // namespace

TEST_CASE_FIXTURE(WorldWithHost, "a bridge is made with alias, addresses and up, and twice is once")
{
    for (int i = 0; i < 2; ++i) {
        host.apply(make_br0);
        const auto link = ip_link("br0");
        CHECK(link.at("address") == "02:00:00:00:00:01");
        CHECK(link.at("ifalias") == "lxc-uplink");
        std::vector<std::string> addresses;
        for (const auto& address : link.at("addr_info"))
            addresses.push_back(address.at("local").get<std::string>() + "/" +
                                address.at("prefixlen").dump());
        CHECK(addresses == std::vector<std::string>{"10.0.3.1/24", "10.0.4.1/24", "fd00::1/64"});
        CHECK(shell("ip -oneline link show dev br0 up").find("br0") != std::string::npos);
        CHECK(host.own_bridges() == std::vector<std::string>{"br0"});
    }
}

TEST_CASE_FIXTURE(WorldWithHost, "a bridge stays as long as it has what was moved there from an uplink")
{
    const UplinkJournals journals(host.here());
    UplinkJournal journal;
    journal.move.nic = "eth0";
    journal.move.bridge = "br0";
    journal.boot_id = host.here().boot_id;
    host.apply(make_br0);
    journals.write(journal);
    CHECK_THROWS_WITH_AS(host.apply(remove_br0), "it still has what was moved there from eth0", Error);
    CHECK(exists("br0"));
    journals.remove("eth0");
    host.apply(remove_br0);
    CHECK_FALSE(exists("br0"));
}

TEST_CASE_FIXTURE(WorldWithHost, "a bridge is removed, and a second time is no error")
{
    host.apply(make_br0);
    host.apply(remove_br0);
    CHECK_FALSE(exists("br0"));
    host.apply(remove_br0);
    CHECK_FALSE(exists("br0"));
    CHECK(host.own_bridges().empty());
}

TEST_CASE_FIXTURE(WorldWithHost, "an interface that somebody made meanwhile is refused and left as it is")
{
    for (const std::string kind :
         {"bridge", "veth peer name d1", "veth peer name d1; ip link set br0 alias lxc-uplink"})
        for (const bool kept : {false, true}) {
            CAPTURE(kind);
            CAPTURE(kept);
            shell("ip link add br0 type " + kind);
            const std::string before = shell("ip -details address show dev br0");
            Bridge bridge = br0;
            bridge.kept = kept;
            CHECK_THROWS_WITH_AS(host.apply({Action::add, bridge}), theirs, NothingChanged);
            CHECK(shell("ip -details address show dev br0") == before);
            host.apply({Action::remove, bridge});
            CHECK(exists("br0"));
            shell("ip link delete br0");
        }
}

TEST_CASE_FIXTURE(WorldWithHost, "a bridge that a killed hook left without alias is finished")
{
    shell("ip link add br0 address 02:00:00:00:00:01 type bridge");
    host.apply(make_br0);
    CHECK(ip_link("br0").at("ifalias") == "lxc-uplink");
    CHECK(shell("ip -brief address show dev br0").find("10.0.3.1/24") != std::string::npos);
}

TEST_CASE_FIXTURE(WorldWithHost, "a bridge that is to be kept and has gone meanwhile is made again")
{
    Bridge kept = br0;
    kept.kept = true;
    host.apply({Action::add, kept});
    CHECK(ip_link("br0").at("address") == "02:00:00:00:00:01");
    CHECK(host.own_bridges() == std::vector<std::string>{"br0"});
}

TEST_CASE_FIXTURE(WorldWithHost, "the name in a key is enough to remove a bridge")
{
    host.apply(make_br0);
    host.apply(removal_of(key_of(br0)).value());
    CHECK_FALSE(exists("br0"));
}

TEST_CASE_FIXTURE(WorldWithHost, "a bridge with somebody's port is spared, and goes when the port has gone")
{
    host.apply(make_br0);
    shell("ip link add d0 type veth peer name d1; ip link set d0 master br0");
    host.apply(remove_br0);
    CHECK(exists("br0"));
    CHECK(ip_link("d0").at("master") == "br0");
    shell("ip link delete d0");
    host.apply(remove_br0);
    CHECK_FALSE(exists("br0"));
}

TEST_CASE_FIXTURE(WorldWithHost,
                  "a bridge that has neither our alias nor our MAC is somebody else's and spared")
{
    shell("ip link add br0 type bridge");
    host.apply(remove_br0);
    CHECK(exists("br0"));
    shell("ip link set br0 address 02:00:00:00:00:01 alias 'lxc-uplink no more'");
    host.apply(remove_br0);
    CHECK(exists("br0"));
    CHECK(host.own_bridges().empty());
}

TEST_CASE_FIXTURE(WorldWithHost, "a bridge with our MAC and no alias is what a killed hook left, and goes")
{
    shell("ip link add br0 address 02:00:00:00:00:01 type bridge");
    host.apply(removal_of(key_of(br0)).value());
    CHECK(exists("br0"));
    host.apply(remove_br0);
    CHECK_FALSE(exists("br0"));
}

TEST_CASE_FIXTURE(WorldWithHost, "a link with our alias that is no bridge is spared")
{
    shell("ip link add br0 type veth peer name d1; ip link set br0 alias lxc-uplink");
    host.apply(remove_br0);
    CHECK(exists("br0"));
}

TEST_CASE_FIXTURE(WorldWithHost, "forwarding is turned on, and stays on when it is on")
{
    shell("sysctl -qw net.ipv4.ip_forward=0");
    for (int i = 0; i < 2; ++i) {
        host.apply({Action::add, Ipv4Forwarding{}});
        CHECK(shell("sysctl -n net.ipv4.ip_forward") == "1\n");
    }
}

TEST_CASE_FIXTURE(WorldWithHost, "rules come and go as a step, twice as well as once")
{
    const RuleSet rules = {{own_rule("10.0.3.10"), own_rule("10.0.4.10")}};
    for (int i = 0; i < 2; ++i) {
        host.apply({Action::add, rules});
        CHECK(lines_with("-j MASQUERADE").size() == 2);
        CHECK(host.tags() == std::set{web1_tag});
    }
    for (int i = 0; i < 2; ++i) {
        host.apply({Action::remove, rules});
        CHECK(nat_table() == empty_nat_table);
        CHECK(host.tags().empty());
    }
}

TEST_CASE_FIXTURE(WorldWithHost, "an interface name that ends where another one goes on is another interface")
{
    host.apply({Action::add, Bridge{"br0", "02:00:00:00:00:01", {}, {}}});
    host.apply({Action::add, Bridge{"br01", "02:00:00:00:00:02", {}, {}}});
    host.apply({Action::remove, Bridge{"br0", "", {}, {}}});
    CHECK(host.own_bridges() == std::vector<std::string>{"br01"});
}
