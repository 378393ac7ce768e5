// SPDX-License-Identifier: GPL-2.0-or-later
// The commands that let a container's packets through.
#include "core/check_repair.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

FirewallPlace policy_in(FirewallFlavour flavour, const std::string& family, const std::string& table,
                        const std::string& chain)
{
    return {flavour, family, table, chain, "policy drop"};
}

HostFirewall firewall_with(const FirewallPlace& place, const std::string& chain)
{
    return {{{place.flavour, place.family, place.table, chain, std::nullopt, {}}}, false};
}

const BlockedWay from_web1 = {"br0", ip_address("10.0.3.10"), false, std::nullopt, std::nullopt, ""};

} // namespace

TEST_CASE("the repair is the owner's own way, and opens both ways of a connection")
{
    const FirewallPlace legacy = policy_in(FirewallFlavour::legacy, "ip", "filter", "FORWARD");
    CHECK(repair_for(legacy, {}, from_web1) ==
          "iptables-legacy -t filter -I FORWARD -i br0 -s 10.0.3.10/32 -j ACCEPT; iptables-legacy -t filter "
          "-I FORWARD -o "
          "br0 -d 10.0.3.10/32 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT");
    CHECK(repair_for(legacy, firewall_with(legacy, "ufw-user-forward"), from_web1) ==
          "ufw route allow in on br0 from 10.0.3.10");
    CHECK(repair_for(legacy, firewall_with(legacy, "DOCKER-USER"), from_web1).find("-I DOCKER-USER") !=
          std::string::npos);
    const auto of_docker = policy_in(FirewallFlavour::legacy, "ip", "filter", "DOCKER-USER");
    CHECK(repair_for(of_docker, firewall_with(of_docker, "DOCKER-USER"), from_web1) ==
          "iptables-legacy -t filter -I DOCKER-USER -i br0 -s 10.0.3.10/32 -j ACCEPT; iptables-legacy -t "
          "filter "
          "-I DOCKER-USER -o br0 -d 10.0.3.10/32 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT");
    CHECK(repair_for(policy_in(FirewallFlavour::nft, "inet", "firewalld", "filter_FWD_public"), {},
                     from_web1) == "firewall-cmd --zone=trusted --add-source=10.0.3.10");
    CHECK(repair_for(policy_in(FirewallFlavour::nft, "inet", "filter", "forward"), {}, from_web1) ==
          "nft 'insert rule inet filter forward iifname \"br0\" accept; insert rule inet filter forward "
          "oifname \"br0\" "
          "ct state established,related accept; insert rule inet filter forward oifname \"br0\" ct status "
          "dnat accept'");
    CHECK(repair_for(policy_in(FirewallFlavour::legacy, "ip", "raw", "PREROUTING"), {}, from_web1) ==
          "iptables-legacy -t raw -I PREROUTING -i br0 -s 10.0.3.10/32 -j ACCEPT");
}

TEST_CASE("bridged frames are let through by their addresses, both ways")
{
    BlockedWay way = from_web1;
    way.bridged = true;
    way.zone = "public";
    CHECK(repair_for(policy_in(FirewallFlavour::nft, "inet", "firewalld", "filter_FORWARD"), {}, way) ==
          "firewall-cmd --zone=public --add-interface=br0");
    CHECK(repair_for(policy_in(FirewallFlavour::nft, "bridge", "filter", "forward"), {}, way) ==
          "nft 'insert rule bridge filter forward ip saddr 10.0.3.10 accept; insert rule bridge filter "
          "forward ip daddr "
          "10.0.3.10 accept'");
    CHECK(repair_for(policy_in(FirewallFlavour::legacy, "ip", "filter", "FORWARD"), {}, way) ==
          "iptables-legacy -t filter -I FORWARD -i br0 -s 10.0.3.10/32 -j ACCEPT; iptables-legacy -t filter "
          "-I FORWARD -i "
          "br0 -d 10.0.3.10/32 -j ACCEPT");
}

TEST_CASE("ufw is told of published ports and of servers of the host's by themselves")
{
    const FirewallPlace place = policy_in(FirewallFlavour::iptables_nft, "ip", "filter", "FORWARD");
    const HostFirewall ufw = firewall_with(place, "ufw-user-forward");
    BlockedWay way = from_web1;
    way.published = PublishedPort{Protocol::udp, std::nullopt,
                                  {8000, 8010},  ip_address("10.0.3.10"),
                                  {80, 90},      ip_network("10.0.3.0/24"),
                                  web1_tag};
    CHECK(repair_for(place, ufw, way) == "ufw route allow out on br0 to 10.0.3.10 port 80:90 proto udp");
    way.service = ServiceOpening{Gatekeeper::ufw, "br0", false, Protocol::udp, 67, ""};
    CHECK(repair_for(place, ufw, way) == "ufw allow in on br0 to any port 67 proto udp");
    CHECK(repair_for(policy_in(FirewallFlavour::nft, "ip", "filter", "input"), {}, way) ==
          "nft 'insert rule ip filter input iifname \"br0\" udp dport 67 accept'");
}
