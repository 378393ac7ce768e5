// SPDX-License-Identifier: GPL-2.0-or-later
// The whole message for every host that cannot serve a container.
#include "core/plan.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

std::string refusal(const ContainerSpec& spec, const HostState& state)
{
    return refusal_of([&] { plan_pre_start(spec, state, web1_tag); });
}

Link link_of_kind(const std::string& name, const std::string& kind)
{
    Link link = bridge_named(name, {});
    link.kind = kind;
    return link;
}

NicSpec unlinked(NicSpec nic)
{
    nic.linked = false;
    return nic;
}

ContainerSpec making(const std::vector<Ipv4Interface>& addresses, const std::vector<NicSpec>& nics)
{
    ContainerSpec spec = web1_with(nics);
    spec.bridge_ipv4 = addresses;
    return spec;
}

} // namespace

TEST_CASE("a missing bridge is refused with both ways to get one")
{
    CHECK(
        refusal(web1_with({with_index(2, nic_on("br0"))}), host_with({})) ==
        "bridge br0 of lxc.net.2 does not exist: make it (\"systemctl start lxc-net\" makes lxcbr0), or say "
        "bridge-address = 10.0.3.1/24 to have it made with the container");
}

TEST_CASE("the address for a missing bridge is the one that the container sends to")
{
    const auto address_for = [](const NicSpec& nic) {
        const std::string sentence = refusal(web1_with({nic}), host_with({}));
        const auto begin = sentence.find("bridge-address = ") + 17;
        return sentence.substr(begin, sentence.find(" to have it made") - begin);
    };
    NicSpec nic = nic_on("br0", {ipv4("10.7.0.10/16")});
    CHECK(address_for(nic) == "10.7.0.1/16");
    nic.gateway = parse_ipv4_address("10.7.255.254");
    CHECK(address_for(nic) == "10.7.255.254/16");
    nic.gateway = parse_ipv4_address("10.8.0.1");
    CHECK(address_for(nic) == "10.7.0.1/16");
    CHECK(address_for(nic_on("br0", {ipv4("10.7.0.1/16")})) == "10.7.0.2/16");
    CHECK(address_for(nic_on("br0", {ipv4("192.0.2.5/32")})) == "10.0.3.1/24");
}

TEST_CASE("a link that is no bridge is named with what it is and who names it")
{
    CHECK(refusal(web1_with({with_index(1, nic_on("v0"))}), host_with({link_of_kind("v0", "veth")})) ==
          "v0, which lxc.net.1.link names, is an interface of kind veth, not a bridge: name a bridge there");
    CHECK(refusal(web1_with({nic_on("eth0")}), host_with({link_of_kind("eth0", "")})) ==
          "eth0, which lxc.net.0.link names, is a physical or loopback interface, not a bridge: name a "
          "bridge there");
    CHECK(refusal(web1_with({unlinked(nic_on("d0"))}), host_with({link_of_kind("d0", "dummy")})) ==
          "d0, which option bridge names, is an interface of kind dummy, not a bridge: name a bridge there");
}

TEST_CASE("a link that is no bridge is refused even where a missing one would be made")
{
    CHECK(refusal(making({ipv4("10.0.3.1/24")}, {nic_on("d0")}), host_with({link_of_kind("d0", "dummy")})) ==
          "d0, which lxc.net.0.link names, is an interface of kind dummy, not a bridge: name a bridge there");
}

TEST_CASE("somebody else's bridge must have the address that is asked for, prefix length included")
{
    const std::string message =
        "bridge br0 exists without 10.0.3.1/24, which option bridge-address names: run "
        "\"ip address add 10.0.3.1/24 dev br0\" or drop the option";
    const ContainerSpec spec = making({ipv4("10.0.3.1/24")}, {nic_on("br0")});
    CHECK(refusal(spec, host_with({bridge_named("br0", {})})) == message);
    CHECK(refusal(spec, host_with({bridge_named("br0", {ipv4("10.0.3.2/24"), ipv4("10.0.3.1/16")})})) ==
          message);
    CHECK(refusal(spec, host_with({bridge_named("br0", {ipv4("10.0.9.1/24"), ipv4("10.0.3.1/24")})})) ==
          "(no error)");
    ContainerSpec of_both = spec;
    of_both.bridge_ipv6 = {{"fd00::1", 64}};
    Link bridge = bridge_named("br0", {ipv4("10.0.3.1/24")});
    CHECK(refusal(of_both, host_with({bridge})) ==
          "bridge br0 exists without fd00::1/64, which option bridge-address names: run "
          "\"ip address add fd00::1/64 dev br0\" or drop the option");
    bridge.ipv6_addresses = {{"fd00::1", 64}};
    CHECK(refusal(of_both, host_with({bridge})) == "(no error)");
}

TEST_CASE("without an address on the bridge or the NIC there is no network to masquerade")
{
    const std::string message = "bridge br0 has no IPv4 address and lxc.net.0 has no static one, so there is "
                                "no network to masquerade: run "
                                "\"ip address add 10.0.3.1/24 dev br0\" or set lxc.net.0.ipv4.address";
    CHECK(refusal(web1_with({nic_on("br0")}), host_with({bridge_named("br0", {})})) == message);
    CHECK(refusal(web1_with({nic_on("br0")}), host_with({bridge_named("br0", {ipv4("10.0.3.1/32")})})) ==
          message);
}

