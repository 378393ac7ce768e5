// SPDX-License-Identifier: GPL-2.0-or-later
// Every kind of step in words and as shell commands.
#include "core/describe.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

using Commands = std::vector<std::string>;

const Bridge br0 = {
    "br0", "02:00:00:00:00:01", {ipv4("10.0.3.1/24"), ipv4("10.0.4.1/24")}, {{"fd00::1", 64}}};
const Bridge kept_br0 = {"br0", "02:00:00:00:00:01", {ipv4("10.0.3.1/24")}, {}, true};
const BridgePort linked = {0, 0, "vethQ3", 12, "br0", true, false, false, std::nullopt};

BridgePort joining(unsigned nic, const std::string& name, std::optional<unsigned> mtu)
{
    return {nic, nic, name, 0, "br0", false, false, false, mtu};
}

MasqueradeRule rule(const std::string& source, const std::string& inside, const std::string& out = "")
{
    return {network(source), network(inside), out, "lxc-uplink:shared:br0"};
}

std::string in_words(Action action, const Resource& resource)
{
    return describe({action, resource});
}

Commands in_shell(Action action, const Resource& resource)
{
    return shell_commands({action, resource});
}

} // namespace

TEST_CASE("a bridge in words")
{
    CHECK(in_words(Action::add, br0) == "make bridge br0 with 10.0.3.1/24, 10.0.4.1/24, fd00::1/64");
    CHECK(in_words(Action::add, Bridge{"br0", "", {}, {}}) == "make bridge br0");
    CHECK(in_words(Action::add, kept_br0) == "keep bridge br0 with 10.0.3.1/24");
    CHECK(in_words(Action::remove, br0) == "remove bridge br0");
}

TEST_CASE("a bridge in shell")
{
    CHECK(in_shell(Action::add, br0) ==
          Commands{"ip link add name br0 address 02:00:00:00:00:01 type bridge stp_state 0 forward_delay 0",
                   "ip link set dev br0 alias lxc-uplink",
                   "ip address replace 10.0.3.1/24 broadcast + dev br0",
                   "ip address replace 10.0.4.1/24 broadcast + dev br0",
                   "ip address replace fd00::1/64 dev br0 nodad", "ip link set dev br0 up"});
    CHECK(in_shell(Action::add, kept_br0) ==
          Commands{"ip address replace 10.0.3.1/24 broadcast + dev br0", "ip link set dev br0 up"});
    CHECK(in_shell(Action::remove, br0) == Commands{"ip link delete dev br0"});
}

TEST_CASE("forwarding in words and in shell")
{
    CHECK(in_words(Action::add, Ipv4Forwarding{}) == "turn on net.ipv4.ip_forward");
    CHECK(in_shell(Action::add, Ipv4Forwarding{}) == Commands{"sysctl -w net.ipv4.ip_forward=1"});
}

TEST_CASE("masquerading in words")
{
    const RuleSet rules = {{rule("10.0.3.10/32", "10.0.3.0/24"), rule("10.0.4.0/24", "10.0.4.0/24", "eth0")}};
    CHECK(in_words(Action::add, rules) ==
          "masquerade 10.0.3.10 leaving 10.0.3.0/24, 10.0.4.0/24 leaving it by eth0");
    CHECK(in_words(Action::remove, rules) ==
          "stop masquerading 10.0.3.10 leaving 10.0.3.0/24, 10.0.4.0/24 leaving it by eth0");
}

TEST_CASE("what is done to the rules of one container names it, and what containers share names none")
{
    MasqueradeRule own = rule("10.0.3.10/32", "10.0.3.0/24");
    own.tag = web1_tag;
    const MasqueradeRule shared = rule("10.0.4.0/24", "10.0.4.0/24");
    const auto words = [](const std::vector<Rule>& rules, const std::string& would = "") {
        return describe_with_container({Action::add, RuleSet{rules, Engine::iptables}}, would);
    };
    CHECK(words({own}) == "web1: masquerade 10.0.3.10 leaving 10.0.3.0/24");
    CHECK(words({shared, own}, "would ") ==
          "web1: would masquerade 10.0.4.0/24 leaving it, 10.0.3.10 leaving 10.0.3.0/24");
    CHECK(words({shared}, "would ") == "would masquerade 10.0.4.0/24 leaving it");
    CHECK(describe_with_container({Action::remove, br0}) == "remove bridge br0");
}

TEST_CASE("a port in words")
{
    BridgePort port = linked;
    CHECK(in_words(Action::add, port) == "check that port vethQ3 is in bridge br0");
    CHECK(in_words(Action::remove, port) == "release port vethQ3 of bridge br0");
    port.linked = false;
    CHECK(in_words(Action::add, port) == "add port vethQ3 to bridge br0");
    port.hairpin = true;
    port.isolate = true;
    CHECK(in_words(Action::add, port) == "add port vethQ3 to bridge br0, hairpin on, isolated");
    CHECK(in_words(Action::add, joining(2, "", 1400)) == "add port of lxc.net.2 to bridge br0");
}

