// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/ovs.h"

#include "core/openflow_guard.h"
#include "ovs_world.h"

#include <algorithm>
#include <chrono>

using namespace uplink;
using namespace std::chrono_literals;

namespace
{

const OvsMark mark = {"lxc-uplink:00112233:1:we\"b 1", "boot-1"};
constexpr const char* mac = "02:00:00:00:00:77";

std::string vsctl(const std::string& words)
{
    return shell("ovs-vsctl --timeout=10 --no-wait " + words);
}

void check_marked(const std::string& table, const std::string& name)
{
    CHECK(vsctl("get " + table + " " + name + " external_ids:lxc-uplink") ==
          "\"lxc-uplink:00112233:1:we\\\"b 1\"\n");
    CHECK(vsctl("get " + table + " " + name + " external_ids:lxc-uplink-boot") == "boot-1\n");
}

} // namespace

TEST_CASE_FIXTURE(WorldWithOvs, "a bridge of Open vSwitch is one that its database knows")
{
    shell("ip link add linux0 type bridge");
    CHECK(ovs.is_bridge("br0"));
    CHECK_FALSE(ovs.is_bridge("linux0"));
    CHECK_FALSE(ovs.is_bridge("br00"));
}

TEST_CASE_FIXTURE(World, "without a database there are no bridges, no ports and nothing owned")
{
    ::setenv("OVS_RUNDIR", "/run/none", 1);
    const Ovs ovs;
    CHECK_FALSE(ovs.is_bridge("br0"));
    CHECK_FALSE(ovs.bridge_of("eth0").has_value());
    CHECK(ovs.ports("br0").empty());
    CHECK(ovs.owned().empty());
    CHECK(ovs.remove_of_other_boots("boot-2").empty());
    CHECK_FALSE(ovs.vswitchd_answers());
    CHECK_THROWS_WITH_AS(ovs.add_port("br0", "eth0", mark),
                         "ovsdb-server does not answer: run \"systemctl restart openvswitch-switch\"", Error);
}

TEST_CASE_FIXTURE(WorldWithOvs, "the bridge of a port is found, be it in a bond too")
{
    shell("ip link add eth1 type veth peer name lan1");
    vsctl("add-bond br0 bond0 eth0 eth1 -- add-br br1 -- add-port br1 c0");
    CHECK(ovs.bridge_of("eth1") == "br0");
    CHECK(ovs.bridge_of("c0") == "br1");
    CHECK_FALSE(ovs.bridge_of("br0").has_value());
    CHECK_FALSE(ovs.bridge_of("lan0").has_value());
    CHECK(ovs.ports("br1") == std::vector<std::string>{"c0"});
    CHECK_THROWS_WITH_AS(static_cast<void>(ovs.ports("br2")), "no bridge named br2", Error);
}

TEST_CASE_FIXTURE(WorldWithOvs, "a bridge is made with its MAC address and our mark, once")
{
    for (int i = 0; i < 2; ++i) {
        ovs.make_bridge("br1", mac, mark);
        CHECK(ip_link("br1").at("address") == mac);
        check_marked("Bridge", "br1");
    }
    for (int i = 0; i < 2; ++i) {
        ovs.delete_bridge("br1");
        CHECK(vsctl("list-br") == "br0\n");
    }
}

TEST_CASE_FIXTURE(WorldWithOvs, "somebody else's bridge is neither taken nor deleted")
{
    CHECK_THROWS_WITH_AS(ovs.make_bridge("br0", mac, mark),
                         "cannot create a bridge named br0 because a bridge named br0 already exists",
                         NothingChanged);
    ovs.delete_bridge("br0");
    CHECK(vsctl("list-br") == "br0\n");
    CHECK(vsctl("get Bridge br0 external_ids") == "{}\n");
}

TEST_CASE_FIXTURE(WorldWithOvs, "a bridge that cannot be set up is gone again")
{
    if (shell("test -e /sys/module/openvswitch && echo loaded || echo none") == "loaded\n")
        skip("this kernel has the datapath of Open vSwitch");
    vsctl("add-br br1"); // a bridge whose datapath is the kernel's, so that ours is to have that too
    CHECK_THROWS_WITH_AS(ovs.make_bridge("br2", mac, mark),
                         "this kernel has no datapath for Open vSwitch: run \"modprobe openvswitch\"", Error);
    CHECK(vsctl("list-br") == "br0\nbr1\n");
}

TEST_CASE_FIXTURE(WorldWithOvs, "a NIC becomes a transient port with our mark, once")
{
    for (int i = 0; i < 2; ++i) {
        ovs.add_port("br0", "eth0", mark, uplink_port_number);
        CHECK(vsctl("list-ports br0") == "eth0\n");
        CHECK(vsctl("get Interface eth0 ofport") == "65067\n");
        CHECK(vsctl("get Port eth0 other_config") == "{transient=\"true\"}\n");
        check_marked("Port", "eth0");
    }
    CHECK(ovs.port_number("eth0") == uplink_port_number);
    for (int i = 0; i < 2; ++i) {
        ovs.remove_port("br0", "eth0");
        CHECK(vsctl("list-ports br0").empty());
        CHECK(ovs.port_number("eth0") == 0);
    }
}

TEST_CASE_FIXTURE(WorldWithOvs, "a NIC that does not exist is refused and leaves nothing")
{
    CHECK_THROWS_WITH_AS(ovs.add_port("br0", "eth7", mark),
                         "could not open network device eth7 (No such device)", Error);
    CHECK(vsctl("list-ports br0").empty());
}

