// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/openflow_guard.h"
#include "host/ovs.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

namespace uplink
{

namespace
{

const std::string all_of_ours = "cookie=" + std::string(guard_cookie) + "/-1";

/// A flow's words, which ovs-ofctl prints in an order of its own.
using Flow = std::set<std::string>;

Flow flow_of(const std::string& text)
{
    Flow words;
    std::string word;
    for (const char c : text + ",") {
        if (c != ',' && c != ' ')
            word += c;
        else if (!word.empty())
            words.insert(std::exchange(word, ""));
    }
    return words;
}

std::set<Flow> flows_of(const std::string& dump)
{
    std::set<Flow> flows;
    std::istringstream lines(dump);
    for (std::string line; std::getline(lines, line);)
        if (line.find("actions=") != std::string::npos) // no heading
            flows.insert(flow_of(line));
    return flows;
}

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

bool Ovs::has_dhcp_guard(const std::string& bridge, const std::string& nic) const
{
    if (!is_bridge(bridge))
        return false;
    const unsigned number = port_number(nic);
    std::set<Flow> wanted;
    for (const std::string& flow : guard_flows(number != 0 ? number : uplink_port_number))
        wanted.insert(flow_of(flow));
    return flows_of(ofctl({"--no-stats", "--no-names", "dump-flows", bridge, all_of_ours})) == wanted;
}

bool Ovs::has_only_guard(const std::string& bridge) const
{
    const Ended mode = ask({"get-fail-mode", bridge});
    const Ended controller = ask({"get-controller", bridge});
    if (mode.output.starts_with("secure") || !controller.output.empty())
        return false; // its flows are somebody else's business
    const auto flows = flows_of(ofctl({"--no-stats", "--no-names", "dump-flows", bridge}));
    return std::all_of(flows.begin(), flows.end(),
                       [](const Flow& flow) { return flow.contains("cookie=" + std::string(guard_cookie)); });
}

void Ovs::let_it_switch(const std::string& bridge) const
{
    static_cast<void>(ofctl({"add-flow", bridge, "priority=0,actions=NORMAL"}));
}

} // namespace uplink
