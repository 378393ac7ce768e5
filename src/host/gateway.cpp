// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/gateway.h"

#include "core/error.h"
#include "host/await.h"
#include "host/kernel_object.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <linux/neighbour.h>

namespace uplink
{

namespace
{

/// Asks each time that the kernel has given up, which after three questions it does.
bool has_answered(Netlink& netlink, unsigned ifindex, const std::string& gateway)
{
    const unsigned state = netlink.neighbour_state(ifindex, gateway);
    if ((state & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP)) != 0)
        return true;
    if ((state & (NUD_PROBE | NUD_INCOMPLETE)) == 0)
        netlink.probe_neighbour(ifindex, gateway);
    return false;
}

} // namespace

std::vector<std::string> default_gateways(const NicConfig& config)
{
    std::vector<std::string> gateways;
    for (const KernelObject& object : config.objects)
        if (const auto gateway = default_gateway_in(object))
            if (std::find(gateways.begin(), gateways.end(), *gateway) == gateways.end())
                gateways.push_back(*gateway);
    return gateways;
}

std::vector<std::string> answering(Netlink& netlink, unsigned ifindex,
                                   const std::vector<std::string>& gateways,
                                   std::chrono::milliseconds patience)
{
    std::vector<std::string> silent = gateways;
    // What the kernel believes from earlier is no answer: all are asked anew.
    for (const std::string& gateway : silent)
        netlink.probe_neighbour(ifindex, gateway);
    (void)await(patience, [&] {
        std::erase_if(silent, [&](const auto& gateway) { return has_answered(netlink, ifindex, gateway); });
        return silent.empty();
    });
    std::vector<std::string> answered;
    std::copy_if(gateways.begin(), gateways.end(), std::back_inserter(answered),
                 [&silent](const auto& gateway) {
                     return std::find(silent.begin(), silent.end(), gateway) == silent.end();
                 });
    return answered;
}

std::string text_of_address(const std::string& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = address.size() == sizeof(in6_addr) ? AF_INET6 : AF_INET;
    if (::inet_ntop(family, address.data(), text.data(), text.size()) == nullptr)
        throw Error("a bad address");
    return text.data();
}

} // namespace uplink
