// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/vepa.h"

#include "core/error.h"
#include "core/shell_word.h"

namespace uplink
{

void check_vepa_nic(const NicState& nic)
{
    if (nic.ifindex == 0)
        throw Error(nic.name + " does not exist: \"ip link\" lists the NICs that do");
    if (nic.kind == "bridge" || nic.kind == "openvswitch")
        throw Error(nic.name + " is a bridge: name a NIC that leads to the switch and is no bridge's port");
    if (nic.wifi)
        throw Error(
            nic.name +
            " is a Wi-Fi NIC, whose access point takes frames from no address but its own: use mode = nat");
    if (nic.link_type != ethernet_type)
        throw Error(nic.name + " carries no Ethernet frames: name an Ethernet NIC");
    if (nic.master)
        throw Error(nic.name + " is a port of " + nic.master->name +
                    ", which takes all that comes back: name a NIC that is no port");
    if (!nic.up)
        throw Error(nic.name + " is down: run \"ip link set " + shell_word(nic.name) + " up\"");
    if (!nic.carrier)
        throw Error(nic.name +
                    " has no carrier: plug its cable in, or turn on the switch port that it leads to");
}

} // namespace uplink
