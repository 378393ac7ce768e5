// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/openflow_guard.h"

#include <array>

namespace uplink
{

std::vector<std::string> guard_flows(unsigned uplink)
{
    // Clients listen at 68 and 546 whatever port a server speaks from; 67 and 547 speak to relays.
    constexpr std::array server_messages = {"udp,tp_dst=68", "udp,tp_src=67", "udp6,tp_dst=546",
                                            "udp6,tp_src=547", "icmp6,icmp_type=134"};
    const std::string flow = "cookie=" + std::string(guard_cookie) + ",priority=";
    std::vector<std::string> flows;
    for (const std::string message : server_messages) {
        flows.push_back(flow + "65000," + message + ",actions=drop");
        flows.push_back(flow + "65001,in_port=" + std::to_string(uplink) + "," + message + ",actions=NORMAL");
    }
    return flows;
}

} // namespace uplink
