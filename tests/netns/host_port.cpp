// SPDX-License-Identifier: GPL-2.0-or-later
// Ports as steps: checked, added and released, each twice, and never somebody else's.
#include "host/host.h"

#include "host/process.h"
#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

struct WorldWithVeth : World {
    WorldWithVeth()
    {
        shell("ip link add br0 mtu 1400 type bridge; ip link add br1 type bridge;"
              "ip link add v0 type veth peer name v1");
    }

    static BridgePort v0()
    {
        return {0, 0, "v0", ifindex_of("v0"), "br0", false, false, false, std::nullopt};
    }

    static BridgePort linked_v0()
    {
        BridgePort port = v0();
        port.linked = true;
        return port;
    }

    static std::string bridge_of_v0() { return ip_link("v0").value("master", "none"); }

    static nlohmann::json flags()
    {
        return nlohmann::json::parse(shell("bridge -details -json link show dev v0")).at(0);
    }

    void add(const BridgePort& port) { host.apply({Action::add, port}); }
    void remove(const BridgePort& port) { host.apply({Action::remove, port}); }

    Host host{viewpoint()};
};

} // namespace

TEST_CASE_FIXTURE(WorldWithVeth, "a host end joins its bridge, takes its MTU and comes up, and twice is once")
{
    for (int i = 0; i < 2; ++i) {
        add(v0());
        CHECK(bridge_of_v0() == "br0");
        CHECK(ip_link("v0").at("mtu") == 1400);
        CHECK(ip_link("br0").at("mtu") == 1400);
        CHECK(shell("ip -oneline link show dev v0 up").find("v0") != std::string::npos);
        CHECK(flags().at("hairpin") == false);
        CHECK(flags().at("isolated") == false);
    }
}

TEST_CASE_FIXTURE(WorldWithVeth, "an MTU that the configuration names wins over the bridge's")
{
    BridgePort port = v0();
    port.mtu = 1280;
    add(port);
    CHECK(ip_link("v0").at("mtu") == 1280);
}

TEST_CASE_FIXTURE(WorldWithVeth, "hairpin and isolate are set on a port that joins and on one that LXC made")
{
    BridgePort port = v0();
    port.hairpin = true;
    add(port);
    CHECK(flags().at("hairpin") == true);
    CHECK(flags().at("isolated") == false);
    BridgePort linked = linked_v0();
    linked.isolate = true;
    add(linked);
    CHECK(flags().at("hairpin") == false);
    CHECK(flags().at("isolated") == true);
}

TEST_CASE_FIXTURE(WorldWithVeth, "a port that LXC made is left as it is")
{
    shell("ip link set v0 master br0; ip link set v0 mtu 1300; bridge link set dev v0 hairpin on");
    add(linked_v0());
    CHECK(bridge_of_v0() == "br0");
    CHECK(ip_link("v0").at("mtu") == 1300);
    CHECK(flags().at("hairpin") == true);
}

TEST_CASE_FIXTURE(WorldWithVeth, "a port that LXC has not made, or made elsewhere, is refused and left alone")
{
    CHECK(refusal_of([&] { add(linked_v0()); }) == "LXC has not made it a port of that bridge");
    CHECK(bridge_of_v0() == "none");
    shell("ip link set v0 master br1");
    CHECK(refusal_of([&] { add(linked_v0()); }) == "LXC has not made it a port of that bridge");
    CHECK(refusal_of([&] { add(v0()); }) == "it is a port of another bridge");
    CHECK(bridge_of_v0() == "br1");
}

TEST_CASE_FIXTURE(WorldWithVeth, "a port or a bridge that is not there is refused by name")
{
    BridgePort port = v0();
    port.port = "v9";
    CHECK(refusal_of([&] { add(port); }) == "interface v9 does not exist");
    port = v0();
    port.bridge = "br9";
    CHECK(refusal_of([&] { add(port); }) == "interface br9 does not exist");
}

TEST_CASE_FIXTURE(WorldWithVeth, "a port is released, and a second time is no error")
{
    const BridgePort port = v0();
    add(port);
    for (int i = 0; i < 2; ++i) {
        remove(port);
        CHECK(bridge_of_v0() == "none");
    }
}

TEST_CASE_FIXTURE(WorldWithVeth, "releasing a port that has gone, with or without its bridge, is no error")
{
    const BridgePort port = v0();
    add(port);
    shell("ip link delete v0");
    CHECK(refusal_of([&] { remove(port); }) == "(no error)");
    shell("ip link delete br0");
    CHECK(refusal_of([&] { remove(port); }) == "(no error)");
}

TEST_CASE_FIXTURE(WorldWithVeth, "a port that moved to another bridge meanwhile is left there")
{
    const BridgePort port = v0();
    add(port);
    shell("ip link set v0 master br1");
    remove(port);
    CHECK(bridge_of_v0() == "br1");
}

TEST_CASE_FIXTURE(WorldWithVeth, "another link that has the port's name now is left alone")
{
    const BridgePort port = v0();
    add(port);
    shell("ip link delete v0; ip link add v0 type veth peer name v1; ip link set v0 master br0");
    remove(port);
    CHECK(bridge_of_v0() == "br0");
}

TEST_CASE_FIXTURE(WorldWithVeth, "a port whose link was never known is nothing to release")
{
    BridgePort port = v0();
    shell("ip link set v0 master br0");
    port.ifindex = 0;
    remove(port);
    CHECK(bridge_of_v0() == "br0");
}
