// SPDX-License-Identifier: GPL-2.0-or-later
// What the host's file says of bridges fills gaps and contradicts no container.
#include "cli/options.h"
#include "core/plan.h"

#include "printers.h"
#include "values.h"

#include <doctest/doctest.h>

using namespace uplink;

namespace
{

const OptionFile host_file = {"/etc/lxc/uplink.conf", "bridge = br0\nbridge-address = 10.0.3.1/24\n", true};

ContainerConfig config_with_link(const std::string& link)
{
    ContainerNic nic;
    nic.type = "veth";
    nic.link = link;
    ContainerConfig config;
    config.nics = {nic};
    return config;
}

ContainerSpec spec_with_link(const std::string& link)
{
    return make_spec(web1, read_options({}, {host_file}), config_with_link(link));
}

std::string refusal_of(const ContainerSpec& spec, const HostState& state)
{
    try {
        plan_pre_start(spec, state, web1_tag);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a NIC with a link of its own keeps it, whatever the host's file says")
{
    CHECK(spec_with_link("lxcbr0").nics.at(0).bridge == "lxcbr0");
    CHECK(spec_with_link("").nics.at(0).bridge == "br0");
}

TEST_CASE("the same option nearer to the container does contradict")
{
    CHECK_THROWS_WITH_AS(
        make_spec(web1, read_options({"--bridge", "br0"}, {host_file}), config_with_link("lxcbr0")),
        "lxc.net.0.link is lxcbr0 but option bridge is br0: make them agree, or choose another NIC "
        "with option nic",
        Error);
}

TEST_CASE("a host-wide address makes the host-wide bridge, and no other")
{
    CHECK(spec_with_link("").makes_bridge_of(spec_with_link("").nics.at(0)));
    CHECK(spec_with_link("br0").makes_bridge_of(spec_with_link("br0").nics.at(0)));
    CHECK_FALSE(spec_with_link("lxcbr0").makes_bridge_of(spec_with_link("lxcbr0").nics.at(0)));
}

TEST_CASE("a container that shares another's network is left to that one's hooks")
{
    ContainerConfig config = config_with_link("br0");
    config.shares_network_of = "web2";
    const ContainerSpec spec = make_spec(web1, {}, config);
    CHECK(spec.mode == Mode::none);
    CHECK(spec.nics.empty());
}

TEST_CASE("a bridge is not made in a network that the host is in, wider or narrower")
{
    HostState state;
    for (const char* theirs : {"10.0.3.20/24", "10.0.0.1/16", "10.0.3.129/25"}) {
        CAPTURE(theirs);
        state.other_addresses = {{"eth0", ipv4(theirs)}};
        CHECK(refusal_of(spec_with_link("br0"), state) ==
              "bridge-address 10.0.3.1/24 overlaps " + std::string(theirs) +
                  " of eth0, whose traffic it would take: choose a network that the host is not in");
    }
    state.other_addresses = {{"eth0", ipv4("10.0.4.1/24")}};
    CHECK(refusal_of(spec_with_link("br0"), state).empty());
}

TEST_CASE("a container cannot have the address of its bridge")
{
    ContainerSpec spec = spec_with_link("br0");
    spec.nics.at(0).addresses = {ipv4("10.0.3.1/24")};
    CHECK(refusal_of(spec, {}) ==
          "address 10.0.3.1 of lxc.net.0 is that of bridge br0 itself: give the container "
          "another address");
}
