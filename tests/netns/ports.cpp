// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/netlink.h"

#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

struct WorldWithPort : World {
    WorldWithPort()
    {
        shell("ip link add br0 type bridge; ip link add br1 type bridge; ip link add v0 type veth peer name "
              "v1");
        br0 = ifindex_of("br0");
        v0 = ifindex_of("v0");
    }

    /// The bridge's own view of its port.
    static nlohmann::json port()
    {
        return nlohmann::json::parse(shell("bridge -details -json link show dev v0")).at(0);
    }

    unsigned br0 = 0;
    unsigned v0 = 0;
    Netlink netlink;
};

} // namespace

TEST_CASE_FIXTURE(WorldWithPort, "a link joins a bridge, moves to another one and leaves it")
{
    netlink.set_bridge(v0, br0);
    CHECK(ip_link("v0").at("master") == "br0");
    netlink.set_bridge(v0, ifindex_of("br1"));
    CHECK(ip_link("v0").at("master") == "br1");
    netlink.set_bridge(v0, 0);
    CHECK_FALSE(ip_link("v0").contains("master"));
    netlink.set_bridge(v0, 0);
    CHECK_FALSE(ip_link("v0").contains("master"));
}

TEST_CASE_FIXTURE(WorldWithPort, "a port's flags are set and taken back, each by itself")
{
    netlink.set_bridge(v0, br0);
    for (const bool hairpin : {true, false})
        for (const bool isolate : {true, false}) {
            CAPTURE(hairpin);
            CAPTURE(isolate);
            netlink.set_port_flags(v0, hairpin, isolate);
            CHECK(port().at("hairpin") == hairpin);
            CHECK(port().at("isolated") == isolate);
        }
}

TEST_CASE_FIXTURE(WorldWithPort, "a port's other flags stay as they were")
{
    netlink.set_bridge(v0, br0);
    shell("bridge link set dev v0 learning off guard on");
    netlink.set_port_flags(v0, true, true);
    CHECK(port().at("learning") == false);
    CHECK(port().at("guard") == true);
}
