// SPDX-License-Identifier: GPL-2.0-or-later
// The steps of a move as commands of a shell.
#include "core/transfer.h"

#include "printers.h"

using namespace uplink;

namespace
{

using Kind = KernelObject::Kind;
using Commands = std::vector<std::string>;

KernelObject object(Kind kind, const std::string& words, bool ipv6 = false)
{
    KernelObject object;
    object.kind = kind;
    object.ipv6 = ipv6;
    object.words = words;
    return object;
}

std::string command(const MoveStep& step)
{
    const auto commands = shell_commands(step);
    REQUIRE(commands.size() == 1);
    return commands.front();
}

std::string put(const KernelObject& object)
{
    return command(Put{"br0", "eth0", object});
}
std::string take(const KernelObject& object)
{
    return command(Take{"eth0", object});
}

} // namespace

TEST_CASE("a setting is named by its path with slashes, since a name may have dots")
{
    CHECK(command(Set{"eth0.5", "ipv4/conf/%/rp_filter", "2"}) ==
          "sysctl -w net/ipv4/conf/eth0.5/rp_filter=2");
    CHECK(command(Set{"a;b", "ipv6/conf/%/hop_limit", "64 65"}) ==
          "sysctl -w 'net/ipv6/conf/a;b/hop_limit=64 65'");
}

TEST_CASE("an address is added, and deleted by what tells it from others")
{
    const KernelObject address =
        object(Kind::address, "192.0.2.10/24 dev % broadcast 192.0.2.255 scope global label %:1");
    CHECK(put(address) ==
          "ip address add 192.0.2.10/24 dev br0 broadcast 192.0.2.255 scope global label br0:1");
    CHECK(take(address) == "ip address del 192.0.2.10/24 dev eth0");
    CHECK(take(object(Kind::address, "192.0.2.10 peer 192.0.2.11/32 dev % scope global")) ==
          "ip address del 192.0.2.10 peer 192.0.2.11/32 dev eth0");
}

TEST_CASE("an IPv6 address gets no duplicate address detection, and its network's route when it is settled")
{
    KernelObject address = object(Kind::address, "2001:db8::1/64 dev % metric 7", true);
    CHECK(put(address) == "ip address add 2001:db8::1/64 dev br0 metric 7 nodad noprefixroute");
    CHECK(command(Settle{"br0", address}) == "ip address change 2001:db8::1/64 dev br0 metric 7");
    CHECK(take(address) == "ip address del 2001:db8::1/64 dev eth0");
    address.words += " noprefixroute";
    CHECK(put(address) == "ip address add 2001:db8::1/64 dev br0 metric 7 noprefixroute nodad");
}

TEST_CASE("a label that would be longer than a name may be is left out")
{
    const KernelObject address = object(Kind::address, "192.0.2.10/24 dev % scope global label %:1");
    CHECK(command(Put{"a-name-of-13b", "eth0", address}) ==
          "ip address add 192.0.2.10/24 dev a-name-of-13b scope global label a-name-of-13b:1");
    CHECK(command(Put{"a-name-of-14by", "eth0", address}) ==
          "ip address add 192.0.2.10/24 dev a-name-of-14by scope global");
}

TEST_CASE("a neighbour and a nexthop replace what is there")
{
    const KernelObject neighbour =
        object(Kind::neighbour, "2001:db8::7 dev % lladdr 02:00:00:00:00:07 nud permanent", true);
    CHECK(put(neighbour) ==
          "ip neighbour replace 2001:db8::7 dev br0 lladdr 02:00:00:00:00:07 nud permanent");
    CHECK(take(neighbour) == "ip neighbour del 2001:db8::7 dev eth0");
    CHECK(take(object(Kind::neighbour, "proxy 192.0.2.9 dev %")) ==
          "ip neighbour del proxy 192.0.2.9 dev eth0");
    const KernelObject nexthop = object(Kind::nexthop, "id 7 via 192.0.2.1 dev % onlink");
    CHECK(put(nexthop) == "ip nexthop replace id 7 via 192.0.2.1 dev br0 onlink");
    CHECK(take(nexthop) == "ip nexthop del id 7");
    CHECK(put(object(Kind::nexthop, "id 7 dev %", true)) == "ip -6 nexthop replace id 7 dev br0");
}

