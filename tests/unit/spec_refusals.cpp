// SPDX-License-Identifier: GPL-2.0-or-later
// The whole message for everything that a configuration and its options can disagree on.
#include "core/spec.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

ContainerNic nic(unsigned index, const std::string& type, const std::string& link)
{
    ContainerNic nic;
    nic.index = index;
    nic.type = type;
    nic.link = link;
    return nic;
}

std::string refusal(const Options& options, const std::vector<ContainerNic>& nics)
{
    ContainerConfig config;
    config.nics = nics;
    return refusal_of([&] { make_spec(web1, options, config); });
}

const std::string nothing_to_serve = "no NIC to serve: the container has no veth NIC with a bridge; set "
                                     "lxc.net.0.type = veth and lxc.net.0.link = "
                                     "BRIDGE, or option bridge, or mode = none";

} // namespace

TEST_CASE("a container without a NIC to serve is refused")
{
    CHECK(refusal({}, {}) == nothing_to_serve);
    CHECK(refusal({}, {nic(0, "empty", "")}) == nothing_to_serve);
    Options options;
    options.bridge = "br0";
    CHECK(refusal(options, {nic(0, "phys", "eth0")}) == nothing_to_serve);
    options.mode = Mode::direct;
    CHECK(refusal(options, {nic(0, "phys", "eth0")}) ==
          "no NIC to serve: the container has no veth NIC with a bridge, and no macvlan; set lxc.net.0.type "
          "= veth "
          "and lxc.net.0.link = BRIDGE, or option bridge, or lxc.net.0.type = macvlan, or take the lines of "
          "lxc-uplink out");
}

TEST_CASE("a container whose only NICs are macvlans is told of mode direct")
{
    const std::string sentence =
        "no NIC to serve: mode nat serves no macvlan, and the container has no veth NIC with a bridge; say "
        "mode = direct, or include lxc-uplink-direct.conf instead, or set lxc.net.0.type = veth and "
        "lxc.net.0.link = BRIDGE, or option bridge, or mode = none";
    CHECK(refusal({}, {nic(0, "macvlan", "eth0")}) == sentence);
    CHECK(refusal({}, {nic(0, "macvlan", "eth0"), nic(1, "veth", "")}) == sentence);
}

TEST_CASE("option nic must be a NIC that the container has")
{
    Options options;
    options.nic = 1;
    CHECK(refusal(options, {nic(0, "veth", "br0"), nic(2, "veth", "br0")}) ==
          "option nic is 1 but the container has no lxc.net.1: name one that it has");
}

TEST_CASE("option nic must be a veth")
{
    Options options;
    options.nic = 0;
    CHECK(refusal(options, {nic(0, "macvlan", "eth0"), nic(1, "veth", "br0")}) ==
          "option nic is 0 but lxc.net.0.type is macvlan: only a veth NIC can be served");
}

TEST_CASE("option nic must not be routed")
{
    Options options;
    options.nic = 0;
    ContainerNic routed = nic(0, "veth", "eth0");
    routed.routed = true;
    CHECK(refusal(options, {routed, nic(1, "veth", "br0")}) ==
          "option nic is 0 but lxc.net.0.veth.mode is router: only a NIC with a bridge can be served");
}

TEST_CASE("option nic must have a bridge")
{
    Options options;
    options.nic = 1;
    CHECK(refusal(options, {nic(0, "veth", "br0"), nic(1, "veth", "")}) ==
          "option nic is 1 but lxc.net.1 has no bridge: set lxc.net.1.link or option bridge");
}

TEST_CASE("option bridge and lxc.net.N.link must agree")
{
    Options options;
    options.bridge = "br1";
    CHECK(refusal(options, {nic(0, "veth", "br1"), nic(1, "veth", "br0")}) ==
          "lxc.net.1.link is br0 but option bridge is br1: make them agree, or choose another NIC with "
          "option nic");
}

TEST_CASE("a link that no interface can have for its name is refused where the NIC is served")
{
    CHECK(refusal({}, {nic(0, "veth", "../br0")}) ==
          "lxc.net.0.link is \"../br0\", which is not an interface name (spaces, slashes, colons and quotes "
          "are not "
          "allowed): write for example br0");
    CHECK(refusal({}, {nic(0, "veth", "br0"), nic(1, "phys", "a/b")}) == "(no error)");
}

TEST_CASE("an interface name is what the kernel takes for one")
{
    for (const char* name : {"br0", "a", "fifteen-letters", "br-0.1", "\xc3\xa9th0", "...", "br+0"}) {
        CAPTURE(name);
        CHECK(fault_of_interface_name(name) == std::nullopt);
    }
    CHECK(fault_of_interface_name("") == "it is empty");
    CHECK(fault_of_interface_name("sixteen-letters-") == "it is longer than 15 characters");
    CHECK(fault_of_interface_name(".") == "the kernel keeps it for itself");
    CHECK(fault_of_interface_name("..") == "the kernel keeps it for itself");
    CHECK(fault_of_interface_name("all") == "the kernel keeps it for itself");
    CHECK(fault_of_interface_name("default") == "the kernel keeps it for itself");
    for (const char* name : {"br/0", "br:0", "br 0", "br\t0", "br\n", "\"br0\"", "'br0'"}) {
        CAPTURE(name);
        CHECK(fault_of_interface_name(name) == "spaces, slashes, colons and quotes are not allowed");
    }
}

