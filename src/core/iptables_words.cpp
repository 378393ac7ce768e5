// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/iptables_words.h"

#include "core/shell_word.h"

#include <algorithm>
#include <utility>

namespace uplink
{

namespace
{

/// Whether `iptables -S` prints it without quotes.
bool is_plain(const std::string& comment)
{
    return std::all_of(comment.begin(), comment.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

/// In double quotes, as `iptables -S` prints it, where the shell finds nothing to expand in them. Without any
/// where `iptables -S` needs none.
std::string comment_word(const std::string& comment)
{
    std::string word = shell_word(comment);
    if (word != comment || is_plain(comment))
        return word;
    return "\"" + comment + "\"";
}

/// How names of interfaces and comments are written.
struct Quoting {
    std::string (*name)(const std::string&);
    std::string (*comment)(const std::string&);
};
constexpr Quoting for_shell = {shell_word, comment_word};

std::string as_it_is(const std::string& name)
{
    return name;
}

bool is_escaped(char c)
{
    return c == '"' || c == '\\' || c == '\'';
}

/// See xtables_save_string() in iptables.
std::string saved_comment(const std::string& comment)
{
    std::string word;
    for (const char c : comment)
        word += is_escaped(c) ? std::string{'\\', c} : std::string(1, c);
    return is_plain(comment) ? word : "\"" + word + "\"";
}
constexpr Quoting for_restore = {as_it_is, saved_comment};

/// "8000:8010", as matches have it, where targets have "8000-8010".
std::string match_text(const PortRange& ports)
{
    std::string text = to_string(ports);
    std::replace(text.begin(), text.end(), '-', ':');
    return text;
}

std::string network_words(const IptablesRule& rule)
{
    return (rule.source ? "-s " + to_string(*rule.source) + " " : "") +
           (rule.destination
                ? (rule.not_destination ? "! " : "") + ("-d " + to_string(*rule.destination) + " ")
                : "");
}

std::string interface_words(const IptablesRule& rule, const Quoting& quoting)
{
    return (rule.in.empty() ? "" : (rule.not_in ? "! " : "") + ("-i " + quoting.name(rule.in) + " ")) +
           (rule.out.empty() ? "" : "-o " + quoting.name(rule.out) + " ");
}

std::string protocol_words(const IptablesRule& rule)
{
    if (!rule.protocol)
        return "";
    const std::string name = to_string(*rule.protocol);
    return "-p " + name + " " +
           (rule.ports ? "-m " + name + " --dport " + match_text(*rule.ports) + " " : "");
}

std::string state_word(FlowState state)
{
    switch (state) {
    case FlowState::any:
        return "";
    case FlowState::fresh:
        return "NEW";
    case FlowState::redirected:
        return "DNAT";
    case FlowState::expected:
        return "RELATED,ESTABLISHED,DNAT";
    }
    return "";
}

std::string conntrack_words(const IptablesRule& rule)
{
    if (rule.state != FlowState::any)
        return "-m conntrack --ctstate " + state_word(rule.state) + " ";
    if (!rule.original)
        return "";
    return "-m conntrack " +
           (rule.original->address ? "--ctorigdst " + to_string(*rule.original->address) + " " : "") +
           "--ctorigdstport " + match_text(rule.original->ports) + " ";
}

/// "10.0.3.10", "10.0.3.10:9000-9010/8000", "[fd00::10]:80".
std::string range_text(const NatRange& nat)
{
    if (!nat.ports)
        return to_string(*nat.address);
    return text_of_place(nat.address, *nat.ports) + (nat.base ? "/" + std::to_string(*nat.base) : "");
}

std::string target_words(const IptablesRule& rule)
{
    const NatRange& nat = rule.nat;
    std::string words = "-j " + rule.target;
    if (nat.address)
        words += (rule.target == "DNAT" ? " --to-destination " : " --to-source ") + range_text(nat);
    else if (nat.ports)
        words += " --to-ports " + to_string(*nat.ports);
    return words + (nat.random_fully ? " --random-fully" : "");
}

std::string program(const IptablesTable& table)
{
    return std::string(table.ipv6 ? "ip6tables" : "iptables") + (table.nft ? "-nft -t " : "-legacy -t ") +
           table.name + " ";
}

std::string command_to_place(const IptablesTable& table, const IptablesRule& rule)
{
    // Counted are the lines of -S: that of the chain itself, and its rules but for the RETURN.
    if (rule.before_return)
        return program(table) + "-I " + rule.chain + " \"$(" + program(table) + "-S " + rule.chain +
               " | grep -cvx -- '-A " + rule.chain + " -j RETURN')\" " + iptables_words(rule);
    const std::string place = !rule.position ? "-A " + rule.chain
                              : *rule.position == 0
                                  ? "-I " + rule.chain
                                  : "-I " + rule.chain + " " + std::to_string(*rule.position + 1);
    return program(table) + place + " " + iptables_words(rule);
}

std::string command_to_delete(const IptablesTable& table, const IptablesRule& rule)
{
    return program(table) + "-D " + rule.chain + " " + iptables_words(rule);
}

/// `iptables -N` fails for a chain that exists, so that what stands behind && runs only where it was missing.
std::string command_to_make(const IptablesTable& table, const IptablesChain& chain)
{
    std::string command = program(table) + "-N " + chain.name + " 2>/dev/null";
    for (IptablesRule entry : chain.entries) {
        entry.position.reset(); // the chain is new
        command += " && " + command_to_place(table, entry);
    }
    for (const IptablesRule& jump : chain.jumps)
        command += " && " + command_to_place(table, jump);
    return command;
}

/// Does nothing while another container needs the chain. What it begins with and its own line, `-N`, are not
/// counted.
std::string command_to_delete(const IptablesTable& table, const IptablesChain& chain)
{
    std::string command = "[ \"$(" + program(table) + "-S " + chain.name + " | wc -l)\" -gt " +
                          std::to_string(chain.entries.size() + 1) + " ] || { ";
    for (const IptablesRule& jump : chain.jumps)
        command += command_to_delete(table, jump) + " && ";
    if (!chain.entries.empty())
        command += program(table) + "-F " + chain.name + " && ";
    return command + program(table) + "-X " + chain.name + "; }";
}

std::vector<IptablesForm> forms_in(const std::vector<Rule>& rules, bool nft)
{
    std::vector<IptablesForm> forms = iptables_forms(rules);
    for (IptablesForm& form : forms)
        form.table.nft = nft;
    return forms;
}

using ChainInTable = std::pair<IptablesTable, IptablesChain>;

/// Each once, and behind the chain that leads to it.
std::vector<ChainInTable> chains_of(const std::vector<IptablesForm>& forms)
{
    std::vector<ChainInTable> chains;
    for (const IptablesForm& form : forms)
        for (const IptablesChain& chain : form.chains)
            if (const ChainInTable each = {form.table, chain};
                std::find(chains.begin(), chains.end(), each) == chains.end())
                chains.push_back(each);
    return chains;
}

std::string words_of(const IptablesRule& rule, const Quoting& quoting)
{
    return network_words(rule) + interface_words(rule, quoting) + protocol_words(rule) +
           conntrack_words(rule) + (rule.to_host ? "-m addrtype --dst-type LOCAL " : "") +
           (rule.bridged ? "-m physdev --physdev-is-bridged " : "") +
           (rule.comment.empty() ? "" : "-m comment --comment " + quoting.comment(rule.comment) + " ") +
           target_words(rule);
}

} // namespace

std::string iptables_words(const IptablesRule& rule)
{
    return words_of(rule, for_shell);
}

std::string iptables_save_words(const IptablesRule& rule)
{
    return words_of(rule, for_restore);
}

std::string comment_in(const std::string& line)
{
    const std::string option = "--comment ";
    const auto place = line.find(option);
    if (place == std::string::npos)
        return "";
    const auto start = place + option.size();
    if (line[start] != '"')
        return line.substr(start, line.find(' ', start) - start);
    std::string comment;
    for (auto i = start + 1; i < line.size() && line[i] != '"'; ++i) {
        if (line[i] == '\\' && i + 1 < line.size())
            ++i;
        comment += line[i];
    }
    return comment;
}

std::string iptables_words(const Rule& rule)
{
    return iptables_words(iptables_form(rule).rules.front());
}

std::vector<std::string> iptables_commands_to_add(const std::vector<Rule>& rules, bool nft)
{
    std::vector<std::string> commands;
    auto forms = forms_in(rules, nft);
    for (const auto& [table, chain] : chains_of(forms))
        commands.push_back(command_to_make(table, chain));
    for (IptablesForm& form : forms) {
        if (form.rules.front().position)
            std::reverse(form.rules.begin(), form.rules.end());
        for (const IptablesRule& rule : form.rules)
            commands.push_back(program(form.table) + "-C " + rule.chain + " " + iptables_words(rule) +
                               " 2>/dev/null || " + command_to_place(form.table, rule));
    }
    return commands;
}

std::vector<std::string> iptables_commands_to_remove(const std::vector<Rule>& rules, bool nft)
{
    std::vector<std::string> commands;
    const auto forms = forms_in(rules, nft);
    for (const IptablesForm& form : forms)
        for (const IptablesRule& rule : form.rules)
            commands.push_back(command_to_delete(form.table, rule));
    auto chains = chains_of(forms);
    std::reverse(chains.begin(), chains.end());
    for (const auto& [table, chain] : chains)
        commands.push_back(command_to_delete(table, chain));
    return commands;
}

} // namespace uplink
