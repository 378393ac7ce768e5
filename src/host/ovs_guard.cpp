// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/openflow_guard.h"
#include "host/ovs.h"

#include <sstream>

namespace uplink
{

namespace
{

const std::string all_of_ours = "cookie=" + std::string(guard_cookie) + "/-1";

} // namespace

std::string Ovs::ofctl(const Words& arguments, const std::string& flows) const
{
    // All versions, since a bridge may be set to speak only some (Bridge.protocols); by itself ovs-ofctl 3.1
    // tries 1.0 alone.
    Words words = {"ovs-ofctl", "--timeout=" + std::to_string(patience_.count() + 1),
                   "--protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    try {
        const Ended ended = run_program(words, patience_, flows);
        if (ended.status == 0)
            return ended.output;
        require_vswitchd();
        throw Error(ended.errors.substr(0, ended.errors.find('\n')));
    } catch (const Overdue&) {
        require_vswitchd();
        throw;
    }
}

void Ovs::add_dhcp_guard(const std::string& bridge, const std::string& nic) const
{
    require_vswitchd();
    const unsigned number = port_number(nic);
    std::string flows = "delete " + all_of_ours + "\n";
    for (const std::string& flow : guard_flows(number != 0 ? number : uplink_port_number))
        flows += "add " + flow + "\n";
    static_cast<void>(ofctl({"add-flows", bridge, "-"}, flows));
}

void Ovs::remove_dhcp_guard(const std::string& bridge) const
{
    if (is_bridge(bridge))
        static_cast<void>(ofctl({"del-flows", bridge, all_of_ours}));
}

bool Ovs::has_dhcp_guard(const std::string& bridge) const
{
    if (!is_bridge(bridge))
        return false;
    std::istringstream answer(ofctl({"dump-flows", bridge, all_of_ours}));
    std::size_t flows = 0;
    for (std::string line; std::getline(answer, line);)
        if (line.find("cookie=") != std::string::npos) // no heading
            ++flows;
    return flows == guard_flows(uplink_port_number).size();
}

} // namespace uplink
