// SPDX-License-Identifier: GPL-2.0-or-later
// A host with a bridge, the LAN at one port of it and a container at another.
#pragma once

#include "host/nftables_guard.h"

#include "printers.h"
#include "values.h"
#include "world.h"

namespace uplink
{

inline std::ostream& operator<<(std::ostream& out, const GuardInForce& guard)
{
    return out << guard.nic << " of " << guard.bridge << ": " << guard.held;
}

inline const std::string in_lan = "nsenter --net=/run/netns/lan ";
inline const std::string in_web = "nsenter --net=/run/netns/web ";

inline void wait_until(const std::string& condition)
{
    shell("for i in $(seq 1000); do if " + condition + "; then exit 0; fi; sleep 0.02; done; exit 1");
}

/// The host with the bridge br0, to which eth0 leads the LAN and vweb a container.
class HostOnLan : public World
{
  public:
    HostOnLan()
    {
        shell("ip link add br0 address 02:00:00:00:00:01 type bridge; ip link set br0 up; ip link set lo up");
        connect("lan", "eth0", 2);
        connect("web", "vweb", 3);
        shell("ip address add 10.0.3.1/24 dev br0");
    }

  private:
    static void connect(const std::string& place, const std::string& port, int number)
    {
        shell("ip netns add " + place + "; ip link add " + port + " type veth peer name eth0 netns " + place +
              "; nsenter --net=/run/netns/" + place +
              " sh -ec 'cd /proc/sys/net/ipv6/conf; echo 0 >all/accept_dad; echo 0 >eth0/accept_dad;"
              "echo 0 >eth0/addr_gen_mode; ip link set lo up; ip link set eth0 up; ip address add 10.0.3." +
              std::to_string(number) + "/24 dev eth0'; ip link set " + port + " master br0 up");
        wait_until("bridge link show dev " + port + " | grep -q 'state forwarding'");
    }
};

} // namespace uplink
