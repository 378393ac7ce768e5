// SPDX-License-Identifier: GPL-2.0-or-later
// Why a container does not get out, or is not reached: the way of its packets, hop by hop, as plain values,
// and what is wrong with it.
#pragma once

#include "core/ip.h"
#include "core/judge.h"
#include "core/spec.h"

#include <optional>
#include <string>
#include <vector>

namespace uplink
{

struct Finding {
    std::string what;
    std::string evidence;
    std::string repair; ///< a command for sh
    bool operator==(const Finding&) const = default;
};

/// How the kernel would send a packet.
struct RouteAnswer {
    std::string device;  ///< empty: not at all
    std::string gateway; ///< empty: the destination is on the link
    std::string words;   ///< what ip(8) says, or why there is no route
};

/// An interface on the way.
struct Hop {
    std::string name;
    bool there = false;
    bool up = false;
    bool carrier = true; ///< whether a cable leads anywhere, of one that is up
    unsigned mtu = 0;    ///< bytes
    std::string mac;
    std::string bridge;     ///< that it is a port of; empty: none
    std::string port_state; ///< of a port of a Linux bridge: "forwarding", "blocking", "disabled" ...
    std::vector<IpInterface> addresses;
    bool forwards = true;       ///< net.ipv4.conf.NAME.forwarding
    bool strict_source = false; ///< rp_filter, its own or that of "all", is 1
};

/// What an interface has heard of an address.
struct Neighbour {
    std::string address;
    std::string mac;   ///< empty: nobody answers
    std::string state; ///< "REACHABLE", "FAILED", ...
};

/// A name server that the container's resolv.conf names.
struct NameServer {
    std::string address;
    bool answers = false;
};

/// What a place in a firewall may do to packets.
enum class Obstacle {
    drops,
    untracks, ///< so that nothing masquerades them
    diverts   ///< away from the rule that leads them into the container
};

/// What a firewall makes of one kind of packets of the container's.
struct Passage {
    std::string what; ///< "what web1 sends"
    Judgement judgement;
    std::string repair;
    bool tried = false;                  ///< not reasoned from the rules: seen, of a packet that was sent
    Obstacle obstacle = Obstacle::drops; ///< that was looked for
};

/// An address of option snat-to, as which what a container sends leaves.
struct SourceAddress {
    IpAddress address;
    std::string interface; ///< of the host's, that has it; empty: none
};

/// A port that is published and what waits for it.
struct PublishedWay {
    std::string port; ///< "8080/tcp"
    std::string to;   ///< "10.0.3.10:80"
    bool served = false;
    std::optional<IpAddress> nobodys; ///< at this address alone, which no interface of the host has
    bool astray = false;              ///< it leads to an address that the container has not
};

/// An uplink that was moved, and is not as it was moved.
struct StrayUplink {
    std::string nic;
    std::string bridge;
    bool is_port = false;
    bool can_join = false;    ///< it is no port, and may become one again
    bool is_stranded = false; ///< its bridge is gone, and it is nobody's
    bool bridge_is_up = false;
    std::string missing; ///< that the host is cut off without, in words
};

/// The container's default route.
struct DefaultRoute {
    std::optional<std::string> gateway; ///< of the one by this NIC
    bool elsewhere = false;             ///< it goes by another NIC
    bool unserved = false;              ///< and that is none that is served
};

/// All that is looked at for one NIC of one container.
struct NicWay {
    std::string container;
    std::string lxcpath; ///< the folder that holds the container's own
    Mode mode = Mode::nat;
    NicSpec nic;
    Hop inner;    ///< the container's end
    Hop host_end; ///< of its veth
    Hop bridge;
    std::vector<StrayUplink> stray_uplinks; ///< of whichever container
    Hop out; ///< the interface by which the host sends it out; in mode direct the NIC that leads to the LAN
    bool makes_bridge = false; ///< its record says that the bridge was made for it
    bool is_macvlan = false;   ///< upon `out`, without a veth and a bridge
    bool on_linux_bridge = true;
    DefaultRoute default_route;
    std::optional<DefaultRoute> ipv6_default_route; ///< where IPv6 is served and the NIC has an address of it
    std::optional<Neighbour> of_container;          ///< what the container has heard of its gateway
    std::optional<bool> gateway_answers; ///< to the container, where it is on the LAN and was asked
    std::optional<Neighbour> of_host;    ///< what the bridge has heard of the container
    std::optional<Neighbour> of_gateway; ///< what the host has heard of its own gateway
    bool ipv4_forwarding = true;
    bool ipv6_forwarding = true;
    RouteAnswer way_out;           ///< of what the container sends; in mode direct of what the host sends
    RouteAnswer way_back;          ///< to the container
    RouteAnswer returning;         ///< by which the answer's source is looked for
    std::vector<std::string> lost; ///< steps of the record that are no longer so, in words
    std::vector<Passage> passages;
    std::vector<NameServer> name_servers;
    std::vector<SourceAddress> sources;
    std::string masqueraded_by;      ///< this interface alone; empty: whichever it leaves by
    std::optional<bool> masqueraded; ///< whether a packet that was sent took another source; nothing: unknown
    std::vector<PublishedWay> published;
};

/// The container's address of a family: the configured one, where the container has it.
std::optional<IpAddress> address_of(const NicWay& way, bool ipv6);

/// What is wrong on the way, the nearest to the container first; what only follows from a finding is left
/// out.
std::vector<Finding> findings(const NicWay& way);

/// What cannot be told, a sentence each.
std::vector<std::string> open_questions(const NicWay& way);

/// Whether a packet that is sent and followed may answer one of them.
bool may_be_traced(const NicWay& way);

} // namespace uplink
