// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/capture.h"

#include "core/error.h"
#include "host/file.h"
#include "host/peer_route.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <set>
#include <sys/socket.h>
#include <sys/stat.h>

namespace uplink
{

namespace
{

const std::string root = "/proc/sys/net/";

std::string with_name(std::string setting, const std::string& interface)
{
    const auto place = setting.find('%');
    return place == std::string::npos ? setting : setting.replace(place, 1, interface);
}

/// All that can be read and written, whatever the kernel's version has: what an administrator has set on the
/// NIC is meant for the host's traffic.
std::map<std::string, std::string> settings_of(const std::string& interface)
{
    // The first is the link's, which the bridge has already; the second cannot be read before it was set.
    static const std::set<std::string> not_carried = {"mtu", "stable_secret"};
    std::map<std::string, std::string> settings;
    for (const std::string family : {"ipv4", "ipv6"}) {
        const std::string folder = root + family + "/conf/" + interface + "/";
        for (const std::string& name : names_in(folder)) {
            struct stat status = {};
            const bool writable =
                ::stat((folder + name).c_str(), &status) == 0 && (status.st_mode & S_IWUSR) != 0;
            if (!writable || not_carried.contains(name))
                continue;
            std::string value = read_file(folder + name).value_or("");
            if (!value.empty() && value.back() == '\n')
                value.pop_back();
            settings.emplace(std::string(family) + "/conf/%/" + name, value);
        }
    }
    return settings;
}

InterfaceId id_of(Netlink& netlink, const std::string& name)
{
    const Link link = netlink.existing_link(name);
    return {link.name, link.ifindex};
}

/// Whether it has been done; what is among `no_errors` was so already.
bool send(Netlink& netlink, const std::string& request, const KernelObject& object, const std::string& to,
          const std::set<int>& no_errors)
{
    const int error = netlink.send(request);
    if (error != 0 && !no_errors.contains(error))
        throw Error(noun_for(object.kind) + with_name(object.words, to) + ": " + error_text(error));
    return error == 0;
}

/// Both the kernel's own and the copy of an advertised route are there at times.
bool is_there_twice(const NicConfig& config, const KernelObject& object)
{
    return std::any_of(config.objects.begin(), config.objects.end(), [&object](const KernelObject& other) {
        return (object.advertised || other.advertised) && other.identity == object.identity;
    });
}

/// An IPv6 route can only be added behind those of its rank, or in the place of the first of them: which is
/// the right one as long as that leads out of the interface from which all is taken.
bool must_keep_its_place(Netlink& netlink, const Put& step)
{
    const KernelObject& route = step.object;
    if (route.kind != KernelObject::Kind::route || !route.ipv6 || !route.first || !route.contested)
        return false;
    const auto from = netlink.link(step.from);
    for (const std::string& message : netlink.list(RTM_GETROUTE, AF_INET6))
        if (rank_of_route(message) == rank_of_route(route.message))
            return from && is_route_by(message, from->ifindex);
    return false;
}

} // namespace

NicConfig capture(Netlink& netlink, const InterfaceId& interface)
{
    NicConfig config;
    std::map<std::string, unsigned> ranks;
    const auto collect = [&](int type, int family, unsigned flags = 0) {
        for (const std::string& message : netlink.list(type, family, flags)) {
            const auto rank = rank_of_route(message);
            const bool first = !rank || ++ranks[*rank] == 1;
            if (auto object = object_of(message, interface); object && !is_there_twice(config, *object)) {
                object->first = first;
                config.objects.push_back(std::move(*object));
            }
        }
    };
    for (const int family : {AF_INET, AF_INET6}) {
        collect(RTM_GETADDR, family);
        collect(RTM_GETNEIGH, family);
        collect(RTM_GETNEIGH, family, NTF_PROXY);
        collect(RTM_GETNEXTHOP, family);
        collect(RTM_GETROUTE, family);
        collect(RTM_GETRULE, family);
    }
    for (KernelObject& object : config.objects) {
        object.unrouted_peer = has_unrouted_peer(object, config);
        object.comes_with_address = object.comes_with_address || comes_with_peer(object, config);
        if (const auto rank = rank_of_route(object.message))
            object.contested = ranks[*rank] > 1 && !object.advertised;
    }
    config.settings = settings_of(interface.name);
    return config;
}

std::set<bool> families_with_default_route(Netlink& netlink)
{
    std::set<bool> families;
    for (const bool ipv6 : {false, true})
        if (netlink.default_route(ipv6 ? AF_INET6 : AF_INET))
            families.insert(ipv6);
    return families;
}

NicConfig config_of_new_interface()
{
    return {{}, settings_of("default")};
}

void apply(Netlink& netlink, const Put& step)
{
    const std::string request = request_to_add(step.object, id_of(netlink, step.interface), step.for_good,
                                               must_keep_its_place(netlink, step));
    send(netlink, request, step.object, step.interface, {EEXIST});
}

void apply(Netlink& netlink, const Settle& step)
{
    const std::string request = request_to_settle(step.object, id_of(netlink, step.interface), step.for_good);
    send(netlink, request, step.object, step.interface, {});
    if (step.object.unrouted_peer)
        send(netlink, request_to_take_peer_route(step.object, id_of(netlink, step.interface)), step.object,
             step.interface, {ESRCH});
}

void apply(Netlink& netlink, const Take& step)
{
    const auto link = netlink.link(step.interface);
    if (!link)
        return;
    const std::string request = request_to_take(step.object, {link->name, link->ifindex});
    const auto take = [&] {
        return send(netlink, request, step.object, step.interface, {ESRCH, ENOENT, EADDRNOTAVAIL, ENODEV});
    };
    constexpr int most_copies = 16;
    for (int i = 0; i < most_copies; ++i)
        if (!take() || !step.object.advertised)
            return;
}

void apply(const Set& step)
{
    const std::string path = root + with_name(step.setting, step.interface);
    if (read_file(path).value_or(step.value + "\n") != step.value + "\n")
        write_sysctl(path, step.value);
}

} // namespace uplink
