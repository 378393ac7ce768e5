// SPDX-License-Identifier: GPL-2.0-or-later
// The DHCP guard of an Open vSwitch bridge, in the words of ovs-ofctl(8): packets there never meet nftables.
#pragma once

#include <string>
#include <vector>

namespace uplink
{

/// Every flow of a guard carries it, and no other flow: "lxc-uplk" in ASCII.
inline constexpr const char* guard_cookie = "0x6c78632d75706c6b";

/// The OpenFlow port number that an uplink asks for. Chosen beforehand, so that flows can name the uplink
/// before it is a port; far above the numbers that ovs-vswitchd gives out itself, which start at 1.
inline constexpr unsigned uplink_port_number = 65067;

/// The flows that guard the port of this number. What a server of DHCP, DHCPv6 or router advertisements sends
/// is dropped wherever it comes from but the uplink: OpenFlow cannot ask where NORMAL will send a frame. All
/// else goes on as before, clients' requests too. Frames with a VLAN tag are guarded alike. A DHCP relay
/// speaks from a server's port and is held too.
std::vector<std::string> guard_flows(unsigned uplink);

} // namespace uplink
