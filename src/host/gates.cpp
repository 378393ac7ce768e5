// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/gates.h"

#include "core/error.h"
#include "core/identity.h"
#include "core/iptables_rules.h"
#include "host/file.h"
#include "host/legacy_tables.h"
#include "host/nft_probe.h"
#include "host/sock_diag.h"

#include <algorithm>
#include <array>

namespace uplink
{

namespace
{

struct Service {
    Protocol protocol;
    std::uint16_t port;
    bool ipv6;
};
constexpr std::array<Service, 6> services = {{{Protocol::udp, 67, false},
                                              {Protocol::udp, 53, false},
                                              {Protocol::tcp, 53, false},
                                              {Protocol::udp, 547, true},
                                              {Protocol::udp, 53, true},
                                              {Protocol::tcp, 53, true}}};

/// Whether a socket hears what comes in by the bridge.
bool hears(const BoundSocket& socket, const Link& bridge, const Service& service)
{
    if (socket.ifindex != 0 && socket.ifindex != bridge.ifindex)
        return false;
    if (is_loopback(socket.address) || socket.port != service.port)
        return false;
    return socket.address.ipv6 == service.ipv6 || (is_unspecified(socket.address) && !socket.ipv6_only);
}

bool is_served(const Link& bridge, const Service& service)
{
    try {
        const auto sockets = bound_sockets(service.protocol, {service.port, service.port});
        return std::any_of(sockets.begin(), sockets.end(),
                           [&](const BoundSocket& socket) { return hears(socket, bridge, service); });
    } catch (const Error&) {
        return true; // where the kernel cannot tell
    }
}

} // namespace

std::vector<Gate> gates_of_host(FirewalldFirewall& firewalld)
{
    std::vector<Gate> gates;
    bool has_firewalld = has_nft_table_of_firewalld();
    for (const bool ipv6 : {false, true}) {
        const auto legacy = legacy_filter_chains(ipv6);
        for (const Gatekeeper gatekeeper : {Gatekeeper::docker, Gatekeeper::ufw}) {
            const std::string chain = forward_chain_of(gatekeeper, ipv6);
            if (legacy.contains(chain))
                gates.push_back({gatekeeper, Engine::iptables, ipv6});
            if (has_nft_filter_chain(ipv6, chain))
                gates.push_back({gatekeeper, Engine::iptables_nft, ipv6});
        }
        has_firewalld = has_firewalld || legacy.contains(chain_of_firewalld) ||
                        has_nft_filter_chain(ipv6, chain_of_firewalld);
    }
    if (has_firewalld && firewalld.runs())
        for (const bool ipv6 : {false, true})
            gates.push_back({Gatekeeper::firewalld, Engine::firewalld, ipv6});
    return gates;
}

std::vector<ServiceOpening> services_for(const Link& bridge)
{
    std::vector<ServiceOpening> openings;
    for (const Service& service : services)
        if (is_served(bridge, service))
            openings.push_back({Gatekeeper::ufw, bridge.name, service.ipv6, service.protocol, service.port,
                                shared_tag(bridge.name)});
    return openings;
}

std::set<bool> families_filtered_on_bridges()
{
    std::set<bool> families;
    for (const bool ipv6 : {false, true})
        if (read_file(ipv6 ? "/proc/sys/net/bridge/bridge-nf-call-ip6tables"
                           : "/proc/sys/net/bridge/bridge-nf-call-iptables")
                .value_or("0")
                .front() == '1')
            families.insert(ipv6);
    return families;
}

} // namespace uplink
