// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/persistent.h"

#include "core/shell_word.h"
#include "core/transfer.h"

#include <algorithm>
#include <optional>
#include <sstream>

namespace uplink
{

namespace
{

using Kind = KernelObject::Kind;
using Words = std::vector<std::string>;

Words words_in(const std::string& text)
{
    std::istringstream stream(text);
    Words words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

bool says(const KernelObject& object, const std::string& words)
{
    return (" " + object.words + " ").find(" " + words + " ") != std::string::npos;
}

std::string on(const std::string& bridge, std::string words)
{
    const std::string name = shell_word(bridge);
    for (auto at = words.find('%'); at != std::string::npos; at = words.find('%', at + name.size()))
        words.replace(at, 1, name);
    return words;
}

/// The link-local address that the kernel gives an interface by its MAC address (RFC 4291, appendix A).
bool is_made_of_mac(const KernelObject& address)
{
    const std::string text = address.words.substr(0, address.words.find(' '));
    return text.starts_with("fe80::") && text.find("ff:fe") != std::string::npos;
}

/// Nothing for what takes more words than all three know.
std::optional<PersistentRoute> route_in(const KernelObject& object)
{
    const Words words = words_in(object.words);
    PersistentRoute route;
    route.ipv6 = object.ipv6;
    if (words.empty() || (words[0] != "default" && words[0].find_first_of(".:") == std::string::npos))
        return std::nullopt; // it begins with a type
    route.to = words[0];
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i] == "onlink") {
            route.on_link = true;
            continue;
        }
        const std::string& key = words[i];
        const std::string value = i + 1 < words.size() ? words[++i] : "";
        if (key == "via" && value != "inet6")
            route.via = value;
        else if (key == "src")
            route.source = value;
        else if (key == "metric")
            route.metric = value;
        else if (key == "table")
            route.table = value;
        else if (key == "scope")
            route.scope = value;
        else if (key == "mtu")
            route.mtu = value;
        else if (key != "dev" && key != "proto" && key != "hoplimit" && (key != "pref" || value != "medium"))
            return std::nullopt;
    }
    return route;
}

/// Reads a NIC's objects one by one.
class Reader
{
  public:
    explicit Reader(PersistentBridge& bridge) : bridge_(bridge) {}

    void read(const KernelObject& object)
    {
        switch (object.kind) {
        case Kind::address:
            return read_address(object);
        case Kind::neighbour:
            if (object.permanent)
                only_by_command("neighbour replace", object);
            return;
        case Kind::nexthop:
            return only_by_command(object.ipv6 ? "-6 nexthop replace" : "nexthop replace", object);
        case Kind::route:
            return read_route(object);
        case Kind::rule:
            return only_by_command(object.ipv6 ? "-6 rule add" : "rule add", object);
        }
    }

  private:
    void read_address(const KernelObject& object)
    {
        if (is_made_of_mac(object))
            return;
        if (!object.lasting) {
            const bool by_router = object.ipv6 && says(object, "mngtmpaddr");
            (by_router ? bridge_.advertised : object.ipv6 ? bridge_.dhcp6 : bridge_.dhcp4) = true;
            return;
        }
        if (says(object, "peer"))
            return only_by_command("address add", object);
        const Words words = words_in(object.words);
        const auto label = std::find(words.begin(), words.end(), "label");
        bridge_.addresses.push_back(
            {words.front(), label == words.end() ? "" : on(bridge_.name, *std::next(label))});
    }

    /// A DHCP client's script leaves no trace on a default route but that it leads to a gateway.
    void read_route(const KernelObject& object)
    {
        const bool leased = says(object, "proto dhcp") ||
                            (bridge_.dhcp4 && !object.ipv6 && object.words.starts_with("default via ") &&
                             !says(object, "proto static"));
        if (says(object, "proto kernel") || says(object, "proto ra") || object.comes_with_address || leased)
            return;
        const std::string verb = object.ipv6 ? "-6 route append" : "route append";
        const auto route = route_in(object);
        if (!route)
            return only_by_command(verb, object);
        bridge_.routes.push_back(*route);
        bridge_.commands.push_back("ip " + verb + " " + on(bridge_.name, object.words));
    }

    void only_by_command(const std::string& verb, const KernelObject& object)
    {
        bridge_.commands.push_back("ip " + verb + " " + on(bridge_.name, object.words));
        bridge_.not_common.push_back(bridge_.commands.back());
    }

    PersistentBridge& bridge_;
};

} // namespace

PersistentBridge persistent_bridge(const NicConfig& config, const std::string& nic, const std::string& name,
                                   const std::string& mac, unsigned mtu)
{
    check_carriable(config);
    PersistentBridge bridge;
    bridge.name = name;
    bridge.nic = nic;
    bridge.mac = mac;
    bridge.mtu = mtu;
    // Addresses first: which routes are a lease's is known by them. Of each kind the kernel's order is kept,
    // but nexthops come before the routes that go through a gateway.
    for (const Kind kind : {Kind::address, Kind::neighbour, Kind::nexthop, Kind::route, Kind::rule})
        for (const bool via_gateway : {false, true})
            for (const KernelObject& object : config.objects)
                if (object.kind == kind && object.via_gateway == via_gateway)
                    Reader(bridge).read(object);
    return bridge;
}

} // namespace uplink