TEST_CASE("an IPv4 route that is used comes before the others of its rank, and any other after them")
{
    KernelObject route = object(Kind::route, "default via 192.0.2.1 dev % proto static");
    CHECK(put(route) == "ip route prepend default via 192.0.2.1 dev br0 proto static");
    CHECK(take(route) == "ip route del default via 192.0.2.1 dev eth0 proto static");
    route.first = false;
    CHECK(put(route) == "ip route append default via 192.0.2.1 dev br0 proto static");
}

TEST_CASE("an IPv6 route is appended, or takes the place of the first of its rank, or of its own when it has "
          "several hops")
{
    KernelObject route = object(Kind::route, "default via fe80::1 dev % metric 1024", true);
    CHECK(put(route) == "ip -6 route append default via fe80::1 dev br0 metric 1024");
    route.contested = true; // of which nothing is left to take
    CHECK(shell_commands(Take{"eth0", route}).empty());
    CHECK(put(route) == "ip -6 route replace default via fe80::1 dev br0 metric 1024");
    route.first = false;
    CHECK(put(route) == "ip -6 route append default via fe80::1 dev br0 metric 1024");
    CHECK(take(route) == "ip -6 route del default via fe80::1 dev eth0 metric 1024");
    route.replaced = true;
    CHECK(put(route) == "ip -6 route replace default via fe80::1 dev br0 metric 1024");
}

TEST_CASE("a rule is added and deleted by all its words")
{
    CHECK(put(object(Kind::rule, "iif % pref 100 lookup 77")) == "ip rule add iif br0 pref 100 lookup 77");
    CHECK(take(object(Kind::rule, "iif % pref 100 lookup 77", true)) ==
          "ip -6 rule del iif eth0 pref 100 lookup 77");
}

TEST_CASE("a name that means something to the shell is quoted wherever it stands")
{
    CHECK(command(Put{"a;b", "eth0", object(Kind::address, "192.0.2.1/24 dev % label %:1")}) ==
          "ip address add 192.0.2.1/24 dev 'a;b' label 'a;b':1");
    CHECK(shell_commands(Join{"a;b", "$c"}) ==
          Commands{"ip link set dev 'a;b' master '$c'", "ip link set dev '$c' up"});
    CHECK(command(Leave{"a;b", "$c", BridgeType::openvswitch}) ==
          "ovs-vsctl --timeout=5 --if-exists del-port '$c' 'a;b'");
}

TEST_CASE("the NIC joins and leaves either type of bridge")
{
    CHECK(shell_commands(Join{"eth0", "br0"}) ==
          Commands{"ip link set dev eth0 master br0", "ip link set dev br0 up"});
    CHECK(command(Leave{"eth0", "br0"}) == "ip link set dev eth0 nomaster");
    CHECK(shell_commands(Join{"eth0", "br0", BridgeType::openvswitch}) ==
          Commands{"ovs-vsctl --timeout=5 --may-exist add-port br0 eth0 -- set Port eth0 "
                   "other_config:transient=true -- set Interface eth0 ofport_request=65067",
                   "ip link set dev br0 up"});
    CHECK(command(Leave{"eth0", "br0", BridgeType::openvswitch}) ==
          "ovs-vsctl --timeout=5 --if-exists del-port br0 eth0");
}

TEST_CASE("what no command does is told in a comment")
{
    CHECK(command(OpenDetour{"eth0", "br0"}) ==
          "# what comes in by eth0 goes to br0 by a veth of its own meanwhile");
    CHECK(command(CloseDetour{"eth0"}) == "# what comes in by eth0 goes the straight way again");
    CHECK(command(Announce{"br0"}) == "# gratuitous ARP and unsolicited neighbour advertisements on br0");
}
