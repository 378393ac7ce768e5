// SPDX-License-Identifier: GPL-2.0-or-later
// What the administrator is told although it is no error.
#include "core/plan.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

const Link br0 = bridge_named("br0", {ipv4("10.0.3.1/24")});

NicSpec with_gateway(NicSpec nic)
{
    nic.has_gateway = true;
    return nic;
}

using Sentences = std::vector<std::string>;

} // namespace

TEST_CASE("a container that is set up well gives nothing to say")
{
    const HostState state = host_with({br0});
    CHECK(notices(web1_with({nic_on("br0")}), state).empty());
    CHECK(notices(web1_with({with_gateway(nic_on("br0", {ipv4("10.0.3.10/24")}))}), state).empty());
    CHECK(notices(web1_with({}), state).empty());
}

TEST_CASE("a static address without a gateway: the line to add is told")
{
    CHECK(notices(web1_with({with_index(2, nic_on("br0", {ipv4("10.0.3.10/24")}))}), host_with({br0})) ==
          Sentences{"lxc.net.2 has a static address but no way out of its network: add the line "
                    "\"lxc.net.2.ipv4.gateway = 10.0.3.1\" to the container's config"});
}

TEST_CASE("the gateway to add is the one that a made bridge will have")
{
    ContainerSpec spec = web1_with({nic_on("br0", {ipv4("10.0.7.10/24")})});
    spec.bridge_ipv4 = {ipv4("10.0.7.1/24")};
    CHECK(notices(spec, host_with({})) ==
          Sentences{"lxc.net.0 has a static address but no way out of its network: add the line "
                    "\"lxc.net.0.ipv4.gateway = 10.0.7.1\" to the container's config"});
}

TEST_CASE("a bridge without an address leaves the gateway to LXC")
{
    CHECK(notices(web1_with({nic_on("br0", {ipv4("10.0.3.10/24")})}), host_with({bridge_named("br0", {})})) ==
          Sentences{"lxc.net.0 has a static address but no way out of its network: add the line "
                    "\"lxc.net.0.ipv4.gateway = auto\" to the container's config"});
}

TEST_CASE("an uplink by which the default route does not go is told")
{
    const auto told = [](const std::string& uplink) {
        ContainerSpec spec = web1_with({nic_on("br0")});
        spec.uplink = uplink;
        HostState state = host_with({br0});
        state.default_route_link = "eth0";
        return notices(spec, state);
    };
    CHECK(told("").empty());
    CHECK(told("auto").empty());
    CHECK(told("eth0").empty());
    CHECK(told("dum0") == Sentences{"what leaves by eth0, where the host's default route leads, is not "
                                    "masqueraded, since option uplink "
                                    "names dum0: name eth0 there, or leave the option out"});
}

TEST_CASE("a bridge that is down is told with the command that brings it up")
{
    Link down = br0;
    down.up = false;
    CHECK(notices(web1_with({nic_on("br0")}), host_with({down})) ==
          Sentences{"bridge br0 is down: run \"ip link set dev br0 up\""});
}

TEST_CASE("an address in no network of its bridge is told")
{
    CHECK(notices(web1_with({with_gateway(nic_on("br0", {ipv4("10.0.3.10/24"), ipv4("10.9.9.9/24")}))}),
                  host_with({br0})) ==
          Sentences{
              "address 10.9.9.9/24 of lxc.net.0 is in no network of bridge br0 (10.0.3.0/24): answers will "
              "not find it"});
}

TEST_CASE("each NIC is spoken of by itself")
{
    const Link br1 = bridge_named("br1", {ipv4("10.0.4.1/24")});
    CHECK(notices(web1_with({nic_on("br0", {ipv4("10.0.3.10/24")}),
                             with_index(1, nic_on("br1", {ipv4("10.0.4.10/24")}))}),
                  host_with({br0, br1})) ==
          Sentences{"lxc.net.0 has a static address but no way out of its network: add the line "
                    "\"lxc.net.0.ipv4.gateway = 10.0.3.1\" to the container's config",
                    "lxc.net.1 has a static address but no way out of its network: add the line "
                    "\"lxc.net.1.ipv4.gateway = 10.0.4.1\" to the container's config"});
}

TEST_CASE("a gateway on one NIC is a way out for all of them")
{
    const Link br1 = bridge_named("br1", {ipv4("10.0.4.1/24")});
    CHECK(notices(web1_with({with_gateway(nic_on("br0", {ipv4("10.0.3.10/24")})),
                             with_index(1, nic_on("br1", {ipv4("10.0.4.10/24")}))}),
                  host_with({br0, br1}))
              .empty());
}

TEST_CASE("so is one of a NIC that is not served, since LXC takes one alone")
{
    ContainerSpec spec = web1_with({nic_on("br0", {ipv4("10.0.3.10/24")})});
    spec.has_other_gateway = true;
    CHECK(notices(spec, host_with({br0})).empty());
}

TEST_CASE("a gateway that is no address of the bridge is told, since it may be a slip")
{
    NicSpec nic = with_gateway(nic_on("br0", {ipv4("10.0.3.10/24")}));
    nic.gateway = ipv4("10.0.3.2/24").address;
    CHECK(
        notices(web1_with({nic}), host_with({br0})) ==
        Sentences{"lxc.net.0.ipv4.gateway is 10.0.3.2, which bridge br0 does not have: unless it is another "
                  "router's, write 10.0.3.1"});
}

TEST_CASE("of a bridge's addresses the gateway to add is the one in the container's network")
{
    const Link bridge = bridge_named("br0", {ipv4("10.9.0.1/24"), ipv4("10.0.3.1/24")});
    CHECK(notices(web1_with({nic_on("br0", {ipv4("10.0.3.10/24")})}), host_with({bridge})) ==
          Sentences{"lxc.net.0 has a static address but no way out of its network: add the line "
                    "\"lxc.net.0.ipv4.gateway = 10.0.3.1\" to the container's config"});
}

TEST_CASE("a port that is published at no address of the host's leads nowhere, which a note tells")
{
    ContainerSpec spec = web1_with({with_gateway(nic_on("br0", {ipv4("10.0.3.10/24")}))});
    spec.publish = {{Protocol::tcp, ip_address("192.0.2.77"), {8080, 8080}, {80, 80}},
                    {Protocol::tcp, ip_address("127.0.0.1"), {8081, 8081}, {80, 80}},
                    {Protocol::udp, ip_address("192.0.2.10"), {53, 53}, {53, 53}}};
    HostState state = host_with({br0});
    state.own_addresses = {ip_address("192.0.2.10")};
    CHECK(notices(spec, state) ==
          Sentences{"port 192.0.2.77:8080/tcp leads nowhere as long as the host has no 192.0.2.77: name an "
                    "address that \"ip address\" lists, or none"});
}

TEST_CASE("a source address that is not the host's is noted, since answers have to be routed here")
{
    ContainerSpec spec = web1_with({with_gateway(nic_on("br0", {ipv4("10.0.3.10/24")}))});
    spec.snat_to = {ip_address("203.0.113.9"), ip_address("2001:db8::9")};
    HostState state = host_with({br0});
    state.own_addresses = {ip_address("2001:db8::9")};
    CHECK(
        notices(spec, state) ==
        Sentences{
            "what leaves as 203.0.113.9 gets no answer unless that is routed to this host, which has no such "
            "address: name one that \"ip address\" lists as snat-to"});
}
