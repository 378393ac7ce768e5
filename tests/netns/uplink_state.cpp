// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/uplink_state.h"

#include "core/direct_refusals.h"
#include "host/network_managers.h"
#include "values.h"
#include "world.h"

#include <doctest/doctest.h>

using namespace uplink;

namespace
{

/// eth0 with carrier, and br0.
class WorldWithBridge : public World
{
  public:
    WorldWithBridge()
    {
        shell("ip link add eth0 type veth peer name far; ip link set far up; ip link set eth0 up;"
              "ip link add br0 type bridge; ip link set br0 up");
    }
};

UplinkState read(const std::string& nic = "eth0", const std::string& bridge = "br0")
{
    Netlink netlink;
    return read_uplink_state(netlink, nic, bridge);
}

std::vector<std::string> names_of(const std::vector<Program>& programs)
{
    std::vector<std::string> names;
    for (const Program& program : programs)
        names.push_back(program.name);
    return names;
}

/// A server that has bound its sockets when the constructor returns.
class Dnsmasq : public Background
{
  public:
    explicit Dnsmasq(const std::string& options)
        : Background("{ until ss --no-header -uan '( sport = :67 or sport = :547 )' | grep -q .; do kill -0 "
                     "$$; done;"
                     "echo ready; } & exec dnsmasq --conf-file=/dev/null --port=0 --leasefile-ro "
                     "--keep-in-foreground "
                     "--pid-file --log-facility=/dev/null " +
                     options)
    {
    }
};

using Names = std::vector<std::string>;

} // namespace

TEST_CASE_FIXTURE(WorldWithBridge, "a NIC and a bridge are read with all that the refusals depend on")
{
    shell("ip link set eth0 mtu 1400; ip link set br0 mtu 1280 alias 'of the web'");
    const auto [nic, bridge] = read();
    CHECK(nic.ifindex == ifindex_of("eth0"));
    CHECK(nic.name == "eth0");
    CHECK(nic.kind == "veth");
    CHECK(nic.link_type == ethernet_type);
    CHECK(nic.mac == ip_link("eth0").at("address"));
    CHECK(nic.mtu == 1400);
    CHECK(nic.up);
    CHECK(nic.carrier);
    CHECK_FALSE(nic.wifi);
    CHECK_FALSE(nic.master.has_value());
    CHECK(nic.children.empty());
    CHECK(nic.managers.empty());
    CHECK(bridge.ifindex == ifindex_of("br0"));
    CHECK(bridge.kind == "bridge");
    CHECK(bridge.mac == ip_link("br0").at("address"));
    CHECK(bridge.mtu == 1280);
    CHECK(bridge.alias == "of the web");
    CHECK_FALSE(bridge.of_lxc_net);
    CHECK_FALSE(bridge.spanning_tree);
    CHECK_FALSE(bridge.vlan_filtering);
    CHECK(bridge.uplinks.empty());
    CHECK_FALSE(bridge.dhcp_server.has_value());
    CHECK(bridge.networkd_state.empty());
}

TEST_CASE_FIXTURE(WorldWithBridge, "a NIC and a bridge that are like each other are not refused")
{
    const UplinkState state = read();
    CHECK(refusal_of([&] { check_uplink(state); }) == "(no error)");
    CHECK(refusal_of([&] { check_bridge(state); }) == "(no error)");
}

TEST_CASE_FIXTURE(World, "what is missing is told by its ifindex and keeps its name")
{
    const auto [nic, bridge] = read();
    CHECK(nic.name == "eth0");
    CHECK(nic.ifindex == 0);
    CHECK(bridge.name == "br0");
    CHECK(bridge.ifindex == 0);
    CHECK(read("").nic.name.empty());
}

TEST_CASE_FIXTURE(WorldWithBridge, "a NIC that is down is told from one whose peer is")
{
    shell("ip link set far down");
    const NicState without_carrier = read().nic;
    CHECK(without_carrier.up);
    CHECK_FALSE(without_carrier.carrier);
    shell("ip link set eth0 down");
    const NicState down = read().nic;
    CHECK_FALSE(down.up);
    CHECK_FALSE(down.carrier);
}

