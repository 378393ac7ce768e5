// SPDX-License-Identifier: GPL-2.0-or-later
// Links, addresses and routes by rtnetlink. libnl carries the socket, the messages and their parsing; nothing
// is cached, since a full link cache costs 23 ms on a host with 1,800 links and one question 0.1 ms.
#pragma once

#include "core/host_state.h"
#include "core/resource.h"
#include "host/owned.h"

#include <functional>
#include <netlink/netlink.h>
#include <optional>
#include <string>
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

    /// All links; only those of `kind`, and only the ports of the bridge `master` (an ifindex), when these
    /// are given.
    std::vector<Link> links(const std::string& kind = "", unsigned master = 0);

    std::vector<Ipv4Interface> ipv4_addresses(unsigned ifindex);

    /// All IPv4 addresses, each with the ifindex of its link; of one link only when `ifindex` is given.
    std::vector<std::pair<unsigned, Ipv4Interface>> all_ipv4_addresses(unsigned ifindex = 0);

    /// The ifindex of the main table's IPv4 default route with the lowest metric; nothing when there is none.
    std::optional<unsigned> default_route();

    /// The id that this namespace has for the one of a process; -1 when no link between them has been looked
    /// at yet.
    int namespace_id(pid_t pid);

    /// Makes a bridge: spanning tree off, forwarding at once.
    void make_bridge(const std::string& name, const std::string& mac);
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
