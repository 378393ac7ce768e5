// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/claims.h"

#include "core/shared.h"
#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

Publication publication(const std::string& address, const PortRange& ports, Protocol protocol = Protocol::tcp)
{
    return {protocol, parse_ip_address(address), ports, ports};
}

ContainerSpec publishing(const std::vector<Publication>& publications)
{
    ContainerSpec spec = web1_with({nic_on("br0")});
    spec.publish = publications;
    return spec;
}

/// What stands in the way of `spec` where a container db holds `keys`.
std::string refusal_beside(const ContainerSpec& spec, const Keys& keys)
{
    std::map<std::string, std::string> holders;
    for (const std::string& key : contested_keys(claim_keys(spec), keys))
        holders.emplace(key, "db");
    return refusal_of([&] { check_claims(spec, holders); });
}

Keys key_of_shared(const SourceNat& nat)
{
    const IpNetwork whole = ip_network("10.0.3.0/24");
    return {shared_key_of(MasqueradeRule{whole, whole, "", shared_tag("br0"), nat}).value()};
}

} // namespace

TEST_CASE("every static address of both families is claimed on the bridge of its NIC")
{
    ContainerSpec spec =
        web1_with({nic_on("br0", {ipv4("10.0.3.10/24"), ipv4("10.0.3.11/24")}), with_index(1, nic_on("br1")),
                   with_index(2, nic_on("br1", {ipv4("10.0.3.10/16")}))});
    spec.nics[1].ipv6_addresses = {{"fd00::10", 64}};
    CHECK(claim_keys(spec) == Keys{"address:br0:10.0.3.10", "address:br0:10.0.3.11", "address:br1:10.0.3.10",
                                   "address:br1:fd00__10"});
}

TEST_CASE("an address that a living container has is refused with that container's name")
{
    ContainerSpec spec = web1_with({nic_on("br0", {ipv4("10.0.3.9/24"), ipv4("10.0.3.10/24")})});
    CHECK(refusal_beside(spec, {"address:br0:10.0.3.10"}) ==
          "address 10.0.3.10 on bridge br0 belongs to the running container db: give one of the two "
          "another address");
    spec.nics[0].ipv6_addresses = {{"fd00::10", 64}};
    CHECK(refusal_beside(spec, {"address:br0:fd00__10"}) ==
          "address fd00::10 on bridge br0 belongs to the running container db: give one of the two "
          "another address");
}

TEST_CASE("the same address on another bridge, or another one on the same bridge, is free")
{
    const ContainerSpec spec = web1_with({nic_on("br0", {ipv4("10.0.3.10/24")})});
    CHECK(refusal_beside(spec, {"address:br1:10.0.3.10", "address:br0:10.0.3.1", "bridge:br0"}) ==
          "(no error)");
}

TEST_CASE("in nf_tables an address is masqueraded for one container, whatever its bridge")
{
    const ContainerSpec spec = web1_with({nic_on("br0", {ipv4("10.0.3.10/24")})});
    CHECK(claim_keys(spec, Engine::nftables) == Keys{"address:br0:10.0.3.10", "source:10.0.3.10"});
    CHECK(contested_keys(claim_keys(spec, Engine::nftables), {"address:br1:10.0.3.10", "source:10.0.3.10"}) ==
          Keys{"source:10.0.3.10"});
    CHECK(refusal_of([&] {
              check_claims(spec, {{"source:10.0.3.10", "db"}});
          }) ==
          "an address of this container is that of the running container db on another bridge, and nftables "
          "masquerades an address for one container: give one of the two another address, or say firewall = "
          "iptables");
}

TEST_CASE("a published port is claimed with its protocol, address and range")
{
    CHECK(claim_keys(publishing({publication("", {80, 80}), publication("192.0.2.1", {53, 60}, Protocol::udp),
                                 publication("2001:db8::1", {443, 443})})) ==
          Keys{"port:tcp:any:80", "port:udp:192.0.2.1:53-60", "port:tcp:2001_db8__1:443"});
}

TEST_CASE("a port that a living container publishes is refused with that container's name")
{
    const ContainerSpec spec = publishing({publication("192.0.2.1", {8000, 8010})});
    for (const char* key :
         {"port:tcp:any:8010", "port:tcp:192.0.2.1:8000-8010", "port:tcp:192.0.2.1:7000-8000"})
        CHECK(refusal_beside(spec, {key})
                  .find("is published for the running container db: choose another "
                        "port of the host's") != std::string::npos);
    CHECK(refusal_beside(spec, {"port:tcp:any:8010"}) ==
          "port 8010/tcp is published for the running container db: choose another port of the host's");
    CHECK(refusal_beside(spec, {"port:udp:any:8010", "port:tcp:192.0.2.2:8010", "port:tcp:any:8011",
                                "port:tcp:any:7999", "port:tcp:2001_db8__1:8010"}) == "(no error)");
}

TEST_CASE("one network is masqueraded in one way")
{
    const Keys plain = key_of_shared({});
    const Keys special = key_of_shared({ip_address("192.0.2.1"), PortRange{1024, 2047}, true});
    CHECK(plain == Keys{"masquerade:br0:10.0.3.0-24:"});
    CHECK(special == Keys{"masquerade:br0:10.0.3.0-24::192.0.2.1,1024-2047,random"});
    CHECK(contested_keys(plain, special) == special);
    CHECK(contested_keys(special, plain) == plain);
    CHECK(contested_keys(plain, plain) == Keys{});
    CHECK(refusal_of([&] {
              check_claims(publishing({}), {{*special.begin(), "db"}});
          }) ==
          "masquerading of 10.0.3.0/24 is done with other options (snat-to, masquerade-ports, "
          "random-fully) for the running container db: give both the same, or this one a static address");
    const auto removal = removal_of(*special.begin());
    REQUIRE(removal);
    CHECK(shared_keys({{Action::add, removal->resource}}) == special);
}

TEST_CASE("a program that listens where a port is to be published is named")
{
    const ContainerSpec spec = publishing({publication("", {80, 80})});
    CHECK(refusal_of([&] {
              check_listeners({{Protocol::tcp, ip_address("192.0.2.1"), 80, 4711, "nginx"}});
          }) ==
          "port 192.0.2.1:80/tcp, which option publish names, is in use by nginx (pid 4711): stop it, or "
          "choose another port of the host's");
    CHECK(refusal_of([&] {
              check_listeners({{Protocol::udp, std::nullopt, 53, 0, ""}});
          }) == "port 53/udp, which option publish names, is in use by a program of the host's: stop it, or "
                "choose another port of the host's");
    CHECK(refusal_of([&] { check_listeners({}); }) == "(no error)");
}