TEST_CASE_FIXTURE(WorldWithOvs, "a port of somebody else stays as it is")
{
    vsctl("add-br br1 -- add-port br1 eth0 -- add-port br0 c0");
    CHECK_THROWS_WITH_AS(
        ovs.add_port("br0", "eth0", mark),
        "cannot create a port named eth0 because a port named eth0 already exists on bridge br1",
        NothingChanged);
    CHECK_THROWS_WITH_AS(ovs.add_port("br0", "c0", mark),
                         "cannot create a port named c0 because a port named c0 already exists on bridge br0",
                         NothingChanged);
    ovs.remove_port("br0", "eth0");
    CHECK(vsctl("list-ports br1") == "eth0\n");
    CHECK(ovs.owned().empty());
}

TEST_CASE_FIXTURE(WorldWithOvs, "an uplink whose number another port has is refused and leaves nothing")
{
    shell("ovs-vsctl --timeout=10 add-port br0 c0 -- set Interface c0 ofport_request=65067");
    CHECK_THROWS_WITH_AS(ovs.add_port("br0", "eth0", mark, uplink_port_number),
                         "another port of the bridge has the number 65067: free it with \"ovs-vsctl clear "
                         "Interface PORT ofport_request\"",
                         Error);
    CHECK(vsctl("list-ports br0") == "c0\n");
}

TEST_CASE_FIXTURE(WorldWithOvs, "protected ports reach others and not each other")
{
    shell("ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up");
    vsctl("add-port br0 eth0");
    vsctl("add-port br0 c0");
    shell("ovs-vsctl --timeout=10 add-port br0 d0");
    const std::string from_c0 = "in_port=c0,dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff";
    CHECK(reached_from(from_c0) == Ports{"br0", "d0", "eth0"});
    ovs.set_protected("c0");
    ovs.set_protected("d0");
    CHECK(reached_from(from_c0) == Ports{"br0", "eth0"});
}

TEST_CASE_FIXTURE(WorldWithOvs, "what another boot has left is removed and the rest stays")
{
    ovs.make_bridge("br1", mac, mark);
    ovs.add_port("br0", "eth0", mark);
    const std::vector<OvsOwned> ours = {{"br0", "eth0", mark}, {"br1", "", mark}};
    CHECK(sorted(ovs.owned()) == ours);
    restart();
    CHECK(ovs.remove_of_other_boots("boot-1").empty());
    CHECK(sorted(ovs.owned()) == ours);
    ovs.add_port("br0", "c0", {"T", "boot-2"});
    SUBCASE("with ovs-vswitchd, which lets go at once")
    {
        CHECK(sorted(ovs.remove_of_other_boots("boot-2")) == ours);
        CHECK(shell("ovs-appctl --timeout=10 dpif/show").find("eth0") == std::string::npos);
    }
    SUBCASE("without ovs-vswitchd")
    {
        vswitchd->kill();
        CHECK(sorted(ovs.remove_of_other_boots("boot-2")) == ours);
    }
    CHECK(vsctl("list-br") == "br0\n");
    CHECK(vsctl("list-ports br0") == "c0\n");
}

TEST_CASE_FIXTURE(WorldWithOvs, "without ovs-vswitchd nothing is added and what goes is told to be held")
{
    ovs.add_port("br0", "c0", mark);
    CHECK(ovs.vswitchd_answers());
    SUBCASE("dead")
    {
        vswitchd->kill();
    }
    SUBCASE("stopped")
    {
        ::kill(vswitchd->pid(), SIGSTOP);
    }
    CHECK_FALSE(impatient.vswitchd_answers());
    const std::string before = vsctl("list Port -- list Bridge -- list Interface");
    const std::string silent = "ovs-vswitchd does not answer: run \"systemctl restart openvswitch-switch\"";
    CHECK_THROWS_WITH_AS(impatient.add_port("br0", "eth0", mark), silent.c_str(), NothingChanged);
    CHECK_THROWS_WITH_AS(impatient.make_bridge("br1", mac, mark), silent.c_str(), NothingChanged);
    CHECK_THROWS_WITH_AS(impatient.add_dhcp_guard("br0", "eth0"), silent.c_str(), NothingChanged);
    CHECK(vsctl("list Port -- list Bridge -- list Interface") == before);
    CHECK_THROWS_WITH_AS(impatient.remove_dhcp_guard("br0"), silent.c_str(), Error);
    CHECK(impatient.is_bridge("br0"));
    CHECK_THROWS_WITH_AS(impatient.remove_port("br0", "c0"),
                         "ovs-vswitchd does not answer, and holds it until it does: run \"systemctl restart "
                         "openvswitch-switch\"",
                         Error);
    CHECK(vsctl("list-ports br0").empty());
}

TEST_CASE_FIXTURE(WorldWithOvs, "an ovsdb-server that does not answer is waited for in vain, but not long")
{
    const auto start = std::chrono::steady_clock::now();
    std::string silent = "ovsdb-server does not answer: run \"systemctl restart openvswitch-switch\"";
    SUBCASE("dead")
    {
        db->kill();
    }
    SUBCASE("stopped")
    {
        ::kill(db->pid(), SIGSTOP);
        silent = "ovsdb-server does not answer within 1 second: run \"systemctl restart openvswitch-switch\"";
    }
    CHECK_THROWS_WITH_AS(static_cast<void>(impatient.is_bridge("br0")), silent.c_str(), Error);
    CHECK_THROWS_WITH_AS(impatient.add_port("br0", "eth0", mark), silent.c_str(), Error);
    CHECK_THROWS_WITH_AS(static_cast<void>(impatient.owned()), silent.c_str(), Error);
    CHECK(std::chrono::steady_clock::now() - start < 60s);
}
