// SPDX-License-Identifier: GPL-2.0-or-later
// The order of a move and of its way back, as whole plans.
#include "core/transfer.h"

#include "core/error.h"
#include "printers.h"
#include "values.h"

#include <algorithm>

namespace uplink
{

inline std::ostream& operator<<(std::ostream& out, const MoveStep& step)
{
    return out << "\n  " << shell_commands(step);
}

} // namespace uplink

using namespace uplink;

namespace
{

using Kind = KernelObject::Kind;
using Steps = std::vector<MoveStep>;

const std::string filter = "ipv4/conf/%/rp_filter";
const std::string advertisements = "ipv6/conf/%/accept_ra";

KernelObject object(Kind kind, const std::string& words, bool ipv6 = false)
{
    KernelObject object;
    object.kind = kind;
    object.ipv6 = ipv6;
    object.words = words;
    object.identity = words;
    object.interface = "eth0";
    return object;
}

KernelObject connected_route()
{
    KernelObject route = object(Kind::route, "192.0.2.0/24 dev % proto kernel");
    route.comes_with_address = true;
    return route;
}

KernelObject route_by(const std::string& destination, const std::string& gateway)
{
    KernelObject route = object(Kind::route, destination + " via " + gateway + " dev %");
    route.via_gateway = true;
    return route;
}

const KernelObject first = object(Kind::address, "192.0.2.10/24 dev %");
const KernelObject second = object(Kind::address, "192.0.2.11/24 dev %");
const KernelObject newest6 = object(Kind::address, "2001:db8::11/64 dev %", true);
const KernelObject oldest6 = object(Kind::address, "2001:db8::10/64 dev %", true);
const KernelObject neighbour = object(Kind::neighbour, "192.0.2.1 dev % lladdr 02:00:00:00:00:01");
const KernelObject nexthop = object(Kind::nexthop, "id 7 via 192.0.2.1 dev %");
const KernelObject connected = connected_route();
const KernelObject direct = object(Kind::route, "10.70.0.0/24 dev %");
const KernelObject by_gateway = route_by("default", "192.0.2.1");
const KernelObject behind_direct = route_by("10.71.0.0/16", "10.70.0.1");
const KernelObject rule = object(Kind::rule, "iif % lookup 100");
const KernelObject of_bridge = object(Kind::address, "10.0.9.1/24 dev %");

/// The kernel's lists: each kind by itself, an IPv6 address before those that are older.
UplinkMove move_of_all()
{
    UplinkMove move;
    move.nic = "eth0";
    move.bridge = "br0";
    move.was.objects = {first,  second,    neighbour, nexthop, by_gateway, behind_direct,
                        direct, connected, rule,      newest6, oldest6};
    move.was.objects.at(3).replaced = true;
    move.was.settings = {{filter, "1"}, {"ipv6/conf/%/hop_limit", "32"}, {"ipv4/conf/%/forwarding", "1"}};
    move.before.objects = {of_bridge};
    move.before.settings = {{filter, "0"}, {"ipv6/conf/%/hop_limit", "64"}, {"ipv4/conf/%/forwarding", "1"}};
    return move;
}

KernelObject replaced(KernelObject object)
{
    object.replaced = true;
    return object;
}

/// What is on the bridge once all has moved.
NicConfig all_moved(const UplinkMove& move)
{
    NicConfig now = move.was;
    now.objects.insert(now.objects.begin(), of_bridge);
    return now;
}

bool has(const Steps& steps, const MoveStep& step)
{
    return std::find(steps.begin(), steps.end(), step) != steps.end();
}

} // namespace

