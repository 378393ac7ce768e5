// SPDX-License-Identifier: GPL-2.0-or-later
// Links, addresses and routes by rtnetlink. libnl carries the socket, the messages and their parsing; nothing
// is cached, since a full link cache costs 23 ms on a host with 1,800 links and one question 0.1 ms.
#pragma once

#include "core/host_state.h"
#include "core/link_address.h"
#include "core/resource.h"
#include "host/owned.h"

#include <functional>
#include <netlink/netlink.h>
#include <optional>
#include <set>
#include <string>
#include <sys/socket.h>
#include <sys/types.h>
#include <utility>
#include <vector>

struct nl_msg;
struct nlmsghdr;

namespace uplink
{

/// An rtnetlink socket of one network namespace. Every function throws Error with the kernel's bare reason.
class Netlink
{
  public:
    /// In the network namespace of this process.
    Netlink();

    /// In the network namespace of another process; this process is back in its own before it returns.
    static Netlink inside(pid_t pid);

    /// Nothing when there is no such link. Addresses are not filled in.
    std::optional<Link> link(const std::string& name);
    std::optional<Link> link(unsigned ifindex);

    /// As link(), but throws Error where there is none.
    Link existing_link(const std::string& name);

    /// All links; only those of `kind`, and only the ports of the bridge `master` (an ifindex), when these
    /// are given.
    std::vector<Link> links(const std::string& kind = "", unsigned master = 0);

    std::vector<Ipv4Interface> ipv4_addresses(unsigned ifindex);

    /// Those with whose networks the link serves its neighbours; see serves_network().
    std::vector<Ipv6Interface> ipv6_addresses(unsigned ifindex);

    /// All of a family (AF_INET, AF_INET6), in whatever state; of one link only when `ifindex` is given.
    std::vector<LinkAddress> addresses(int family, unsigned ifindex = 0);

    /// The links by which IPv6 routes lead that routers have advertised to this host, of all tables.
    std::set<unsigned> links_of_advertised_routes();

    /// A socket that is readable once a link or an address has changed in the network namespace of a process.
    /// It keeps that namespace alive.
    static Fd changes_inside(pid_t pid);

    /// The ifindex of the main table's default route of an address family with the lowest metric; nothing
    /// when there is none.
    std::optional<unsigned> default_route(int family = AF_INET);

    /// The id that this namespace has for the one of a process; -1 when no link between them has been looked
    /// at yet.
    int namespace_id(pid_t pid);

    /// Makes a bridge: spanning tree off, forwarding at once. `mtu` in bytes; 0: the kernel's default.
    void make_bridge(const std::string& name, const std::string& mac, unsigned mtu = 0);

    /// Makes two veths, the second with this MAC address; `mtu` in bytes.
    void make_veth(const std::string& name, const std::string& peer, const std::string& mac_of_peer,
                   unsigned mtu);

    /// A bridge's port by which frames come in but none go out, and of whose senders nothing is learned.
    void set_never_spoken_to(unsigned ifindex);

    void delete_link(unsigned ifindex);
    void set_alias(unsigned ifindex, const std::string& alias);
    void set_up(unsigned ifindex);
    void set_mtu(unsigned ifindex, unsigned bytes);
    void set_bridge(unsigned ifindex, unsigned bridge_ifindex); ///< 0 takes the port out of its bridge
    void set_port_flags(unsigned ifindex, bool hairpin, bool isolate);

    /// An address that is already there is no error.
    void add_address(unsigned ifindex, const Ipv4Interface& address);

    /// The same, without duplicate address detection.
    void add_address(unsigned ifindex, const Ipv6Interface& address);

    /// The kernel's list of a kind (RTM_GETADDR, RTM_GETNEIGH, RTM_GETNEXTHOP, RTM_GETROUTE, RTM_GETRULE) and
    /// a family (AF_INET, AF_INET6), as whole messages. `flags` are those of a neighbour list (NTF_PROXY).
    std::vector<std::string> list(int type, int family, unsigned flags = 0);

    /// Asks the kernel to find out at once whether a neighbour is there; `address` is that of an IPv4 or IPv6
    /// host, 4 or 16 bytes in network order. It answers with its state, NUD_* of linux/neighbour.h: 0 when
    /// the kernel knows none.
    void probe_neighbour(unsigned ifindex, const std::string& address);
    unsigned neighbour_state(unsigned ifindex, const std::string& address);

    /// Sends a complete request that asks for an acknowledgement; returns 0 or the kernel's errno.
    int send(const std::string& request);

  private:
    using OnMessage = std::function<void(nlmsghdr*)>;

    /// Sends one request and reads all that answers it. Returns 0 or the kernel's errno, EINTR for a list
    /// that changed while it was read; `explanation` gets the words that the kernel adds to it (extended
    /// acknowledgement).
    int transact(nl_msg* message, const OnMessage& on_message, std::string& explanation);
    void request(nl_msg* message, const OnMessage& on_message = {});
    void dump(nl_msg* message, const std::function<void()>& start_over, const OnMessage& on_message);
    std::optional<Link> ask_for_link(nl_msg* message);

    Owned<nl_sock, nl_socket_free> socket_;
};

} // namespace uplink
