// SPDX-License-Identifier: GPL-2.0-or-later
// Looking into a container's network namespace, and telling which host end is which of its NICs.
#include "host/host.h"

#include "host/process.h"
#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

/// A process in a network namespace of its own, which stands for a container's init.
struct WorldWithContainer : World {
    Background init{"exec unshare -n sh -ec 'echo ready; read _'"};

    [[nodiscard]] std::string pid() const { return std::to_string(init.pid()); }

    void give_it_veth(const std::string& host_end, const std::string& container_end) const
    {
        shell("ip link add " + host_end + " type veth peer name " + container_end + " netns " + pid());
    }
};

Step port(unsigned position)
{
    return {Action::add,
            BridgePort{10 + position, position, "", 0, "br0", false, false, false, std::nullopt}};
}

std::vector<std::string> ports_of(const Plan& plan)
{
    std::vector<std::string> names;
    for (const Step& step : plan) {
        const auto& named = std::get<BridgePort>(step.resource);
        CHECK(named.ifindex == ifindex_of(named.port));
        names.push_back(named.port);
    }
    return names;
}

} // namespace

TEST_CASE_FIXTURE(WorldWithContainer,
                  "a look inside sees the container's links, and this process is back where it was")
{
    give_it_veth("v0", "eth0");
    const std::string before = shell("readlink /proc/$PPID/ns/net");
    Netlink inside = Netlink::inside(init.pid());
    CHECK(inside.link("eth0").has_value());
    CHECK_FALSE(inside.link("v0").has_value());
    CHECK(shell("readlink /proc/$PPID/ns/net") == before);
    CHECK(Netlink().link("v0").has_value());
    CHECK(Netlink().link("v0")->peer_namespace == Netlink().namespace_id(init.pid()));
    CHECK_FALSE(Netlink().link("eth0").has_value());
}

TEST_CASE_FIXTURE(WorldWithContainer,
                  "a look into a process that is gone is refused, and this process stays where it is")
{
    const pid_t gone = init.pid();
    init.kill();
    const std::string before = shell("readlink /proc/$PPID/ns/net");
    CHECK(refusal_of([&] { Netlink::inside(gone); }) ==
          "cannot open /proc/" + std::to_string(gone) + "/ns/net: No such file or directory");
    CHECK(shell("readlink /proc/$PPID/ns/net") == before);
}

TEST_CASE_FIXTURE(WorldWithContainer, "the k-th veth is the k-th that LXC made, whatever the ends are called")
{
    give_it_veth("zz", "eth2");
    give_it_veth("aa", "eth0");
    give_it_veth("mm", "eth1");
    shell("ip link add other type veth peer name cable"); // somebody else's, both ends on the host
    Plan plan = {port(0), port(2), port(1)};
    Host(viewpoint()).name_ports(plan, init.pid(), 3);
    CHECK(ports_of(plan) == std::vector<std::string>{"zz", "mm", "aa"});
}

TEST_CASE_FIXTURE(WorldWithContainer, "a veth between two containers is not the host's")
{
    give_it_veth("v0", "eth0");
    const Background other("exec unshare -n sh -ec 'echo ready; read _'");
    const Background third("exec unshare -n sh -ec 'echo ready; read _'");
    // Each namespace counts ifindexes for itself, so that a pair between the host and a third one may have
    // the same.
    shell("ip link add v9 index 50 type veth peer name eth0 index 60 netns " + std::to_string(third.pid()));
    shell("nsenter -t " + pid() + " -n ip link add eth9 index 60 type veth peer name eth9 index 50 netns " +
          std::to_string(other.pid()));
    Plan plan = {port(0)};
    Host(viewpoint()).name_ports(plan, init.pid(), 1);
    CHECK(ports_of(plan) == std::vector<std::string>{"v0"});
}

TEST_CASE_FIXTURE(WorldWithContainer, "another number of veths than the configuration has is refused")
{
    give_it_veth("v0", "eth0");
    Plan plan = {port(0)};
    CHECK(refusal_of([&] { Host(viewpoint()).name_ports(plan, init.pid(), 2); }) ==
          "the container has 1 veth NICs where its configuration has 2");
}

TEST_CASE_FIXTURE(World, "a container in the host's own network namespace is refused")
{
    const Background init("echo ready; read _");
    Plan plan = {port(0)};
    CHECK(refusal_of([&] { Host(viewpoint()).name_ports(plan, init.pid(), 0); }) ==
          "the container shares the host's network namespace: it needs no bridge; say mode = none");
}

TEST_CASE_FIXTURE(WorldWithContainer, "a NIC that joins a bridge gets one MTU at both ends")
{
    shell("ip link add br0 mtu 1400 type bridge");
    give_it_veth("v0", "eth0");
    give_it_veth("v1", "eth1");
    Plan plan = {port(0), port(1)};
    std::get<BridgePort>(plan[1].resource).mtu = 1300;
    Host host(viewpoint());
    host.name_ports(plan, init.pid(), 2);
    for (const Step& step : plan)
        host.apply(step);
    CHECK(ip_link("v0").at("mtu") == 1400);
    CHECK(ip_link("v1").at("mtu") == 1300);
    const auto inside = [this](const std::string& name) {
        return nlohmann::json::parse(shell("nsenter -t " + pid() + " -n ip -json link show dev " + name))
            .at(0);
    };
    CHECK(inside("eth0").at("mtu") == 1400);
    CHECK(inside("eth1").at("mtu") == 1300);
}