TEST_CASE("a move makes all of it on the bridge before the NIC joins, and takes it off the NIC after")
{
    const auto put = [](const KernelObject& object) { return Put{"br0", "eth0", object, true}; };
    const auto take = [](const KernelObject& object) { return Take{"eth0", object}; };
    CHECK(plan_move(move_of_all()) == Steps{
                                          Set{"br0", filter, "2"},
                                          Set{"br0", "ipv6/conf/%/hop_limit", "32"},
                                          put(rule),
                                          put(first),
                                          put(second),
                                          put(oldest6),
                                          put(newest6),
                                          put(neighbour),
                                          OpenDetour{"eth0", "br0"},
                                          Join{"eth0", "br0"},
                                          CloseDetour{"eth0"},
                                          put(direct),
                                          put(replaced(nexthop)),
                                          put(by_gateway),
                                          put(behind_direct),
                                          take(behind_direct),
                                          take(by_gateway),
                                          take(connected),
                                          take(direct),
                                          take(newest6),
                                          take(oldest6),
                                          take(second),
                                          take(first),
                                          Settle{"br0", oldest6, true},
                                          Settle{"br0", newest6, true},
                                          take(rule),
                                          Set{"br0", filter, "1"},
                                      });
}

TEST_CASE("the way back makes all of it on the NIC before that leaves, and spares what the bridge had before")
{
    const UplinkMove move = move_of_all();
    const auto put = [](const KernelObject& object) { return Put{"eth0", "br0", object}; };
    const auto take = [](const KernelObject& object) { return Take{"br0", object}; };
    CHECK(plan_return(move, all_moved(move), true) == Steps{
                                                          Set{"br0", filter, "2"},
                                                          Set{"br0", advertisements, "0"},
                                                          put(rule),
                                                          put(first),
                                                          put(second),
                                                          put(oldest6),
                                                          put(newest6),
                                                          put(neighbour),
                                                          put(direct),
                                                          put(replaced(nexthop)),
                                                          put(by_gateway),
                                                          put(behind_direct),
                                                          take(behind_direct),
                                                          take(by_gateway),
                                                          take(connected),
                                                          take(direct),
                                                          OpenDetour{"eth0", "br0"},
                                                          Leave{"eth0", "br0"},
                                                          CloseDetour{"eth0"},
                                                          take(newest6),
                                                          take(oldest6),
                                                          take(second),
                                                          take(first),
                                                          Settle{"eth0", oldest6},
                                                          Settle{"eth0", newest6},
                                                          take(rule),
                                                          Set{"br0", filter, "0"},
                                                          Set{"br0", "ipv6/conf/%/hop_limit", "64"},
                                                      });
}

TEST_CASE("on Open vSwitch no detour is needed, and under a new MAC address the neighbours are told")
{
    UplinkMove move = move_of_all();
    move.was = {};
    move.before = {};
    move.type = BridgeType::openvswitch;
    move.new_mac = true;
    CHECK(plan_move(move) == Steps{Set{"br0", filter, "2"}, Join{"eth0", "br0", BridgeType::openvswitch},
                                   Set{"br0", filter, "0"}, Announce{"br0"}});
    CHECK(plan_return(move, {}, true) == Steps{Set{"br0", filter, "2"}, Set{"br0", advertisements, "0"},
                                               Leave{"eth0", "br0", BridgeType::openvswitch},
                                               Announce{"eth0"}});
}

TEST_CASE("what was added to the bridge goes to the NIC, and what was removed from it does not")
{
    const UplinkMove move = move_of_all();
    const KernelObject added = object(Kind::address, "192.0.2.12/24 dev %");
    NicConfig now = all_moved(move);
    std::erase(now.objects, second);
    now.objects.push_back(added);
    now.settings["ipv6/conf/%/hop_limit"] = "33";
    const Steps steps = plan_return(move, now, true);
    CHECK(has(steps, Put{"eth0", "br0", added}));
    CHECK(has(steps, Take{"br0", added}));
    CHECK(has(steps, Set{"eth0", "ipv6/conf/%/hop_limit", "33"}));
    CHECK_FALSE(has(steps, Put{"eth0", "br0", second}));
}