TEST_CASE("a macvlan that mode direct cannot serve is refused, and another mode does not look at it")
{
    Options options;
    options.mode = Mode::direct;
    ContainerNic macvlan = nic(1, "macvlan", "eth0");
    const std::string remedy = ": say bridge or vepa, or serve another NIC by option nic";
    macvlan.macvlan_mode = "private";
    CHECK(refusal(options, {nic(0, "veth", "br0"), macvlan}) ==
          "lxc.net.1.macvlan.mode is private, LXC's default, in which containers on eth0 never reach each "
          "other" +
              remedy);
    CHECK(refusal({}, {nic(0, "veth", "br0"), macvlan}) == "(no error)");
    macvlan.macvlan_mode = "passthru";
    CHECK(refusal(options, {macvlan}) ==
          "lxc.net.1.macvlan.mode is passthru, which takes eth0 from the host and from all other containers" +
              remedy);
    macvlan.macvlan_mode = "bridge";
    macvlan.link.clear();
    CHECK(refusal(options, {macvlan}) ==
          "lxc.net.1 is a macvlan without a NIC to be made on: add the line \"lxc.net.1.link = NIC\" to the "
          "container's config");
}

TEST_CASE("options for bridges are refused where there are macvlans alone")
{
    ContainerNic macvlan = nic(0, "macvlan", "eth0");
    macvlan.macvlan_mode = "bridge";
    const auto refused = [&](const auto& change, bool with_veth = false) {
        Options options;
        options.mode = Mode::direct;
        change(options);
        return refusal(options,
                       with_veth ? std::vector{macvlan, nic(1, "veth", "br0")} : std::vector{macvlan});
    };
    const auto has_no_use = [](const std::string& option, const std::string& remedy) {
        return "option " + option + " has no use for a macvlan NIC, which is no port of a bridge: " + remedy;
    };
    CHECK(refused([](Options& options) { options.bridge = "br0"; }) ==
          has_no_use("bridge", "drop it, or say lxc.net.N.type = veth"));
    CHECK(refused([](Options& options) { options.bridge_type = BridgeType::linux_bridge; }) ==
          has_no_use("bridge-type", "drop it"));
    const auto hairpin = [](Options& options) { options.hairpin = true; };
    CHECK(refused(hairpin) == has_no_use("hairpin", "say hairpin = no"));
    CHECK(refused(hairpin, true) == "(no error)");
    CHECK(refused([](Options& options) { options.isolate = true; }) ==
          has_no_use("isolate", "say isolate = no"));
    CHECK(
        refused([](Options& options) { options.bridge_ipv4 = {ipv4("10.0.3.1/24")}; }) ==
        "option bridge-address has no use in mode direct, where the bridge gets the addresses of the uplink: "
        "drop it");
    const auto other_uplink = [](Options& options) { options.uplink = "eth1"; };
    CHECK(refused(other_uplink) == "lxc.net.0.link is eth0 but option uplink is eth1: make them agree, or "
                                   "choose another NIC with option nic");
    CHECK(refused(other_uplink, true) == "(no error)");
}

TEST_CASE("in mode direct option nic may be a macvlan too")
{
    Options options;
    options.mode = Mode::direct;
    options.nic = 0;
    CHECK(refusal(options, {nic(0, "phys", "eth0")}) ==
          "option nic is 0 but lxc.net.0.type is phys: only a veth NIC or a macvlan can be served");
}

TEST_CASE("an option that the mode has no use for is refused, unless the host's file says it")
{
    const auto refused = [](Mode mode, const std::string& name, const auto& change) {
        Options options;
        options.mode = mode;
        change(options);
        const std::string sentence = refusal(options, {nic(0, "veth", "br0")});
        options.host_wide = {name};
        CHECK(refusal(options, {nic(0, "veth", "br0")}) == "(no error)");
        return sentence;
    };
    const auto direct = [&](const std::string& name, const auto& change) {
        return refused(Mode::direct, name, change);
    };
    const auto nat = [&](const std::string& name, const auto& change) {
        return refused(Mode::nat, name, change);
    };
    const auto in_direct = [](const std::string& name, const std::string& reason) {
        return "option " + name + " has no use in mode direct, where " + reason + ": drop it";
    };
    const auto in_nat = [](const std::string& name) {
        return "option " + name + " has no use in mode nat, where the host's NIC stays as it is: drop it";
    };
    const std::string own = "the container speaks to the LAN by its own addresses";
    CHECK(direct("publish", [](Options& options) { options.publish = {{}}; }) ==
          in_direct("publish", "the container's ports are on the LAN already"));
    CHECK(direct("inbound", [](Options& options) { options.inbound = Inbound::published; }) ==
          in_direct("inbound", "the LAN reaches all of the container's ports"));
    CHECK(direct("firewall", [](Options& options) { options.firewall = Engine::nftables; }) ==
          in_direct("firewall", own));
    CHECK(direct("ipv6", [](Options& options) { options.ipv6 = false; }) == in_direct("ipv6", own));
    CHECK(direct("snat-to", [](Options& options) { options.snat_to = {{}}; }) == in_direct("snat-to", own));
    CHECK(direct("masquerade-ports", [](Options& options) {
              options.masquerade_ports = {{1, 2}};
          }) == in_direct("masquerade-ports", own));
    CHECK(direct("random-fully", [](Options& options) { options.random_fully = false; }) ==
          in_direct("random-fully", own));
    CHECK(nat("bridge-type", [](Options& options) { options.bridge_type = BridgeType::linux_bridge; }) ==
          in_nat("bridge-type"));
    CHECK(nat("dhcp-guard", [](Options& options) { options.dhcp_guard = false; }) == in_nat("dhcp-guard"));
    CHECK(nat("confirm-timeout", [](Options& options) { options.confirm_timeout = 5; }) ==
          in_nat("confirm-timeout"));
}
