// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/switches.h"

#include "host/file.h"

namespace uplink
{

namespace
{

/// By path, since a name of an interface may hold dots. 0 when there is no such switch.
char value_of(const std::string& family, const std::string& interface, const std::string& name)
{
    const auto text = read_file("/proc/sys/net/" + family + "/conf/" + interface + "/" + name);
    return text && !text->empty() ? text->front() : '0';
}

} // namespace

bool forwards_ipv4()
{
    return read_file("/proc/sys/net/ipv4/ip_forward").value_or("0").front() == '1';
}

bool forwards_ipv6()
{
    return value_of("ipv6", "all", "forwarding") != '0';
}

bool routes_localnet(const std::string& interface)
{
    return value_of("ipv4", "all", "route_localnet") != '0' ||
           value_of("ipv4", interface, "route_localnet") != '0';
}

std::vector<std::string> interfaces_that_heed_advertisements(Netlink& netlink)
{
    std::set<unsigned> links = netlink.links_of_advertised_routes();
    for (const LinkAddress& address : netlink.addresses(AF_INET6))
        if (address.global && !address.lasting)
            links.insert(address.ifindex);
    std::vector<std::string> names;
    for (const unsigned ifindex : links)
        if (const auto link = netlink.link(ifindex); link && value_of("ipv6", link->name, "accept_ra") == '1')
            names.push_back(link->name);
    return names;
}

} // namespace uplink