TEST_CASE_FIXTURE(World, "link types are the kernel's")
{
    shell("ip link set lo up; ip tuntap add tun0 mode tun; ip tuntap add tap0 mode tap");
    CHECK(read("lo").nic.link_type == loopback_type);
    CHECK(read("tun0").nic.link_type == 0xfffe); // ARPHRD_NONE
    CHECK(read("tap0").nic.link_type == ethernet_type);
    CHECK(refusal_of([] { check_uplink(read("lo")); }).starts_with("uplink lo is the loopback interface"));
    CHECK(refusal_of([] {
              check_uplink(read("tun0"));
          }).starts_with("uplink tun0, of kind tun, carries no Ethernet frames"));
}

TEST_CASE_FIXTURE(WorldWithBridge, "a Wi-Fi NIC is known by its folders in sysfs")
{
    const std::string folder = "/run/sys/class/net/eth0";
    shell("mkdir -p " + folder +
          " /run/sys/class/net/br0; cd /sys/class/net;"
          "for i in eth0 br0; do cp $i/ifindex $i/type $i/carrier /run/sys/class/net/$i; done");
    const auto is_wifi = [] {
        Netlink netlink;
        return read_uplink_state(netlink, "eth0", "br0", "/run/sys").nic.wifi;
    };
    CHECK_FALSE(is_wifi());
    shell("ln -s ../../ieee80211/phy0 " + folder + "/phy80211; mkdir -p /run/sys/class/ieee80211/phy0");
    CHECK(is_wifi());
    shell("rm " + folder + "/phy80211; mkdir " + folder + "/wireless");
    CHECK(is_wifi());
}

TEST_CASE_FIXTURE(WorldWithBridge, "a sysfs of another network namespace is refused")
{
    const std::string message = "/run/sys does not show interface eth0 of this network namespace: mount a "
                                "sysfs of this namespace there";
    const auto refusal = [] {
        Netlink netlink;
        return refusal_of([&] { read_uplink_state(netlink, "eth0", "br0", "/run/sys"); });
    };
    CHECK(refusal() == message);
    shell("mkdir -p /run/sys/class/net/eth0; echo 4711 > /run/sys/class/net/eth0/ifindex");
    CHECK(refusal() == message);
}

TEST_CASE_FIXTURE(WorldWithBridge, "a bridge that filters VLANs is known by its file in sysfs")
{
    const std::string folder = "/run/sys/class/net/br0";
    shell("mkdir -p " + folder + "/bridge; cp /sys/class/net/br0/ifindex " + folder + "; echo 1 > " + folder +
          "/bridge/vlan_filtering");
    Netlink netlink;
    CHECK(read_uplink_state(netlink, "", "br0", "/run/sys").bridge.vlan_filtering);
}

TEST_CASE_FIXTURE(WorldWithBridge, "spanning tree is seen")
{
    shell("ip link set br0 type bridge stp_state 1");
    CHECK(read().bridge.spanning_tree);
}

TEST_CASE_FIXTURE(WorldWithBridge, "a port is told with its bridge, which is not one of its children")
{
    shell("ip link add br1 type bridge; ip link set eth0 master br1");
    const UplinkState state = read();
    CHECK(state.nic.master == UpperLink{"br1", "bridge"});
    CHECK(state.nic.children.empty());
    CHECK_FALSE(has_uplink_already(state));
    CHECK(has_uplink_already(read("eth0", "br1")));
    CHECK(
        refusal_of([&] { check_uplink(state); }).starts_with("uplink eth0 is already a port of bridge br1:"));
}

TEST_CASE_FIXTURE(WorldWithBridge, "the bridge itself as uplink needs no move")
{
    shell("ip link set eth0 master br0");
    CHECK(has_uplink_already(read("br0")));
}

