// SPDX-License-Identifier: GPL-2.0-or-later
// The files that say a bridge for good.
#include "core/persistent.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

namespace
{

constexpr unsigned usual_mtu = 1500;

std::string line(int depth, const std::string& text)
{
    return std::string(static_cast<std::size_t>(depth) * 2, ' ') + text + "\n";
}

/// As YAML takes it: what could be read as something else than text is quoted.
std::string yaml_word(const std::string& text)
{
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '/' || c == '_' || c == '-';
    });
    return plain ? text : '"' + text + '"';
}

std::string destination(const PersistentRoute& route)
{
    if (route.to == "default")
        return route.ipv6 ? "::/0" : "0.0.0.0/0";
    if (route.to.find('/') != std::string::npos)
        return route.to;
    return route.to + (route.ipv6 ? "/128" : "/32");
}

std::string not_said(const PersistentBridge& bridge)
{
    std::string text;
    for (const std::string& command : bridge.not_common)
        text += "# not said here: " + command + "\n";
    return text;
}

bool is_ipv6(const std::string& address)
{
    return address.find(':') != std::string::npos;
}

std::string netplan_of(const PersistentRoute& route)
{
    std::string text = line(4, "- to: " + yaml_word(destination(route)));
    const auto add = [&text](const std::string& key, const std::string& value) {
        if (!value.empty())
            text += line(5, key + ": " + yaml_word(value));
    };
    add("via", route.via);
    add("from", route.source);
    add("metric", route.metric);
    add("table", route.table);
    add("scope", route.via.empty() && !route.ipv6 ? "link" : "");
    add("mtu", route.mtu);
    add("on-link", route.on_link ? "true" : "");
    return text;
}

std::string networkd_of(const PersistentRoute& route)
{
    std::string text = "\n[Route]\nDestination=" + destination(route) + "\n";
    const auto add = [&text](const std::string& key, const std::string& value) {
        if (!value.empty())
            text.append(key).append("=").append(value).append("\n");
    };
    add("Gateway", route.via);
    add("PreferredSource", route.source);
    add("Metric", route.metric);
    add("Table", route.table);
    add("Scope", route.via.empty() && !route.ipv6 ? "link" : "");
    add("MTUBytes", route.mtu);
    add("GatewayOnLink", route.on_link ? "yes" : "");
    return text;
}

std::string networkd_dhcp(const PersistentBridge& bridge)
{
    if (bridge.dhcp4 && bridge.dhcp6)
        return "yes";
    return bridge.dhcp4 ? "ipv4" : bridge.dhcp6 ? "ipv6" : "no";
}

/// The stanza of one family, which has its first address in it.
std::string stanza(const PersistentBridge& bridge, bool ipv6)
{
    const auto first = std::find_if(bridge.addresses.begin(), bridge.addresses.end(),
                                    [ipv6](const PersistentAddress& address) {
                                        return is_ipv6(address.interface) == ipv6 && address.label.empty();
                                    });
    const bool dhcp = ipv6 ? bridge.dhcp6 : bridge.dhcp4;
    const bool has_address = first != bridge.addresses.end();
    std::string method = "manual";
    if (dhcp)
        method = "dhcp";
    else if (ipv6 && bridge.advertised)
        method = "auto";
    else if (has_address)
        method = "static";
    if (ipv6 && method == "manual")
        return "";
    std::string text = "iface " + bridge.name + (ipv6 ? " inet6 " : " inet ") + method + "\n";
    for (auto address = bridge.addresses.begin(); address != bridge.addresses.end(); ++address)
        if (address == first && method == "static")
            text += line(2, "address " + address->interface);
        else if (is_ipv6(address->interface) == ipv6)
            text += line(2, "up ip address add " + address->interface + " dev " + shell_word(bridge.name) +
                                (address->label.empty() ? "" : " label " + shell_word(address->label)));
    return text;
}

} // namespace

