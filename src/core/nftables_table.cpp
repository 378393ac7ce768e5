// SPDX-License-Identifier: GPL-2.0-or-later
// The table itself, and the shell commands that make it and fill it; see core/nftables_rules.h.
#include "core/nftables_rules.h"

#include "core/shell_word.h"

namespace uplink
{

namespace
{

struct Family {
    std::string suffix;  ///< of the names of its maps and chains
    std::string ip;      ///< "ip"
    std::string address; ///< "ipv4_addr"
};

const std::vector<Family> families = {{"4", "ip", "ipv4_addr"}, {"6", "ip6", "ipv6_addr"}};

const std::string in_table = std::string("inet ") + nftables_table;

constexpr const char* interval = " flags interval;";
constexpr const char* counted = " counter;";

std::string map_line(const std::string& name, const std::string& type, const std::string& properties = "")
{
    return "\tmap " + name + " { type " + type + ";" + properties + " }\n";
}

/// Own addresses are apart from networks, since an interval overlaps no other in its map and a container's
/// address lies in its network. Single ports are apart from ranges, since hash maps cost less.
std::string maps_of(const Family& family)
{
    const std::string& address = family.address;
    const std::string& end = family.suffix;
    const std::string port = "inet_proto . inet_service";
    std::string text =
        map_line("own" + end, address + " : verdict", counted) +
        map_line("own_out" + end, address + " . ifname : verdict", counted) +
        map_line("network" + end, address + " : verdict", std::string(interval) + counted) +
        map_line("network_out" + end, address + " . ifname : verdict", std::string(interval) + counted);
    for (const auto& [name, key] : {std::pair("published", port), std::pair("bound", address + " . " + port)})
        text += map_line(name + end, key + " : " + address + " . inet_service", counted) +
                map_line(std::string(name) + "_range" + end, key + " : " + address,
                         std::string(interval) + counted);
    for (const auto& [name, key] :
         {std::pair("hairpin", port), std::pair("hairpin_bound", address + " . " + port)})
        text += map_line(name + end, key + " : verdict") +
                map_line(std::string(name) + "_range" + end, key + " : verdict", interval);
    return text + map_line("inbound" + end, address + " : verdict") +
           map_line("inbound_network" + end, address + " : verdict", interval);
}

/// What a container sends out passes here too: it pays for one look-up instead of those in the maps, of which
/// one for ranges of several fields makes the kernel save its vector registers (nft_pipapo_avx2_lookup() in
/// net/netfilter/nft_set_pipapo_avx2.c), however empty it is.
NftablesChain published_chain(const Family& family)
{
    const std::string dnat = "dnat " + family.ip + " to ";
    const std::string port = "meta l4proto . th dport map @";
    const std::string bound = dnat + family.ip + " daddr . " + port;
    const std::string& end = family.suffix;
    return {"published" + end,
            "",
            {"fib daddr type != local return", bound + "bound" + end, bound + "bound_range" + end,
             dnat + port + "published" + end, dnat + port + "published_range" + end}};
}

/// The port that the client asked for tells what led the flow here. nft knows that it is a port only behind a
/// match of a single protocol.
NftablesChain hairpin_of(const Family& family)
{
    NftablesChain chain = {"hairpin" + family.suffix, "", {}};
    const std::string port = "meta l4proto . ct original proto-dst vmap @hairpin";
    const std::string address = "ct original " + family.ip + " daddr . ";
    for (const char* protocol : {"6", "17", "132"})
        for (const std::string& lookup :
             {address + port + "_bound", address + port + "_bound_range", port, port + "_range"})
            chain.rules.push_back(std::string("meta l4proto ") + protocol + " " + lookup + family.suffix);
    return chain;
}

NftablesChain postrouting_chain()
{
    NftablesChain chain = {"postrouting",
                           "type nat hook postrouting priority srcnat",
                           {"ip daddr 224.0.0.0/4 return", "ip daddr 255.255.255.255 return",
                            "ip6 daddr ff00::/8 return", "ct status dnat jump hairpin"}};
    for (const Family& family : families)
        for (const char* map : {"own", "network"})
            for (const char* out : {" vmap @", " . oifname vmap @"})
                chain.rules.push_back(family.ip + " saddr" + out + map +
                                      (std::string(out) == " vmap @" ? "" : "_out") + family.suffix);
    return chain;
}

/// The host cannot be led away from its IPv6 loopback address.
const std::vector<std::string> to_published = {"meta nfproto ipv4 goto published4",
                                               "ip6 daddr != ::1 goto published6"};

NftablesChain forward_chain()
{
    NftablesChain chain = {"forward", "type filter hook forward priority filter", {"ct state != new return"}};
    for (const Family& family : families)
        for (const char* map : {"inbound", "inbound_network"})
            chain.rules.push_back(family.ip + " daddr vmap @" + map + family.suffix);
    return chain;
}

NftablesChain localnet_chain()
{
    return {"localnet",
            "type filter hook prerouting priority raw",
            {"ip saddr 127.0.0.0/8 iifname vmap @loopback", "ip daddr 127.0.0.0/8 iifname vmap @loopback"}};
}

std::string chain_block(const NftablesChain& chain)
{
    std::string text = "\tchain " + chain.name + " {\n";
    if (!chain.hook.empty())
        text += "\t\t" + chain.hook + ";\n";
    for (const std::string& rule : chain.rules)
        text += "\t\t" + rule + "\n";
    return text + "\t}\n";
}

std::string in_block(const std::string& text)
{
    return "table " + in_table + " {\n" + text + "}\n";
}

std::string one_transaction(const std::vector<std::string>& commands)
{
    std::string text;
    for (const std::string& command : commands)
        text += (text.empty() ? "" : "; ") + command;
    return "nft " + shell_word(text);
}

} // namespace

std::vector<NftablesChain> nftables_base_chains()
{
    std::vector<NftablesChain> chains;
    for (const Family& family : families) {
        chains.push_back(published_chain(family));
        chains.push_back(hairpin_of(family));
    }
    chains.push_back({"hairpin", "", {"meta nfproto ipv4 goto hairpin4", "meta nfproto ipv6 goto hairpin6"}});
    chains.push_back(postrouting_chain());
    chains.push_back({"prerouting", "type nat hook prerouting priority dstnat", to_published});
    chains.push_back({"output", "type nat hook output priority -100", to_published});
    chains.push_back(forward_chain());
    chains.push_back(localnet_chain());
    return chains;
}

std::string nftables_table_text(const std::vector<NftablesChain>& policies)
{
    std::string text;
    for (const NftablesChain& policy : policies)
        text += chain_block(policy);
    for (const Family& family : families)
        text += maps_of(family);
    text += map_line("loopback", "ifname : verdict");
    for (const NftablesChain& chain : nftables_base_chains())
        text += chain_block(chain);
    return in_block(text);
}

std::string nftables_chain_text(const NftablesChain& chain)
{
    return in_block(chain_block(chain));
}

std::string nftables_chain_command(const std::string& command, const std::string& name)
{
    return command + " chain " + in_table + " " + name;
}

std::vector<std::string> nftables_commands_to_add(const std::vector<Rule>& rules)
{
    std::vector<std::string> commands = {"nft list table " + in_table + " >/dev/null 2>&1 || nft " +
                                         shell_word(nftables_table_text({}))};
    for (const NftablesChain& policy : nftables_policies(rules))
        commands.push_back("nft list chain " + in_table + " " + policy.name + " >/dev/null 2>&1 || nft " +
                           shell_word(nftables_chain_text(policy)));
    std::vector<std::string> elements;
    for (const Rule& rule : rules)
        for (const NftablesElement& element : nftables_elements(rule))
            elements.push_back(nftables_add_text(element));
    commands.push_back(one_transaction(elements));
    return commands;
}

std::vector<std::string> nftables_commands_to_remove(const std::vector<Rule>& rules)
{
    std::vector<std::string> elements;
    for (const Rule& rule : rules)
        for (const NftablesElement& element : nftables_elements(rule))
            elements.push_back(nftables_delete_text(element.map, element.key.text));
    std::vector<std::string> commands = {one_transaction(elements)};
    // The kernel refuses to delete a chain that elements lead to, so that these do nothing while another
    // container needs it.
    for (const NftablesChain& policy : nftables_policies(rules))
        commands.push_back("nft " + nftables_chain_command("delete", policy.name) + " 2>/dev/null || true");
    commands.push_back("nft -t list table " + in_table + " | grep -q 'chain .*-' || nft delete table " +
                       in_table);
    return commands;
}

} // namespace uplink