TEST_CASE_FIXTURE(WorldWithBridge,
                  "macvlans upon a NIC are told, for the kernel refuses it as a port with them")
{
    shell("ip link add mv0 link eth0 type macvlan");
    const UplinkState state = read();
    CHECK(state.nic.children == std::vector<UpperLink>{{"mv0", "macvlan"}});
    CHECK(shell("! ip link set eth0 master br0").find("busy") != std::string::npos);
    CHECK(refusal_of([&] { check_uplink(state); }).starts_with("uplink eth0 carries mv0 (macvlan),"));
    CHECK(refusal_of([] { check_uplink(read("mv0")); }).starts_with("uplink mv0 is a macvlan,"));
}

TEST_CASE_FIXTURE(WorldWithBridge,
                  "containers' veths and virtual machines' taps are no uplinks of their bridge")
{
    shell("ip link add v0 type veth peer name v1; ip link set v0 master br0;"
          "ip tuntap add tap0 mode tap; ip link set tap0 master br0");
    CHECK(read().bridge.uplinks.empty());
}

TEST_CASE_FIXTURE(WorldWithBridge, "lxc-net's bridge is the one that its configuration names")
{
    shell("mkdir /run/default; mount --bind /run/default /etc/default");
    CHECK(read("eth0", "lxcbr0").bridge.of_lxc_net);
    CHECK_FALSE(read().bridge.of_lxc_net);
    shell("echo '  . /etc/default/lxc-net' > /etc/default/lxc; echo 'LXC_BRIDGE=\"br0\"' > "
          "/etc/default/lxc-net");
    CHECK(read().bridge.of_lxc_net);
    CHECK_FALSE(read("eth0", "lxcbr0").bridge.of_lxc_net);
    shell("echo 'USE_LXC_BRIDGE=\"false\"' >> /etc/default/lxc-net");
    CHECK_FALSE(read().bridge.of_lxc_net);
    shell("umount /etc/default");
}

TEST_CASE_FIXTURE(WorldWithBridge,
                  "a DHCP server that is bound to the bridge is found with its pid, for IPv4 and IPv6")
{
    shell("ip addr add 10.0.3.1/24 dev br0; ip addr add 192.0.2.1/24 dev eth0");
    for (const std::string range : {"10.0.3.10,10.0.3.20", "fd00::10,fd00::20"}) {
        const Dnsmasq server("--interface=br0 --except-interface=lo --bind-interfaces --dhcp-range=" + range);
        CHECK(read().bridge.dhcp_server == Program{"dnsmasq", "pid " + std::to_string(server.pid())});
        CHECK_FALSE(read("far", "eth0").bridge.dhcp_server.has_value());
    }
    CHECK_FALSE(read().bridge.dhcp_server.has_value());
}

TEST_CASE_FIXTURE(WorldWithBridge, "a DHCP server on all interfaces counts where the bridge has an address")
{
    shell("ip link add br1 type bridge; ip addr add 10.0.3.1/24 dev br0");
    const Dnsmasq server("--dhcp-range=10.0.3.10,10.0.3.20");
    CHECK(read().bridge.dhcp_server.has_value());
    CHECK_FALSE(read("eth0", "br1").bridge.dhcp_server.has_value());
}

TEST_CASE_FIXTURE(WorldWithBridge,
                  "a DHCP server that is bound to an address counts on the bridge that has it")
{
    shell("ip link add br1 type bridge; ip addr add 10.0.3.1/24 dev br0; ip addr add 10.0.4.1/24 dev br1");
    const Background server(
        "{ until ss --no-header -uan sport = :67 | grep -q .; do kill -0 $$; done; echo ready; } & "
        "exec socat -u UDP-RECV:67,bind=10.0.3.1 /dev/null");
    CHECK(read().bridge.dhcp_server == Program{"socat", "pid " + std::to_string(server.pid())});
    CHECK_FALSE(read("eth0", "br1").bridge.dhcp_server.has_value());
}