TEST_CASE("a move that did not end is brought back with what the bridge has not got yet")
{
    const UplinkMove move = move_of_all();
    NicConfig now;
    now.objects = {of_bridge, first};
    const Steps steps = plan_return(move, now, false);
    for (const KernelObject& address : {first, second, oldest6, newest6})
        CHECK(has(steps, Put{"eth0", "br0", address}));
    // What comes with an address is missing where the move was cut short between the two.
    CHECK(has(steps, Put{"eth0", "br0", connected}));
    CHECK_FALSE(has(steps, Put{"eth0", "br0", of_bridge}));
    CHECK_FALSE(has(steps, Take{"br0", of_bridge}));
}

TEST_CASE("a route of a type that cannot be carried is refused on the NIC, and left behind on the bridge")
{
    UplinkMove move = move_of_all();
    KernelObject strange = object(Kind::route, "10 2001:db8:77::/48 dev %", true);
    strange.carriable = false;
    NicConfig now = all_moved(move);
    now.objects.push_back(strange);
    CHECK(left_behind(move, now) == std::vector<KernelObject>{strange});
    CHECK(plan_return(move, now, true) == plan_return(move, all_moved(move), true));
    move.before.objects.push_back(strange);
    CHECK(left_behind(move, now).empty());
    CHECK_NOTHROW(check_carriable(move.was));
    CHECK_THROWS_WITH_AS(check_carriable(now),
                         "route 10 2001:db8:77::/48 dev eth0 is of a type that cannot be carried to another "
                         "interface: delete it first",
                         Error);
}

TEST_CASE("of what was moved, only what goes by itself may be missing on the bridge")
{
    UplinkMove move = move_of_all();
    KernelObject leased = object(Kind::address, "192.0.2.12/24 dev %");
    leased.lasting = false;
    KernelObject advertised = object(Kind::route, "default via fe80::1 dev %", true);
    advertised.advertised = true;
    move.was.objects.push_back(leased);
    move.was.objects.push_back(advertised);
    CHECK(missing_on_bridge(move, move.was).empty());
    CHECK(missing_on_bridge(move, {}) == std::vector<KernelObject>{first, second, replaced(nexthop),
                                                                   by_gateway, behind_direct, direct, rule,
                                                                   newest6, oldest6});
}

TEST_CASE(
    "the host is cut off without the family whose routes by a gateway are gone, and no default route is left")
{
    const UplinkMove move = move_of_all();
    NicConfig now; // after the bridge was down
    now.objects = {of_bridge, first, second, connected, rule};
    const std::vector<KernelObject> of_ipv4 = {replaced(nexthop), by_gateway, behind_direct, direct};
    CHECK(cut_off_without(move, now, {}) == of_ipv4);
    CHECK(cut_off_without(move, now, {true}) == of_ipv4);
    CHECK(cut_off_without(move, now, {false}).empty());
    now.objects.push_back(behind_direct); // somebody has deleted the others
    CHECK(cut_off_without(move, now, {}).empty());
}

TEST_CASE("a NIC is bare unless somebody has given it an address")
{
    KernelObject advertised = object(Kind::address, "2001:db8::5/64 dev %", true);
    advertised.lasting = false;
    NicConfig nic;
    nic.objects = {object(Kind::address, "fe80::5/64 dev % scope link", true), advertised, by_gateway};
    CHECK(is_bare(nic));
    nic.objects.push_back(second);
    CHECK_FALSE(is_bare(nic));
}

TEST_CASE("a repair puts back what is missing, and takes off the NIC what the kernel has made there")
{
    KernelObject advertised = object(Kind::address, "2001:db8::5/64 dev %", true);
    NicConfig on_nic;
    on_nic.objects = {advertised};
    CHECK(plan_repair(move_of_all(), {{by_gateway, newest6}, {}}, on_nic) ==
          Steps{Take{"eth0", advertised}, Put{"br0", "eth0", newest6, true},
                Put{"br0", "eth0", by_gateway, true}, Take{"eth0", by_gateway}, Take{"eth0", newest6},
                Settle{"br0", newest6, true}});
}