std::string netplan_of(const PersistentBridge& bridge)
{
    std::string text = "# netplan: /etc/netplan/60-" + bridge.name +
                       ".yaml, without what other files there say of " + bridge.nic +
                       "; try it by \"netplan try\"\n" + not_said(bridge) +
                       "network:\n  version: 2\n  ethernets:\n";
    text += line(2, yaml_word(bridge.nic) + ":");
    for (const char* nothing : {"dhcp4: false", "dhcp6: false", "accept-ra: false", "link-local: []"})
        text += line(3, nothing);
    text += line(1, "bridges:") + line(2, yaml_word(bridge.name) + ":") +
            line(3, "interfaces: [" + yaml_word(bridge.nic) + "]") +
            line(3, "macaddress: " + yaml_word(bridge.mac));
    if (bridge.mtu != usual_mtu)
        text += line(3, "mtu: " + std::to_string(bridge.mtu));
    text += line(3, "parameters:") + line(4, "stp: false") + line(4, "forward-delay: 0");
    text += line(3, std::string("dhcp4: ") + (bridge.dhcp4 ? "true" : "false"));
    text += line(3, std::string("dhcp6: ") + (bridge.dhcp6 ? "true" : "false"));
    if (bridge.advertised)
        text += line(3, "accept-ra: true");
    if (!bridge.addresses.empty())
        text += line(3, "addresses:");
    for (const auto& [interface, label] : bridge.addresses) {
        text += line(4, "- " + yaml_word(interface) + (label.empty() ? "" : ":"));
        if (!label.empty())
            text += line(6, "label: " + yaml_word(label));
    }
    if (!bridge.routes.empty())
        text += line(3, "routes:");
    for (const PersistentRoute& route : bridge.routes)
        text += netplan_of(route);
    return text + line(3, "# nameservers: as they are said for " + bridge.nic + " now");
}

std::string networkd_of(const PersistentBridge& bridge)
{
    const std::string folder = "/etc/systemd/network/";
    std::string text = "# systemd-networkd: " + folder + "10-" + bridge.name +
                       ".netdev\n[NetDev]\nName=" + bridge.name + "\nKind=bridge\nMACAddress=" + bridge.mac +
                       "\n";
    if (bridge.mtu != usual_mtu)
        text += "MTUBytes=" + std::to_string(bridge.mtu) + "\n";
    text += "\n[Bridge]\nSTP=no\nForwardDelaySec=0\n";
    text += "\n# systemd-networkd: " + folder + "10-" + bridge.nic +
            ".network, in the place of what configures " + bridge.nic + " now\n[Match]\nName=" + bridge.nic +
            "\n\n[Network]\nBridge=" + bridge.name + "\n";
    text += "\n# systemd-networkd: " + folder + "10-" + bridge.name + ".network\n" + not_said(bridge) +
            "[Match]\nName=" + bridge.name + "\n\n[Network]\nDHCP=" + networkd_dhcp(bridge) +
            "\nIPv6AcceptRA=" + (bridge.advertised || bridge.dhcp6 ? "yes" : "no") + "\n";
    for (const auto& [interface, label] : bridge.addresses)
        if (label.empty())
            text += "Address=" + interface + "\n";
    text += "# DNS=, Domains=: as they are said for " + bridge.nic + " now\n";
    for (const auto& [interface, label] : bridge.addresses)
        if (!label.empty())
            text.append("\n[Address]\nAddress=")
                .append(interface)
                .append("\nLabel=")
                .append(label)
                .append("\n");
    for (const PersistentRoute& route : bridge.routes)
        text += networkd_of(route);
    return text;
}

std::string ifupdown_of(const PersistentBridge& bridge)
{
    std::string text = "# ifupdown, with the package bridge-utils: /etc/network/interfaces, in the place of "
                       "what it says of " +
                       bridge.nic + "\nauto " + bridge.name + "\n" + stanza(bridge, false);
    for (const std::string& option : {"bridge_ports " + bridge.nic, std::string("bridge_stp off"),
                                      std::string("bridge_fd 0"), "bridge_hw " + bridge.mac})
        text += line(2, option);
    if (bridge.mtu != usual_mtu)
        text += line(2, "mtu " + std::to_string(bridge.mtu));
    text += line(2, "# dns-nameservers: as they are said for " + bridge.nic + " now");
    text += stanza(bridge, true);
    for (const std::string& command : bridge.commands)
        text += line(2, "up " + command);
    return text;
}

} // namespace uplink
