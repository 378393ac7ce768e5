// SPDX-License-Identifier: GPL-2.0-or-later
// Configuration of the host that makes a NIC a bridge's port for good, whole files compared.
#include "core/persistent.h"

#include "printers.h"

using namespace uplink;

namespace
{

using Kind = KernelObject::Kind;

KernelObject object(Kind kind, const std::string& words, bool ipv6 = false)
{
    KernelObject object;
    object.kind = kind;
    object.ipv6 = ipv6;
    object.words = words;
    object.via_gateway = kind == Kind::route && words.find(" via ") != std::string::npos;
    return object;
}

KernelObject leased(const std::string& words, bool ipv6 = false)
{
    KernelObject address = object(Kind::address, words, ipv6);
    address.lasting = false;
    return address;
}

PersistentBridge bridge_for(std::vector<KernelObject> objects, unsigned mtu = 1500)
{
    return persistent_bridge({std::move(objects), {}}, "eth0", "br0", "02:00:00:00:00:01", mtu);
}

PersistentBridge of_a_static_host()
{
    return bridge_for(
        {object(Kind::address, "192.0.2.10/24 dev % broadcast 192.0.2.255 scope global"),
         object(Kind::address, "192.0.2.11/24 dev % scope global label %:1"),
         object(Kind::route, "192.0.2.0/24 dev % proto kernel src 192.0.2.10"),
         object(Kind::route, "10.20.0.0/16 via 192.0.2.21 dev % onlink proto static src 192.0.2.11"),
         object(Kind::route, "default via 192.0.2.1 dev % metric 100"),
         object(Kind::route, "10.50.0.0/16 nexthop via 192.0.2.21 dev % nexthop via 203.0.113.1 dev eth1"),
         object(Kind::rule, "iif % pref 1002 lookup 100"),
         object(Kind::address, "2001:db8:1::10/64 dev % scope global", true),
         object(Kind::address, "fe80::ff:fe00:1/64 dev %", true),
         object(Kind::route, "default via fe80::1 dev % metric 1024 pref medium", true)},
        9000);
}

PersistentBridge of_a_dynamic_host()
{
    return bridge_for(
        {leased("192.0.2.120/24 dev % broadcast 192.0.2.255 scope global"),
         object(Kind::route, "default via 192.0.2.1 dev %"),
         object(Kind::route, "10.20.0.0/16 via 192.0.2.21 dev %"),
         leased("2001:db8:1::ff:fe00:1/64 dev % mngtmpaddr", true),
         object(Kind::route, "default via fe80::1 dev % proto ra metric 1024 hoplimit 64 pref medium",
                true)});
}

} // namespace

TEST_CASE("a static host in the words of netplan")
{
    CHECK(
        netplan_of(of_a_static_host()) ==
        R"(# netplan: /etc/netplan/60-br0.yaml, without what other files there say of eth0; try it by "netplan try"
# not said here: ip route append 10.50.0.0/16 nexthop via 192.0.2.21 dev br0 nexthop via 203.0.113.1 dev eth1
# not said here: ip rule add iif br0 pref 1002 lookup 100
network:
  version: 2
  ethernets:
    eth0:
      dhcp4: false
      dhcp6: false
      accept-ra: false
      link-local: []
  bridges:
    br0:
      interfaces: [eth0]
      macaddress: "02:00:00:00:00:01"
      mtu: 9000
      parameters:
        stp: false
        forward-delay: 0
      dhcp4: false
      dhcp6: false
      addresses:
        - 192.0.2.10/24
        - 192.0.2.11/24:
            label: "br0:1"
        - "2001:db8:1::10/64"
      routes:
        - to: 10.20.0.0/16
          via: 192.0.2.21
          from: 192.0.2.11
          on-link: true
        - to: 0.0.0.0/0
          via: 192.0.2.1
          metric: 100
        - to: "::/0"
          via: "fe80::1"
          metric: 1024
      # nameservers: as they are said for eth0 now
)");
}