TEST_CASE("a port that joins takes its own MTU or the bridge's")
{
    CHECK(in_shell(Action::add, joining(0, "vethQ3", 1400)) == Commands{"ip link set dev vethQ3 mtu 1400",
                                                                        "ip link set dev vethQ3 master br0",
                                                                        "ip link set dev vethQ3 up"});
    CHECK(in_shell(Action::add, joining(2, "", std::nullopt)) ==
          Commands{"ip link set dev $VETH_2 mtu $(cat /sys/class/net/br0/mtu)",
                   "ip link set dev $VETH_2 master br0", "ip link set dev $VETH_2 up"});
}

TEST_CASE("a port that LXC made is checked, its flags are set")
{
    BridgePort port = linked;
    CHECK(in_shell(Action::add, port) == Commands{"ip link show dev vethQ3 master br0"});
    port.hairpin = true;
    port.isolate = true;
    CHECK(in_shell(Action::add, port) == Commands{"ip link show dev vethQ3 master br0",
                                                  "bridge link set dev vethQ3 hairpin on",
                                                  "bridge link set dev vethQ3 isolated on"});
    CHECK(in_shell(Action::remove, port) == Commands{"ip link set dev vethQ3 nomaster"});
}

TEST_CASE("a port of Open vSwitch is changed by Open vSwitch's own program")
{
    BridgePort port = joining(0, "", 1400);
    port.type = BridgeType::openvswitch;
    port.isolate = true;
    CHECK(in_shell(Action::add, port) == Commands{"ip link set dev $VETH_0 mtu 1400",
                                                  "ovs-vsctl --timeout=5 --may-exist add-port br0 $VETH_0 -- "
                                                  "set Port $VETH_0 other_config:transient=true",
                                                  "ip link set dev $VETH_0 up",
                                                  "ovs-vsctl --timeout=5 set Port $VETH_0 protected=true"});
    CHECK(in_shell(Action::remove, port) ==
          Commands{"ovs-vsctl --timeout=5 --if-exists del-port br0 $VETH_0"});
    port = linked;
    port.type = BridgeType::openvswitch;
    CHECK(in_shell(Action::add, port) == Commands{"ovs-vsctl --timeout=5 list-ports br0 | grep -Fx vethQ3"});
}

TEST_CASE("a name that means something to the shell is quoted, a variable is not")
{
    CHECK(in_shell(Action::remove, Bridge{"a;b", "", {}, {}}) == Commands{"ip link delete dev 'a;b'"});
    BridgePort port = joining(2, "", std::nullopt);
    port.bridge = "$x";
    CHECK(in_shell(Action::add, port) ==
          Commands{"ip link set dev $VETH_2 mtu $(cat '/sys/class/net/$x/mtu')",
                   "ip link set dev $VETH_2 master '$x'", "ip link set dev $VETH_2 up"});
    port.port = "it's";
    CHECK(in_shell(Action::remove, port) == Commands{"ip link set dev 'it'\\''s' nomaster"});
}

TEST_CASE("the guard of macvlans in words and in shell")
{
    const DhcpGuard guard = {"eth0", "", BridgeType::linux_bridge, "02:00:00:00:00:02"};
    CHECK(describe({Action::add, guard}) == "keep DHCP servers in the macvlans on eth0 from the LAN");
    CHECK(describe({Action::remove, guard}) ==
          "let DHCP servers in the macvlans on eth0 be heard on the LAN");
    const std::string rule =
        "nft 'add rule netdev lxc-uplink answers-out-eth0 ether saddr != 02:00:00:00:00:02 ";
    const std::string drop = " counter drop comment \"lxc-uplink:guard:eth0:\"'";
    CHECK(shell_commands({Action::add, guard}) ==
          std::vector<std::string>{
              "nft 'add table netdev lxc-uplink'",
              "nft 'add chain netdev lxc-uplink answers-out-eth0 { type filter hook egress device \"eth0\" "
              "priority filter; policy accept; }'",
              rule + "meta l4proto udp th sport { 67, 547 }" + drop,
              rule + "meta l4proto udp th dport { 68, 546 }" + drop,
              rule + "meta l4proto ipv6-icmp @th,0,8 134" + drop});
    CHECK(shell_commands({Action::remove, guard}) ==
          std::vector<std::string>{"nft delete chain netdev lxc-uplink answers-out-eth0"});
    CHECK_THROWS_AS(shell_commands({Action::add, DhcpGuard{"eth;0", "", BridgeType::linux_bridge, ""}}),
                    Error);
}

TEST_CASE("a macvlan in words and in shell")
{
    const Step step = {Action::add, Macvlan{1, "eth0", "vepa"}};
    CHECK(describe(step) == "check that lxc.net.1 is a macvlan on eth0 in mode vepa");
    CHECK(shell_commands(step) ==
          std::vector<std::string>{
              "nsenter -t $LXC_PID -n ip -d link show type macvlan | grep -w 'mode vepa'"});
}
