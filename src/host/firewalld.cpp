// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/firewalld.h"

#include "core/error.h"

#include <algorithm>
#include <unistd.h>

namespace uplink
{

namespace
{

constexpr const char* bus_name = "org.fedoraproject.FirewallD1";
constexpr const char* bus_socket = "/run/dbus/system_bus_socket";
constexpr std::chrono::seconds bus_patience(10);

constexpr const char* bus_path = "/org/fedoraproject/FirewallD1";

BusMethod method(const std::string& member)
{
    return {bus_name, bus_path, std::string(bus_name) + ".zone", member};
}

struct Binding {
    std::string zone;
    ZoneMember member;
    bool operator==(const Binding&) const = default;
};

/// "addSource", "queryInterface", "getZoneOfSource".
BusMethod method_for(const std::string& verb, const ZoneMember& member)
{
    return method(verb + (member.is_interface ? "Interface" : "Source"));
}

std::vector<Binding> bindings_of(const std::vector<Rule>& rules)
{
    std::vector<Binding> bindings;
    for (const Rule& rule : rules)
        if (const auto* opening = std::get_if<ForwardOpening>(&rule);
            opening != nullptr && opening->gatekeeper == Gatekeeper::firewalld)
            if (const Binding binding = {opening->zone, zone_member(*opening)};
                std::find(bindings.begin(), bindings.end(), binding) == bindings.end())
                bindings.push_back(binding);
    return bindings;
}

} // namespace

bool FirewalldFirewall::runs()
{
    if (::access(bus_socket, F_OK) != 0)
        return false;
    try {
        if (!bus_)
            bus_.emplace(bus_patience);
        return bus_->has_owner(bus_name);
    } catch (const Error&) {
        return false;
    }
}

void FirewalldFirewall::settle()
{
    try {
        if (runs())
            default_zone();
    } catch (const Error&) { // whoever needs it hears so
    }
}

void FirewalldFirewall::add(const std::vector<Rule>& rules)
{
    const auto bindings = bindings_of(rules);
    if (bindings.empty())
        return;
    if (!runs())
        throw NothingChanged("firewalld does not answer on D-Bus: it has stopped meanwhile");
    for (const auto& [zone, member] : bindings)
        if (!bus_->truth_of(method_for("query", member), {zone, member.name}))
            bus_->text_of(method_for("add", member), {zone, member.name});
}

void FirewalldFirewall::remove(const std::vector<Rule>& rules)
{
    const auto bindings = bindings_of(rules);
    if (bindings.empty() || !runs())
        return;
    for (const auto& [zone, member] : bindings)
        if (bus_->truth_of(method_for("query", member), {zone, member.name}))
            bus_->text_of(method_for("remove", member), {zone, member.name});
}

void FirewalldFirewall::remove_tagged(const std::string&) {}

std::set<std::string> FirewalldFirewall::tags()
{
    return {};
}

std::vector<Standing> FirewalldFirewall::standing(const std::vector<Rule>& rules)
{
    std::vector<Standing> standings(rules.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto bindings = bindings_of({rules[i]});
        if (bindings.empty() || !runs())
            continue;
        const auto& [zone, member] = bindings.front();
        standings[i].there = bus_->truth_of(method_for("query", member), {zone, member.name});
        standings[i].reached = standings[i].there;
    }
    return standings;
}

std::string FirewalldFirewall::zone_of(const ZoneMember& member)
{
    return runs() ? bus_->text_of(method_for("getZoneOf", member), {member.name}) : "";
}

std::string FirewalldFirewall::zone_in_force(const std::string& interface)
{
    std::string zone = zone_of({true, interface});
    if (!zone.empty() || !runs())
        return zone;
    return default_zone();
}

std::string FirewalldFirewall::default_zone()
{
    return bus_->text_of({bus_name, bus_path, bus_name, "getDefaultZone"}, {});
}

} // namespace uplink