TEST_CASE("a static host in the words of systemd-networkd")
{
    CHECK(networkd_of(of_a_static_host()) == R"(# systemd-networkd: /etc/systemd/network/10-br0.netdev
[NetDev]
Name=br0
Kind=bridge
MACAddress=02:00:00:00:00:01
MTUBytes=9000

[Bridge]
STP=no
ForwardDelaySec=0

# systemd-networkd: /etc/systemd/network/10-eth0.network, in the place of what configures eth0 now
[Match]
Name=eth0

[Network]
Bridge=br0

# systemd-networkd: /etc/systemd/network/10-br0.network
# not said here: ip route append 10.50.0.0/16 nexthop via 192.0.2.21 dev br0 nexthop via 203.0.113.1 dev eth1
# not said here: ip rule add iif br0 pref 1002 lookup 100
[Match]
Name=br0

[Network]
DHCP=no
IPv6AcceptRA=no
Address=192.0.2.10/24
Address=2001:db8:1::10/64
# DNS=, Domains=: as they are said for eth0 now

[Address]
Address=192.0.2.11/24
Label=br0:1

[Route]
Destination=10.20.0.0/16
Gateway=192.0.2.21
PreferredSource=192.0.2.11
GatewayOnLink=yes

[Route]
Destination=0.0.0.0/0
Gateway=192.0.2.1
Metric=100

[Route]
Destination=::/0
Gateway=fe80::1
Metric=1024
)");
}

TEST_CASE("a static host in the words of ifupdown, which knows those of ip too")
{
    CHECK(
        ifupdown_of(of_a_static_host()) ==
        R"(# ifupdown, with the package bridge-utils: /etc/network/interfaces, in the place of what it says of eth0
auto br0
iface br0 inet static
    address 192.0.2.10/24
    up ip address add 192.0.2.11/24 dev br0 label br0:1
    bridge_ports eth0
    bridge_stp off
    bridge_fd 0
    bridge_hw 02:00:00:00:00:01
    mtu 9000
    # dns-nameservers: as they are said for eth0 now
iface br0 inet6 static
    address 2001:db8:1::10/64
    up ip route append 10.20.0.0/16 via 192.0.2.21 dev br0 onlink proto static src 192.0.2.11
    up ip route append default via 192.0.2.1 dev br0 metric 100
    up ip route append 10.50.0.0/16 nexthop via 192.0.2.21 dev br0 nexthop via 203.0.113.1 dev eth1
    up ip -6 route append default via fe80::1 dev br0 metric 1024 pref medium
    up ip rule add iif br0 pref 1002 lookup 100
)");
}

TEST_CASE("what DHCP and router advertisements gave the NIC they will give the bridge")
{
    const PersistentBridge bridge = of_a_dynamic_host();
    const PersistentRoute route{false, "10.20.0.0/16", "192.0.2.21", "", "", "", "", "", false};
    CHECK(bridge == PersistentBridge{"br0",
                                     "eth0",
                                     "02:00:00:00:00:01",
                                     1500,
                                     true,
                                     false,
                                     true,
                                     {},
                                     {route},
                                     {"ip route append 10.20.0.0/16 via 192.0.2.21 dev br0"},
                                     {}});
    CHECK(netplan_of(bridge).find(
              "      dhcp4: true\n      dhcp6: false\n      accept-ra: true\n      routes:\n") !=
          std::string::npos);
    CHECK(networkd_of(bridge).find("\nDHCP=ipv4\nIPv6AcceptRA=yes\n#") != std::string::npos);
    CHECK(ifupdown_of(bridge).find("\niface br0 inet dhcp\n    bridge_ports eth0\n") != std::string::npos);
    CHECK(ifupdown_of(bridge).find("\niface br0 inet6 auto\n    up ip route append 10.20") !=
          std::string::npos);
}

TEST_CASE("DHCP for IPv6 alone, which a router's advertisement calls for")
{
    const PersistentBridge bridge = bridge_for({leased("2001:db8:1::120/128 dev %", true)});
    CHECK(networkd_of(bridge).find("\nDHCP=ipv6\nIPv6AcceptRA=yes\n") != std::string::npos);
    CHECK(ifupdown_of(bridge).find("\niface br0 inet manual\n") != std::string::npos);
    CHECK(ifupdown_of(bridge).find("\niface br0 inet6 dhcp\n") != std::string::npos);
}

TEST_CASE("names that YAML would take for something else are quoted")
{
    const std::string text = netplan_of(persistent_bridge({}, "a;b", "br0", "02:00:00:00:00:01", 1500));
    CHECK(text.find("\n    \"a;b\":\n") != std::string::npos);
    CHECK(text.find("\n      interfaces: [\"a;b\"]\n") != std::string::npos);
}
