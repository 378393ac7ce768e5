// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/openflow_guard.h"

#include <array>

namespace uplink
{

std::vector<std::string> guard_flows(unsigned uplink, bool local_server)
{
    // Clients listen at 68 and 546 whatever port a server speaks from; 67 and 547 speak to relays.
    constexpr std::array server_messages = {"udp,tp_dst=68", "udp,tp_src=67", "udp6,tp_dst=546",
                                            "udp6,tp_src=547", "icmp6,icmp_type=134"};
    const std::string number = std::to_string(uplink);
    const std::string flow = "cookie=" + std::string(guard_cookie) + ",priority=";
    // No port gets a frame back that it sent, and FLOOD, other than NORMAL, learns nothing from this
    // pretence.
    const std::string to_all_but_uplink = "load:" + number + "->NXM_OF_IN_PORT[],FLOOD";
    std::vector<std::string> flows;
    for (const std::string message : server_messages) {
        flows.push_back(flow + "65000," + message +
                        ",actions=" + (local_server ? to_all_but_uplink : "drop"));
        flows.push_back(flow + "65001,in_port=" + number + "," + message +
                        ",actions=" + (local_server ? "LOCAL" : "NORMAL"));
    }
    return flows;
}

} // namespace uplink
