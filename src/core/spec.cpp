// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/spec.h"

#include "core/error.h"
#include "core/hook_lines.h"

#include <algorithm>
#include <cctype>

namespace uplink
{

namespace
{

constexpr std::size_t longest_interface_name = 15;

std::string key(const ContainerNic& nic, const char* suffix = "")
{
    return "lxc.net." + std::to_string(nic.index) + suffix;
}

/// LXC looks at it only after pre-start.
void check_link(const ContainerNic& nic)
{
    const auto fault = nic.link.empty() ? std::nullopt : fault_of_interface_name(nic.link);
    if (fault)
        throw Error(key(nic, ".link") + " is \"" + nic.link + "\", which is not an interface name (" +
                    *fault + "): write for example br0");
}

std::string bridge_for(const ContainerNic& nic, const Options& options)
{
    check_link(nic);
    const std::string asked = options.bridge.value_or("");
    if (options.host_wide.contains("bridge") && !nic.link.empty())
        return nic.link;
    if (!asked.empty() && !nic.link.empty() && asked != nic.link)
        throw Error(key(nic, ".link") + " is " + nic.link + " but option bridge is " + asked +
                    ": make them agree, or choose another NIC with option nic");
    return asked.empty() ? nic.link : asked;
}

const ContainerNic& nic_with_index(const ContainerConfig& config, unsigned index, Mode mode)
{
    const auto found = std::find_if(config.nics.begin(), config.nics.end(),
                                    [index](const ContainerNic& nic) { return nic.index == index; });
    if (found == config.nics.end())
        throw Error("option nic is " + std::to_string(index) + " but the container has no lxc.net." +
                    std::to_string(index) + ": name one that it has");
    if (mode == Mode::direct && found->type == "macvlan")
        return *found;
    if (found->type != "veth")
        throw Error("option nic is " + std::to_string(index) + " but " + key(*found, ".type") + " is " +
                    found->type + ": only a veth NIC" + (mode == Mode::direct ? " or a macvlan" : "") +
                    " can be served");
    if (found->routed)
        throw Error("option nic is " + std::to_string(index) + " but " + key(*found, ".veth.mode") +
                    " is router: only a NIC with a bridge can be served");
    return *found;
}

NicSpec served(const ContainerNic& nic, unsigned position, const std::string& bridge, const Options& options)
{
    // A host-wide address is that of the host-wide bridge, not of any that a container links to.
    const bool addressed =
        !options.host_wide.contains("bridge-address") || nic.link.empty() || bridge == options.bridge;
    return {nic.index,         position,           bridge,
            !nic.link.empty(), nic.pair,           nic.addresses,
            nic.has_gateway,   nic.ipv6_addresses, nic.has_ipv6_gateway,
            nic.mtu,           addressed,          nic.gateway};
}

/// Those that are left out take the NIC from others, or are as good as never meant: LXC's default is private.
MacvlanSpec served_macvlan(const ContainerNic& nic)
{
    const std::string remedy = ": say bridge or vepa, or serve another NIC by option nic";
    if (nic.link.empty())
        throw Error(key(nic) + " is a macvlan without a NIC to be made on: add the line \"" +
                    key(nic, ".link") + " = NIC\" to the container's config");
    check_link(nic);
    if (nic.macvlan_mode == "private")
        throw Error(key(nic, ".macvlan.mode") + " is private, LXC's default, in which containers on " +
                    nic.link + " never reach each other" + remedy);
    if (nic.macvlan_mode == "passthru")
        throw Error(key(nic, ".macvlan.mode") + " is passthru, which takes " + nic.link +
                    " from the host and from all other containers" + remedy);
    return {nic.index, nic.link, nic.macvlan_mode, nic.addresses, nic.has_gateway};
}

/// What is for bridges and their ports. What the host's file says of bridges is for other containers.
void check_macvlans_alone(const ContainerSpec& spec, const Options& options)
{
    const auto refuse = [](const char* option, const char* remedy) {
        throw Error(std::string("option ") + option +
                    " has no use for a macvlan NIC, which is no port of a bridge: " + remedy);
    };
    if (options.bridge && !options.host_wide.contains("bridge"))
        refuse("bridge", "drop it, or say lxc.net.N.type = veth");
    if (options.bridge_type && !options.host_wide.contains("bridge-type"))
        refuse("bridge-type", "drop it");
    if (spec.hairpin && !options.host_wide.contains("hairpin"))
        refuse("hairpin", "say hairpin = no");
    if (spec.isolate && !options.host_wide.contains("isolate"))
        refuse("isolate", "say isolate = no");
    for (const MacvlanSpec& macvlan : spec.macvlans)
        if (spec.uplink != "auto" && spec.uplink != macvlan.link)
            throw Error("lxc.net." + std::to_string(macvlan.index) + ".link is " + macvlan.link +
                        " but option uplink is " + spec.uplink +
                        ": make them agree, or choose another NIC with option nic");
}

/// What the other mode is for. What the host's file says of it is for other containers.
void check_use(const Options& options, Mode mode)
{
    const auto refuse = [&](bool given, const std::string& option, const std::string& reason) {
        if (given && !options.host_wide.contains(option))
            throw Error("option " + option + " has no use in mode " + to_string(mode) + ", where " + reason +
                        ": drop it");
    };
    if (mode == Mode::nat) {
        const char* reason = "the host's NIC stays as it is";
        refuse(options.bridge_type.has_value(), "bridge-type", reason);
        refuse(options.dhcp_guard.has_value(), "dhcp-guard", reason);
        refuse(options.confirm_timeout.has_value(), "confirm-timeout", reason);
        return;
    }
    refuse(!options.publish.empty(), "publish", "the container's ports are on the LAN already");
    refuse(options.inbound.has_value(), "inbound", "the LAN reaches all of the container's ports");
    const char* reason = "the container speaks to the LAN by its own addresses";
    refuse(options.firewall.has_value(), "firewall", reason);
    refuse(options.ipv6.has_value(), "ipv6", reason);
    refuse(!options.snat_to.empty(), "snat-to", reason);
    refuse(options.masquerade_ports.has_value(), "masquerade-ports", reason);
    refuse(options.random_fully.has_value(), "random-fully", reason);
}

void check_nat(const ContainerSpec& spec)
{
    for (auto left = spec.publish.begin(); left != spec.publish.end(); ++left)
        for (auto right = left + 1; right != spec.publish.end(); ++right)
            if (overlap(*left, *right))
                throw Error("option publish names port " +
                            text_of_port(right->address, right->ports, right->protocol) + " twice, in " +
                            to_string(*left) + " and " + to_string(*right) + ": keep one");
    if (spec.snat_to.size() > 2 ||
        (spec.snat_to.size() == 2 && spec.snat_to.front().ipv6 == spec.snat_to.back().ipv6))
        throw Error(
            "option snat-to names more than one address of a family: keep one of IPv4 and one of IPv6");
}

/// The uplink is a port of one bridge only.
void check_direct(const ContainerSpec& spec, const Options& options)
{
    for (const NicSpec& nic : spec.nics)
        if (nic.bridge != spec.nics.front().bridge)
            throw Error("mode direct serves one bridge but the container's NICs are on " +
                        spec.nics.front().bridge + " and " + nic.bridge + ": choose one NIC with option nic");
    const bool asked = !options.bridge_ipv4.empty() || !options.bridge_ipv6.empty();
    if (asked && !options.host_wide.contains("bridge-address"))
        throw Error("option bridge-address has no use in mode direct, where the bridge gets the addresses of "
                    "the uplink: drop it");
    if (spec.nics.empty())
        check_macvlans_alone(spec, options);
}

bool is_served(const ContainerNic& nic, const ContainerSpec& spec)
{
    const auto is_it = [&nic](const auto& served) { return served.index == nic.index; };
    return std::any_of(spec.nics.begin(), spec.nics.end(), is_it) ||
           std::any_of(spec.macvlans.begin(), spec.macvlans.end(), is_it);
}

void choose_nics(ContainerSpec& spec, const Options& options, const ContainerConfig& config)
{
    if (options.nic)
        nic_with_index(config, *options.nic, spec.mode);
    for (const ContainerNic& nic : config.nics) {
        const bool chosen = !options.nic || *options.nic == nic.index;
        if (nic.type == "macvlan" && chosen && spec.mode == Mode::direct)
            spec.macvlans.push_back(served_macvlan(nic));
        if (nic.type != "veth")
            continue;
        const unsigned position = spec.veth_count++;
        if (nic.routed || !chosen)
            continue;
        if (const std::string bridge = bridge_for(nic, options); !bridge.empty())
            spec.nics.push_back(served(nic, position, bridge, options));
    }
    for (const ContainerNic& nic : config.nics)
        if (!is_served(nic, spec)) {
            spec.has_other_gateway |= nic.has_gateway;
            spec.has_other_ipv6_gateway |= nic.has_ipv6_gateway;
        }
}

Error nothing_to_serve(const Options& options, const ContainerConfig& config)
{
    const bool direct = options.mode == Mode::direct;
    const std::string remedy =
        "set lxc.net.0.type = veth and lxc.net.0.link = BRIDGE, or option bridge, or " +
        std::string(direct ? "lxc.net.0.type = macvlan, or take the lines of lxc-uplink out" : "mode = none");
    const bool has_macvlan = std::any_of(config.nics.begin(), config.nics.end(),
                                         [](const ContainerNic& nic) { return nic.type == "macvlan"; });
    if (options.nic)
        return Error("option nic is " + std::to_string(*options.nic) + " but lxc.net." +
                     std::to_string(*options.nic) + " has no bridge: set lxc.net." +
                     std::to_string(*options.nic) + ".link or option bridge");
    if (has_macvlan) // which mode direct would have served
        return Error("no NIC to serve: mode nat serves no macvlan, and the container has no veth NIC with a "
                     "bridge; say mode = direct, or include lxc-uplink-direct.conf instead, or " +
                     remedy);
    return Error("no NIC to serve: the container has no veth NIC with a bridge" +
                 std::string(direct ? ", and no macvlan; " : "; ") + remedy);
}

void take_nat(ContainerSpec& spec, const Options& options)
{
    spec.firewall = options.firewall;
    spec.ipv6 = options.ipv6;
    spec.publish = options.publish;
    spec.inbound = options.inbound.value_or(spec.inbound);
    spec.snat_to = options.snat_to;
    spec.masquerade_ports = options.masquerade_ports;
    spec.random_fully = options.random_fully.value_or(spec.random_fully);
}

void take_direct(ContainerSpec& spec, const Options& options)
{
    spec.bridge_type = options.bridge_type;
    spec.dhcp_guard = options.dhcp_guard.value_or(true);
    spec.confirm_timeout = options.confirm_timeout.value_or(spec.confirm_timeout);
}

} // namespace

std::optional<std::string> fault_of_interface_name(const std::string& name)
{
    if (name.empty())
        return "it is empty";
    if (name.size() > longest_interface_name)
        return "it is longer than 15 characters";
    // The latter two are folders of /proc/sys/net/ipv4/conf that stand for no interface.
    if (name == "." || name == ".." || name == "all" || name == "default")
        return "the kernel keeps it for itself";
    const bool forbidden = std::any_of(name.begin(), name.end(), [](unsigned char c) {
        return c == '/' || c == ':' || c == '"' || c == '\'' || std::isspace(c) != 0 || std::iscntrl(c) != 0;
    });
    if (forbidden)
        return "spaces, slashes, colons and quotes are not allowed";
    return std::nullopt;
}

ContainerSpec make_spec(const ContainerId& container, const Options& options, const ContainerConfig& config)
{
    check_pre_start_lines(config.pre_start_lines);
    ContainerSpec spec;
    spec.container = container;
    spec.mode = options.mode.value_or(Mode::nat);
    spec.bridge_ipv4 = options.bridge_ipv4;
    spec.bridge_ipv6 = options.bridge_ipv6;
    spec.uplink = options.uplink.value_or(spec.mode == Mode::direct ? "auto" : "");
    spec.hairpin = options.hairpin.value_or(false);
    spec.isolate = options.isolate.value_or(false);
    spec.coexist = options.coexist.value_or(spec.coexist);
    spec.bridge_address_is_default = options.host_wide.contains("bridge-address");
    if (!config.shares_network_of.empty()) // that container's hooks serve it
        spec.mode = Mode::none;
    if (spec.mode == Mode::none)
        return spec;
    check_use(options, spec.mode);
    spec.mode == Mode::nat ? take_nat(spec, options) : take_direct(spec, options);

    choose_nics(spec, options, config);
    if (spec.nics.empty() && spec.macvlans.empty())
        throw nothing_to_serve(options, config);
    if (spec.mode == Mode::direct)
        check_direct(spec, options);
    else
        check_nat(spec);
    return spec;
}

} // namespace uplink
