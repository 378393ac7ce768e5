// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/masquerade.h"

#include "core/shell_word.h"

#include <algorithm>
#include <set>

namespace uplink
{

namespace
{

const std::string iptables = "iptables-legacy -t nat ";

std::vector<MasqueradeRule> masquerades_in(const std::vector<Rule>& rules)
{
    std::vector<MasqueradeRule> masquerades;
    for (const Rule& rule : rules)
        if (const auto* masquerade = std::get_if<MasqueradeRule>(&rule))
            masquerades.push_back(*masquerade);
    return masquerades;
}

std::set<IpNetwork> blocks_of(const std::vector<MasqueradeRule>& rules)
{
    std::set<IpNetwork> blocks;
    for (const MasqueradeRule& rule : rules)
        blocks.insert(block_of(rule));
    return blocks;
}

/// `iptables -N` fails for a chain that exists, so that what stands behind && runs only where it was missing.
std::string command_to_make_main_chain()
{
    std::string command = iptables + "-N " + main_chain + " 2>/dev/null";
    for (const IpNetwork& destination : unmasqueraded)
        command += " && " + iptables + "-A " + main_chain + " -d " + to_string(destination) + " -j RETURN";
    return command + " && " + iptables + "-A POSTROUTING -m comment --comment " + jump_tag + " -j " +
           main_chain;
}

std::string command_to_remove_main_chain()
{
    return iptables + "-S " + main_chain + " | grep -q -e '-j " + main_chain + "-' || { " + iptables +
           "-D POSTROUTING -m comment --comment " + jump_tag + " -j " + main_chain + " && " + iptables +
           "-F " + main_chain + " && " + iptables + "-X " + main_chain + "; }";
}

std::string jump_to(const IpNetwork& block)
{
    return std::string(main_chain) + " -s " + to_string(block) + " -j " + chain_of(block);
}

/// In double quotes, as `iptables -S` prints it, where the shell finds nothing to expand in them.
std::string comment_word(const std::string& tag)
{
    const std::string word = shell_word(tag);
    return word == tag ? "\"" + tag + "\"" : word;
}

} // namespace

IpNetwork block_of(const MasqueradeRule& rule)
{
    return network_of(rule.source.base, std::min(rule.source.prefix_length, 24U));
}

std::string chain_of(const IpNetwork& block)
{
    return std::string(main_chain) + "-" + to_string(block);
}

std::string iptables_words(const MasqueradeRule& rule)
{
    const std::string out = rule.out.empty() ? "" : " -o " + shell_word(rule.out);
    return "-s " + to_string(rule.source) + " ! -d " + to_string(rule.inside) + out +
           " -m comment --comment " + comment_word(rule.tag) + " -j MASQUERADE";
}

std::vector<std::string> iptables_commands_to_add(const std::vector<Rule>& rules)
{
    const auto masquerades = masquerades_in(rules);
    std::vector<std::string> commands = {command_to_make_main_chain()};
    for (const IpNetwork& block : blocks_of(masquerades))
        commands.push_back(iptables + "-N " + chain_of(block) + " 2>/dev/null && " + iptables + "-A " +
                           jump_to(block));
    for (const MasqueradeRule& rule : masquerades) {
        const std::string words = chain_of(block_of(rule)) + " " + iptables_words(rule);
        commands.push_back(iptables + "-C " + words + " 2>/dev/null || " + iptables + "-A " + words);
    }
    return commands;
}

std::vector<std::string> iptables_commands_to_remove(const std::vector<Rule>& rules)
{
    const auto masquerades = masquerades_in(rules);
    std::vector<std::string> commands;
    for (const MasqueradeRule& rule : masquerades)
        commands.push_back(iptables + "-D " + chain_of(block_of(rule)) + " " + iptables_words(rule));
    // The kernel refuses to delete a chain that has rules, so that these do nothing while another container
    // needs it.
    for (const IpNetwork& block : blocks_of(masquerades))
        commands.push_back("[ \"$(" + iptables + "-S " + chain_of(block) + " | wc -l)\" -gt 1 ] || { " +
                           iptables + "-D " + jump_to(block) + " && " + iptables + "-X " + chain_of(block) +
                           "; }");
    commands.push_back(command_to_remove_main_chain());
    return commands;
}

} // namespace uplink