TEST_CASE_FIXTURE(WorldWithBridge, "a DHCP server of another namespace is none of this host's")
{
    shell("ip addr add 10.0.3.1/24 dev br0");
    const Background server(
        "exec unshare -n sh -ec 'ip link add br0 type bridge; ip link set br0 up;"
        "ip addr add 10.0.3.1/24 dev br0; echo ready; exec dnsmasq --conf-file=/dev/null --port=0 "
        "--leasefile-ro --keep-in-foreground --pid-file --log-facility=/dev/null "
        "--dhcp-range=10.0.3.10,10.0.3.20'");
    const std::string server_sees =
        "nsenter -t " + std::to_string(server.pid()) + " -n ss --no-header -uan sport = :67";
    shell("until " + server_sees + " | grep -q .; do :; done");
    CHECK_FALSE(read().bridge.dhcp_server.has_value());
}

TEST_CASE_FIXTURE(WorldWithBridge, "networkd is a manager of what it has configured, and named with its file")
{
    const std::string nic = std::to_string(ifindex_of("eth0"));
    const std::string folder = "/run/systemd/netif/links/";
    shell("mkdir -p " + folder + "; echo ADMIN_STATE=configured | tee " + folder +
          std::to_string(ifindex_of("br0")) +
          "; printf '# This is private data. Do not parse.\\nADMIN_STATE=configured\\n"
          "NETWORK_FILE=/run/systemd/network/10-netplan-eth0.network\\n' > " +
          folder + nic);
    const UplinkState state = read();
    CHECK(state.nic.managers ==
          std::vector<Program>{{"systemd-networkd", "/run/systemd/network/10-netplan-eth0.network"}});
    CHECK(state.bridge.networkd_state == "configured");
    shell("echo ADMIN_STATE=unmanaged > " + folder + nic);
    CHECK(read().nic.managers.empty());
    CHECK(networkd_state(ifindex_of("eth0")) == "unmanaged");
}

TEST_CASE_FIXTURE(WorldWithBridge, "NetworkManager is a manager of what it manages")
{
    const std::string file = "/run/NetworkManager/devices/" + std::to_string(ifindex_of("eth0"));
    shell("mkdir -p /run/NetworkManager/devices; printf '[device]\\nmanaged=true\\nconnection-uuid=9e-7\\n' "
          "> " +
          file);
    CHECK(read().nic.managers == std::vector<Program>{{"NetworkManager", "9e-7"}});
    shell("printf '[device]\\nmanaged=false\\n' > " + file);
    CHECK(read().nic.managers.empty());
}

TEST_CASE_FIXTURE(WorldWithBridge,
                  "a DHCP client is a manager of the NIC that it names, in its own namespace alone")
{
    shell("ln -s $(command -v busybox) /run/udhcpc; ip link add eth1 type veth peer name far1; ip link set "
          "eth1 up");
    {
        const Background client("exec /run/udhcpc -f -s /bin/true -i eth0 2>&1");
        CHECK(read().nic.managers == std::vector<Program>{{"udhcpc", "pid " + std::to_string(client.pid())}});
        CHECK(read("eth1").nic.managers.empty());
    }
    const Background elsewhere(
        "exec unshare -n sh -ec 'ip link add eth0 type veth peer name far; ip link set eth0 up;"
        "exec /run/udhcpc -f -s /bin/true -i eth0 2>&1'");
    CHECK(read().nic.managers.empty());
}

TEST_CASE_FIXTURE(WorldWithBridge, "a DHCP client that names no NIC is a manager of all")
{
    shell("ln -s $(command -v sleep) /run/dhcpcd");
    const Background client("echo ready; exec /run/dhcpcd 1000");
    shell("until grep -qx dhcpcd /proc/" + std::to_string(client.pid()) + "/comm; do :; done");
    CHECK(names_of(read().nic.managers) == Names{"dhcpcd"});
    CHECK(names_of(read("far").nic.managers) == Names{"dhcpcd"});
}
