// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/check_repair.h"

#include "core/describe.h"
#include "core/iptables_match.h"
#include "core/iptables_rules.h"
#include "core/joined.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

namespace
{

bool has_chain(const HostFirewall& firewall, const FirewallPlace& place, const std::string& prefix)
{
    return std::any_of(firewall.chains.begin(), firewall.chains.end(), [&](const FirewallChain& chain) {
        return chain.flavour == place.flavour && chain.family == place.family && chain.table == place.table &&
               chain.name.starts_with(prefix);
    });
}

/// "80" or "8000:8010"
std::string ufw_ports(const PortRange& ports)
{
    std::string text = to_string(ports);
    std::replace(text.begin(), text.end(), '-', ':');
    return text;
}

std::string by_ufw(const BlockedWay& way)
{
    const std::string bridge = shell_word(way.bridge);
    if (way.service)
        return "ufw allow in on " + bridge + " to any port " + std::to_string(way.service->port) + " proto " +
               to_string(way.service->protocol);
    if (way.bridged)
        return "ufw route allow in on " + bridge + " out on " + bridge;
    if (way.published)
        return "ufw route allow out on " + bridge + " to " + to_string(way.address) + " port " +
               ufw_ports(way.published->to_ports) + " proto " + to_string(way.published->protocol);
    return "ufw route allow in on " + bridge + " from " + to_string(way.address);
}

std::string by_docker(const FirewallPlace& place, const BlockedWay& way)
{
    const ForwardOpening opening = {
        Gatekeeper::docker, host_of(way.address), way.bridge, way.bridged, false, "", ""};
    const Engine engine = place.flavour == FirewallFlavour::legacy ? Engine::iptables : Engine::iptables_nft;
    return joined(shell_commands({Action::add, RuleSet{{opening}, engine}}), "; ");
}

/// "iptables-legacy -t filter "
std::string iptables_for(const FirewallPlace& place)
{
    return std::string(place.family == "ip6" ? "ip6tables" : "iptables") +
           (place.flavour == FirewallFlavour::legacy ? "-legacy" : "-nft") + " -t " + place.table + " ";
}

std::string by_iptables(const FirewallPlace& place, const BlockedWay& way)
{
    const std::string bridge = shell_word(way.bridge);
    const std::string insert = iptables_for(place) + "-I " + shell_word(place.chain) + " ";
    const std::string address = to_string(host_of(way.address));
    if (way.service)
        return insert + "-i " + bridge + " -p " + to_string(way.service->protocol) + " --dport " +
               std::to_string(way.service->port) + " -j ACCEPT";
    const std::string from = insert + "-i " + bridge + " -s " + address + " -j ACCEPT";
    const std::string to = insert + (way.bridged ? "-i " : "-o ") + bridge + " -d " + address +
                           (way.bridged ? "" : " -m conntrack --ctstate RELATED,ESTABLISHED,DNAT") +
                           " -j ACCEPT";
    // No way out is known yet there.
    return place.chain == "PREROUTING" ? from : from + "; " + to;
}

/// nft(8) takes the words behind `nft` as they are joined by spaces.
std::string by_nft(const FirewallPlace& place, const BlockedWay& way)
{
    const std::string insert = "insert rule " + place.family + " " + place.table + " " + place.chain + " ";
    const std::string bridge = "\"" + way.bridge + "\"";
    const std::string in = insert + "iifname " + bridge + " ";
    if (way.service)
        return "nft " + shell_word(in + to_string(way.service->protocol) + " dport " +
                                   std::to_string(way.service->port) + " accept");
    const auto words = [](const std::vector<std::string>& rules) {
        return "nft " + shell_word(joined(rules, "; "));
    };
    if (way.bridged) { // in family bridge a name is that of a port
        const std::string family = way.address.ipv6 ? "ip6 " : "ip ";
        const std::string address = to_string(way.address);
        return words({insert + family + "saddr " + address + " accept",
                      insert + family + "daddr " + address + " accept"});
    }
    const std::string out = insert + "oifname " + bridge + " ";
    return words({in + "accept", out + "ct state established,related accept", out + "ct status dnat accept"});
}

/// firewalld lets through what stays within one zone: bridged frames meet it as the bridge's, both ways.
std::string by_firewalld(const BlockedWay& way)
{
    const bool whole_bridge = way.service || way.bridged;
    return "firewall-cmd --zone=" + (way.bridged && !way.zone.empty() ? shell_word(way.zone) : open_zone) +
           " --add-" +
           (whole_bridge ? "interface=" + shell_word(way.bridge) : "source=" + to_string(way.address));
}

} // namespace

std::string repair_for(const FirewallPlace& place, const HostFirewall& firewall, const BlockedWay& way)
{
    const bool of_iptables = place.flavour != FirewallFlavour::nft;
    if (of_iptables && has_chain(firewall, place, place.family == "ip6" ? "ufw6-user-" : "ufw-user-"))
        return by_ufw(way);
    const bool forwarded = place.chain == "FORWARD" || place.chain.starts_with("DOCKER");
    // Behind a rule that drops there ours would be of no use.
    const bool before_all = place.chain != "DOCKER-USER";
    if (of_iptables && forwarded && before_all && !way.service && has_chain(firewall, place, "DOCKER-USER"))
        return by_docker(place, way);
    if (place.table == "firewalld" || (of_iptables && has_chain(firewall, place, chain_of_firewalld)))
        return by_firewalld(way);
    return of_iptables ? by_iptables(place, way) : by_nft(place, way);
}

std::string deletion_of(const FirewallPlace& place, const HostFirewall& firewall)
{
    if (place.flavour != FirewallFlavour::nft) { // "-A PREROUTING ..."
        std::vector<std::string> words = iptables_words_of(place.rule);
        words.front() = "-D";
        std::transform(words.begin(), words.end(), words.begin(), shell_word);
        return iptables_for(place) + joined(words, " ");
    }
    const std::string chain = place.family + " " + place.table + " " + place.chain;
    for (const FirewallChain& each : firewall.chains)
        if (each.flavour == place.flavour && each.family == place.family && each.table == place.table &&
            each.name == place.chain)
            for (const FirewallRule& rule : each.rules)
                if (rule.text == place.rule && rule.handle != 0)
                    return "nft delete rule " + chain + " handle " + std::to_string(rule.handle);
    return "nft -a list chain " + chain;
}

} // namespace uplink
