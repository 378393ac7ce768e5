// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/ovs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace uplink
{

namespace
{

using Json = nlohmann::json;

/// As ovs-vsctl reads a string: with JSON's quotes and escapes.
std::string quoted(const std::string& text)
{
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// OVSDB writes a set of one as the thing itself, and a missing value as an empty set (RFC 7047, 5.1).
std::vector<Json> elements(const Json& value)
{
    if (value.is_array() && value.at(0) == "set")
        return value.at(1).get<std::vector<Json>>();
    return {value};
}

std::string text_of(const Json& value)
{
    const auto all = elements(value);
    return all.empty() ? "" : all.front().get<std::string>();
}

/// 0 for an interface that has none yet, and for one that cannot be opened, which has -1.
unsigned number_in(const Json& ofport)
{
    return ofport.is_number() && ofport > 0 ? ofport.get<unsigned>() : 0;
}

/// A map is written as a list of pairs.
OvsMark mark_in(const Json& external_ids)
{
    OvsMark mark;
    for (const Json& entry : external_ids[1]) {
        if (entry[0] == "lxc-uplink")
            mark.tag = entry[1];
        if (entry[0] == "lxc-uplink-boot")
            mark.boot_id = entry[1];
    }
    return mark;
}

bool is_ours(const Json& external_ids)
{
    return !mark_in(external_ids).tag.empty();
}

void append(std::vector<std::string>& commands, const std::vector<std::string>& next)
{
    commands.emplace_back("--");
    commands.insert(commands.end(), next.begin(), next.end());
}

std::vector<std::string> set_mark(const std::string& table, const std::string& name, const OvsMark& mark)
{
    return {"set", table, name, "external_ids:lxc-uplink=" + quoted(mark.tag),
            "external_ids:lxc-uplink-boot=" + quoted(mark.boot_id)};
}

} // namespace

void Ovs::make_bridge(const std::string& name, const std::string& mac, const OvsMark& mark) const
{
    const Json bridges = rows({"--columns=name,external_ids,datapath_type", "list", "Bridge"});
    const auto same =
        std::find_if(bridges.begin(), bridges.end(), [&](const Json& b) { return b[0] == name; });
    if (same != bridges.end() && is_ours(same->at(1)))
        return verify_bridge(name, mac);
    const bool in_userspace = !bridges.empty() && std::all_of(bridges.begin(), bridges.end(),
                                                              [](const Json& b) { return b[2] == "netdev"; });
    std::vector<std::string> commands = {"add-br", name};
    append(commands, set_mark("Bridge", name, mark));
    append(commands, {"set", "Bridge", name, "other_config:hwaddr=" + quoted(mac),
                      in_userspace ? "datapath_type=netdev" : "datapath_type=\"\""});
    change_or_undo(commands, {"--if-exists", "del-br", name}, [&] { verify_bridge(name, mac); });
}

void Ovs::verify_bridge(const std::string& name, const std::string& mac) const
{
    const Json own_port = rows({"--columns=ofport,error,mac_in_use", "list", "Interface", name}).at(0);
    if (const std::string error = text_of(own_port[1]); !error.empty())
        throw Error(error);
    if (number_in(own_port[0]) == 0)
        throw Error("this kernel has no datapath for Open vSwitch: run \"modprobe openvswitch\"");
    if (text_of(own_port[2]) != mac)
        throw Error("it has the MAC address " + text_of(own_port[2]) + ", not " + mac);
}

void Ovs::delete_bridge(const std::string& name) const
{
    const Json bridge = rows({"--if-exists", "--columns=external_ids", "list", "Bridge", name});
    if (!bridge.empty() && is_ours(bridge[0][0]))
        remove({"--if-exists", "del-br", name});
}

void Ovs::add_port(const std::string& bridge, const std::string& port, const OvsMark& mark,
                   unsigned number) const
{
    std::vector<std::string> commands = {"add-port", bridge, port};
    append(commands, set_mark("Port", port, mark));
    append(commands, {"set", "Port", port, "other_config:transient=true"});
    if (number != 0)
        append(commands, {"set", "Interface", port, "ofport_request=" + std::to_string(number)});
    const auto verify = [&] { verify_port(port, number); };
    const Json same = rows({"--if-exists", "--columns=external_ids", "list", "Port", port});
    if (!same.empty() && is_ours(same[0][0]) && bridge_of(port) == bridge)
        return verify();
    change_or_undo(commands, {"--if-exists", "del-port", bridge, port}, verify);
}

void Ovs::verify_port(const std::string& port, unsigned number) const
{
    const Json interface = rows({"--columns=ofport,error", "list", "Interface", port}).at(0);
    if (const std::string error = text_of(interface[1]); !error.empty())
        throw Error(error);
    if (number_in(interface[0]) == 0)
        throw Error("ovs-vswitchd did not take it: see its log");
    if (number != 0 && number_in(interface[0]) != number)
        throw Error("another port of the bridge has the number " + std::to_string(number) +
                    ": free it with \"ovs-vsctl clear Interface PORT ofport_request\"");
}

void Ovs::remove_port(const std::string& bridge, const std::string& port) const
{
    if (find_bridge_of(port) == bridge)
        remove({"--if-exists", "del-port", bridge, port});
}

void Ovs::set_protected(const std::string& port) const
{
    change({"set", "Port", port, "protected=true"});
}

unsigned Ovs::port_number(const std::string& port) const
{
    const Json interface = rows({"--if-exists", "--columns=ofport", "list", "Interface", port});
    return interface.empty() ? 0 : number_in(interface[0][0]);
}

std::vector<OvsOwned> Ovs::owned() const
{
    if (!is_there())
        return {};
    const auto found =
        tables({"--columns=name,external_ids,ports", "list", "Bridge", "--",
                "--columns=name,external_ids,_uuid", "find", "Port", "external_ids:lxc-uplink!=\"\""});
    std::vector<OvsOwned> result;
    for (const Json& bridge : found.at(0)) {
        const auto members = elements(bridge[2]);
        for (const Json& port : found.at(1))
            if (std::find(members.begin(), members.end(), port[2]) != members.end())
                result.push_back({bridge[0], port[0], mark_in(port[1])});
        if (is_ours(bridge[1]))
            result.push_back({bridge[0], "", mark_in(bridge[1])});
    }
    return result;
}

std::vector<OvsOwned> Ovs::remove_of_other_boots(const std::string& boot_id) const
{
    std::vector<OvsOwned> old;
    std::vector<std::string> commands;
    for (const OvsOwned& thing : owned()) {
        if (thing.mark.boot_id == boot_id)
            continue;
        old.push_back(thing);
        if (thing.port.empty())
            append(commands, {"--if-exists", "del-br", thing.bridge});
        else
            append(commands, {"--if-exists", "del-port", thing.bridge, thing.port});
    }
    if (!old.empty())
        static_cast<void>(take_back(commands));
    return old;
}

} // namespace uplink