TEST_CASE("a bridge that would be made without an IPv4 network is refused")
{
    ContainerSpec spec = web1_with({nic_on("br0")});
    spec.bridge_ipv6 = {{"fd00::1", 64}};
    CHECK(refusal(spec, host_with({})) ==
          "bridge br0 would get no IPv4 address and lxc.net.0 has no static one, so there is no network to "
          "masquerade: "
          "say bridge-address = 10.0.3.1/24 too or set lxc.net.0.ipv4.address");
}

TEST_CASE("one bridge-address cannot make two bridges")
{
    CHECK(refusal(making({ipv4("10.0.3.1/24")}, {nic_on("br0"), with_index(1, nic_on("br1"))}),
                  host_with({})) == "option bridge-address would go to 2 missing bridges: choose one NIC "
                                    "with option nic, or make the bridges "
                                    "yourself");
}

TEST_CASE("a missing bridge that others' addresses are not meant for is refused")
{
    NicSpec nic = nic_on("br0");
    nic.addressed = false;
    CHECK(refusal(making({ipv4("10.0.3.1/24")}, {nic}), host_with({})) ==
          refusal(web1_with({nic_on("br0")}), host_with({})));
}

TEST_CASE("a bridge that would be made in a network of the host's is refused, whichever of the two is wider")
{
    HostState state = host_with({});
    state.other_addresses = {{"eth1", ipv4("192.0.2.10/24")}, {"eth0", ipv4("10.0.3.77/24")}};
    for (const std::string address : {"10.0.3.1/24", "10.0.0.1/16", "10.0.3.65/28", "10.0.3.77/32"})
        CHECK(refusal(making({ipv4(address)}, {nic_on("br0", {ipv4("10.0.3.10/24")})}), state) ==
              "bridge-address " + address +
                  " overlaps 10.0.3.77/24 of eth0, whose traffic it would take: choose a network "
                  "that the host is not in");
    CHECK(refusal(making({ipv4("10.0.4.1/24")}, {nic_on("br0")}), state) == "(no error)");
    state.other_addresses = {{"eth1", Ipv6Interface{"fd00::77", 64}}};
    ContainerSpec spec = making({ipv4("10.0.4.1/24")}, {nic_on("br0")});
    spec.bridge_ipv6 = {{"fd00::1", 48}};
    CHECK(refusal(spec, state) ==
          "bridge-address fd00::1/48 overlaps fd00::77/64 of eth1, whose traffic it would "
          "take: choose a network that the host is not in");
}

TEST_CASE("a container cannot have its bridge's own address")
{
    const std::string message =
        "address 10.0.3.1 of lxc.net.0 is that of bridge br0 itself: give the container another address";
    const ContainerSpec spec = web1_with({nic_on("br0", {ipv4("10.0.3.1/24")})});
    CHECK(refusal(spec, host_with({bridge_named("br0", {ipv4("10.0.3.1/16")})})) == message);
    CHECK(refusal(making({ipv4("10.0.3.1/24")}, spec.nics), host_with({})) == message);
}

TEST_CASE("uplink auto needs a default route")
{
    ContainerSpec spec = web1_with({nic_on("br0")});
    spec.uplink = "auto";
    CHECK(refusal(spec, host_with({bridge_named("br0", {ipv4("10.0.3.1/24")})})) ==
          "option uplink is auto but the host has no IPv4 default route: name the NIC, or leave the option "
          "out to "
          "masquerade on every way out");
}

TEST_CASE("an uplink by name must exist")
{
    ContainerSpec spec = web1_with({nic_on("br0")});
    spec.uplink = "eth9";
    CHECK(refusal(spec, host_with({bridge_named("br0", {ipv4("10.0.3.1/24")})})) ==
          "interface eth9, which option uplink names, does not exist: \"ip link\" lists those that do");
}

TEST_CASE("an uplink that leads nowhere is refused")
{
    ContainerSpec spec = web1_with({nic_on("br0")});
    const std::string remedy = " and leads nowhere: name the NIC that leads outside, or leave the option out "
                               "to masquerade on every way out";
    spec.uplink = "lo";
    CHECK(refusal(spec, host_with({bridge_named("br0", {ipv4("10.0.3.1/24")})})) ==
          "option uplink is lo, which is the loopback interface" + remedy);
    spec.uplink = "br0";
    CHECK(refusal(spec, host_with({bridge_named("br0", {ipv4("10.0.3.1/24")})})) ==
          "option uplink is br0, which is the container's own bridge" + remedy);
}

TEST_CASE("a port at an IPv6 address needs IPv6 on the bridge")
{
    ContainerSpec spec = web1_with({nic_on("br0", {ipv4("10.0.3.10/24")})});
    spec.publish = {{Protocol::tcp, ip_address("2001:db8::1"), {8443, 8443}, {443, 443}}};
    const HostState state = host_with({bridge_named("br0", {ipv4("10.0.3.1/24")})});
    CHECK(
        refusal(spec, state) ==
        "option publish names 2001:db8::1 but IPv6 is not served on lxc.net.0, since bridge br0 has no IPv6 "
        "address: run \"ip address add fd00::1/64 dev br0\", or drop the line");
    spec.ipv6 = false;
    CHECK(refusal(spec, state) ==
          "option publish names 2001:db8::1 but IPv6 is not served on lxc.net.0, by option ipv6: drop one of "
          "the two");
}
