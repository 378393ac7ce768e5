// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/vepa_check.h"

#include "core/error.h"
#include "core/vepa.h"
#include "host/file.h"
#include "host/netlink.h"
#include "host/netlink_macvlan.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ether.h>
#include <poll.h>
#include <random>
#include <sched.h>
#include <sys/socket.h>

namespace uplink
{

namespace
{

constexpr std::uint16_t local_experiment = 0x88B5; // ETH_P_802_EX1, which older headers lack

using Mac = std::array<std::uint8_t, ETH_ALEN>;
using Payload = std::array<char, ETH_ZLEN - ETH_HLEN>;

struct Frame {
    Mac destination;
    Mac source;
    std::uint16_t type; ///< in network order
    Payload payload;
};
static_assert(sizeof(Frame) == ETH_ZLEN);

NicState state_of(const std::string& name)
{
    NicState nic;
    nic.name = name;
    Netlink netlink;
    const auto link = netlink.link(name);
    if (!link)
        return nic;
    static_cast<Link&>(nic) = *link;
    if (link->master != 0) {
        const auto master = netlink.link(link->master);
        nic.master = master ? UpperLink{master->name, master->kind} : UpperLink{"another link", ""};
    }
    const std::string folder = "/sys/class/net/" + name;
    nic.link_type = static_cast<unsigned>(std::stoul(read_file(folder + "/type").value_or("0")));
    nic.wifi = std::filesystem::exists(folder + "/phy80211") || std::filesystem::exists(folder + "/wireless");
    nic.carrier = nic.up && read_file(folder + "/carrier") == "1\n"; // which cannot be read while it is down
    return nic;
}

/// A network namespace of this process's own, until the end of the scope.
class OwnNetwork
{
  public:
    OwnNetwork() : home_(current())
    {
        if (::unshare(CLONE_NEWNET) != 0)
            throw Error("cannot make a network namespace: " + error_text(errno));
        // Nothing but our frame is to leave: no neighbour discovery, no router solicitation.
        const std::string no_ipv6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
        if (std::filesystem::exists(no_ipv6))
            write_sysctl(no_ipv6, "1");
    }
    ~OwnNetwork()
    {
        // To go on in the wrong namespace would mislead all that follows.
        if (::setns(home_.get(), CLONE_NEWNET) != 0)
            std::abort();
    }
    OwnNetwork(const OwnNetwork&) = delete;
    OwnNetwork& operator=(const OwnNetwork&) = delete;

    static Fd current()
    {
        Fd fd(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        if (!fd)
            throw Error("cannot open /proc/self/ns/net: " + error_text(errno));
        return fd;
    }

  private:
    Fd home_;
};

/// A macvlan in the namespace that this process is in, and a socket for our frames on it.
class VepaMacvlan
{
  public:
    VepaMacvlan(MacvlanMaker& maker, const std::string& name, unsigned nic)
    {
        maker.make_vepa(name, nic, OwnNetwork::current().get());
        const auto link = netlink_.link(name);
        if (!link)
            throw Error("the macvlan " + name + " vanished");
        ifindex_ = link->ifindex;
        std::memcpy(mac_.data(), ether_aton(link->mac.c_str()), mac_.size());
        netlink_.set_up(ifindex_);
        open_socket();
    }
    /// The namespace would take it along, but only after a while.
    ~VepaMacvlan()
    {
        try {
            netlink_.delete_link(ifindex_);
        } catch (const Error&) {
            return; // it goes with the namespace then
        }
    }
    VepaMacvlan(const VepaMacvlan&) = delete;
    VepaMacvlan& operator=(const VepaMacvlan&) = delete;

    [[nodiscard]] int socket() const { return socket_.get(); }

    void send(const VepaMacvlan& to, const Payload& payload) const
    {
        const Frame frame{to.mac_, mac_, htons(local_experiment), payload};
        if (::send(socket_.get(), &frame, sizeof frame, 0) != static_cast<ssize_t>(sizeof frame))
            throw Error("cannot send a frame: " + error_text(errno));
    }

    /// Whether a frame that has come is the other's.
    [[nodiscard]] bool receives(const VepaMacvlan& from, const Payload& payload) const
    {
        Frame frame{};
        return ::recv(socket_.get(), &frame, sizeof frame, MSG_DONTWAIT) ==
                   static_cast<ssize_t>(sizeof frame) &&
               frame.destination == mac_ && frame.source == from.mac_ && frame.payload == payload;
    }

  private:
    void open_socket()
    {
        socket_ = Fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
        sockaddr_ll address = {};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(local_experiment);
        address.sll_ifindex = static_cast<int>(ifindex_);
        if (!socket_ || ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw Error("cannot open a packet socket: " + error_text(errno));
    }

    Netlink netlink_;
    unsigned ifindex_ = 0;
    Mac mac_{};
    Fd socket_;
};

Payload unique_payload()
{
    constexpr std::string_view what = "lxc-uplink check --vepa ";
    Payload payload{};
    auto* end = std::copy(what.begin(), what.end(), payload.begin());
    std::random_device random;
    std::generate(end, payload.end(), [&] { return static_cast<char>(random()); });
    return payload;
}

/// Both ways, since a switch may not know yet where the macvlans are.
bool one_reaches_the_other(const VepaMacvlan& one, const VepaMacvlan& other)
{
    const Payload payload = unique_payload();
    constexpr int most_frames = 10;
    constexpr int patience_ms = 100;
    for (int i = 0; i < most_frames; ++i) {
        one.send(other, payload);
        other.send(one, payload);
        std::array<pollfd, 2> ready = {{{one.socket(), POLLIN, 0}, {other.socket(), POLLIN, 0}}};
        (void)::poll(ready.data(), ready.size(), patience_ms);
        if (one.receives(other, payload) || other.receives(one, payload))
            return true;
    }
    return false;
}

} // namespace

bool switch_reflects(const std::string& nic)
{
    const NicState state = state_of(nic);
    check_vepa_nic(state);
    MacvlanMaker maker;
    const OwnNetwork network;
    try {
        const VepaMacvlan one(maker, "vepa0", state.ifindex);
        const VepaMacvlan other(maker, "vepa1", state.ifindex);
        return one_reaches_the_other(one, other);
    } catch (const Error& error) {
        throw Error("two macvlans upon " + nic + " cannot be used: " + error.what());
    }
}

} // namespace uplink
