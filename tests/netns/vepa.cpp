// SPDX-License-Identifier: GPL-2.0-or-later
// A second bridge plays the switch: one whose port sends frames back from where they came, and one whose port
// does not.
#include "core/vepa.h"
#include "host/process.h"
#include "host/vepa_check.h"
#include "printers.h"
#include "values.h"
#include "world.h"

using namespace uplink;

namespace
{

/// eth0 leads to the port of a switch.
class HostAtSwitch : public World
{
  public:
    HostAtSwitch()
    {
        shell("ip netns add switch; ip link add eth0 type veth peer name port netns switch; ip link set eth0 "
              "up;"
              "ip -n switch link add lan type bridge; ip -n switch link set lan up;"
              "ip -n switch link set port master lan up;"
              "for i in $(seq 1000); do if bridge -n switch link show | grep -q forwarding; then exit 0; fi;"
              "sleep 0.01; done; exit 1");
    }

    static void reflect(const std::string& on_or_off)
    {
        shell("bridge -n switch link set dev port hairpin " + on_or_off);
    }
};

/// The kernel takes a macvlan in mode passthru only where there is no other.
bool bears_a_macvlan(const std::string& nic)
{
    return shell("if ip link add link " + nic +
                 " name probe type macvlan mode passthru 2>/dev/null; then ip link del probe; else echo yes; "
                 "fi") == "yes\n";
}

NicState nic()
{
    NicState state;
    state.name = "eth0";
    state.ifindex = 2;
    state.up = true;
    state.carrier = true;
    return state;
}

template<typename Change>
std::string refusal_with(const Change& change)
{
    NicState state = nic();
    change(state);
    return refusal_of([&] { check_vepa_nic(state); });
}

} // namespace

TEST_CASE_FIXTURE(HostAtSwitch, "a switch whose port reflects is told from one whose port does not")
{
    reflect("off");
    CHECK_FALSE(switch_reflects("eth0"));
    reflect("on");
    CHECK(switch_reflects("eth0"));
    reflect("off");
    CHECK_FALSE(switch_reflects("eth0"));
}

TEST_CASE_FIXTURE(HostAtSwitch, "nothing is left of a check, and nothing but its own frames has left the NIC")
{
    reflect("on");
    shell(
        "ip netns exec switch nft 'add table netdev t; add chain netdev t c { type filter hook ingress "
        "device port "
        "priority 0; }; add rule netdev t c ether type 0x88b5 counter accept; add rule netdev t c counter'");
    const auto links = shell("ip -details link show");
    const auto here = namespace_of("self", "net");
    const std::string frames_of_others =
        "ip netns exec switch nft list chain netdev t c | grep 'counter packets 0 bytes 0$'";
    shell(frames_of_others);
    CHECK(switch_reflects("eth0"));
    CHECK(namespace_of("self", "net") == here);
    CHECK(shell("ip -details link show") == links);
    CHECK_FALSE(bears_a_macvlan("eth0"));
    shell(frames_of_others);
}

TEST_CASE_FIXTURE(HostAtSwitch,
                  "macvlans that are there already are no hindrance but for one in mode passthru")
{
    reflect("on");
    shell("ip link add link eth0 name mine type macvlan mode bridge");
    CHECK(switch_reflects("eth0"));
    CHECK(bears_a_macvlan("eth0"));
    shell("ip link del mine; ip link add link eth0 name mine type macvlan mode passthru");
    CHECK(refusal_of([] { switch_reflects("eth0"); }).rfind("two macvlans upon eth0 cannot be used: ", 0) ==
          0);
}

TEST_CASE_FIXTURE(HostAtSwitch,
                  "it cannot be told of a NIC that is missing, down, without carrier, or in a bridge")
{
    CHECK(refusal_of([] { switch_reflects("eth7"); }) ==
          "eth7 does not exist: \"ip link\" lists the NICs that do");
    CHECK(refusal_of([] { switch_reflects("lo"); }) == "lo carries no Ethernet frames: name an Ethernet NIC");
    shell("ip -n switch link set port down");
    CHECK(refusal_of([] { switch_reflects("eth0"); }) ==
          "eth0 has no carrier: plug its cable in, or turn on the switch port that it leads to");
    shell("ip link set eth0 down");
    CHECK(refusal_of([] { switch_reflects("eth0"); }) == "eth0 is down: run \"ip link set eth0 up\"");
    shell("ip link add br0 type bridge; ip link set eth0 master br0 up");
    CHECK(refusal_of([] { switch_reflects("eth0"); }) ==
          "eth0 is a port of br0, which takes all that comes back: name a NIC that is no port");
    CHECK(refusal_of([] { switch_reflects("br0"); }) ==
          "br0 is a bridge: name a NIC that leads to the switch and is no bridge's port");
    CHECK_FALSE(bears_a_macvlan("br0"));
}

TEST_CASE("it cannot be told of a Wi-Fi NIC, whatever else is right")
{
    CHECK(refusal_with([](NicState&) {}) == "(no error)");
    CHECK(refusal_with([](NicState& state) { state.wifi = true; }) ==
          "eth0 is a Wi-Fi NIC, whose access point takes frames from no address but its own: use mode = nat");
}

TEST_CASE_FIXTURE(HostAtSwitch, "a NIC is known to be Wi-Fi by its folder in sysfs")
{
    shell(
        "mount -t tmpfs tmpfs /sys; mkdir -p /sys/class/net/eth0/phy80211; echo 1 >/sys/class/net/eth0/type;"
        "echo 1 >/sys/class/net/eth0/carrier");
    CHECK(refusal_of([] { switch_reflects("eth0"); }).find("is a Wi-Fi NIC") != std::string::npos);
    shell("rmdir /sys/class/net/eth0/phy80211");
    CHECK_FALSE(switch_reflects("eth0"));
    shell("umount /sys");
}
