// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/iptables_match.h"

#include "core/iptables_option.h"

#include <algorithm>
#include <optional>

namespace uplink
{

namespace
{

std::vector<IptablesOption> options_in(const std::vector<std::string>& words)
{
    std::vector<IptablesOption> options;
    bool negated = false;
    for (const std::string& word : words) {
        if (word == "!") {
            negated = true;
        } else if (negated || word.starts_with("-") || options.empty()) {
            options.push_back({word, {}, negated});
            negated = false;
        } else {
            options.back().values.push_back(word);
        }
    }
    return options;
}

PacketCondition condition_of(const PacketTests& tests, bool negated)
{
    PacketCondition condition;
    condition.negated = negated;
    for (const PacketTest& test : tests)
        condition.any_of.push_back({test});
    return condition;
}

std::vector<PacketCondition> kinds_of_addresses(const std::vector<IptablesOption>& options)
{
    const auto is_limit = [](const IptablesOption& option) {
        return option.name.starts_with("--limit-iface-");
    };
    const bool of_interface = std::any_of(options.begin(), options.end(), is_limit);
    std::vector<PacketCondition> conditions;
    for (const IptablesOption& option : options)
        if (!is_limit(option))
            conditions.push_back(condition_of(tests_of_kinds(option, of_interface), option.negated));
    return conditions;
}

/// What ordinary packets all answer alike: they come from where their source is, and have no extension
/// headers.
std::optional<PacketCondition> condition_of_usual(const std::string& module,
                                                  const std::vector<IptablesOption>& options)
{
    if (module == "rpfilter")
        return condition_of({IsUsual{true}},
                            std::any_of(options.begin(), options.end(),
                                        [](const auto& option) { return option.name == "--invert"; }));
    for (const char* name : {"rt", "frag", "hbh", "dst", "mh"})
        if (module == name)
            return condition_of({IsUsual{false}}, false);
    return std::nullopt;
}

} // namespace

std::vector<std::string> iptables_words_of(const std::string& line)
{
    std::vector<std::string> words;
    bool in_word = false;
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == ' ' && !quoted) {
            in_word = false;
            continue;
        }
        if (!in_word)
            words.emplace_back();
        in_word = true;
        if (line[i] == '"')
            quoted = !quoted;
        else
            words.back() += line[i] == '\\' && quoted && i + 1 < line.size() ? line[++i] : line[i];
    }
    return words;
}

std::vector<PacketCondition> conditions_of_match(const std::vector<std::string>& words)
{
    const bool of_module = words.at(0) == "-m";
    const std::string module = of_module && words.size() > 1 ? words[1] : "";
    const auto options = options_in({words.begin() + (of_module ? 2 : 0), words.end()});
    if (module == "comment" || (options.empty() && is_module_of_protocol(module)))
        return {};
    if (module == "addrtype")
        return kinds_of_addresses(options);
    if (const auto usual = condition_of_usual(module, options))
        return {*usual};
    if (options.empty())
        return {condition_of({NotToBeTold{"-m " + module}}, false)};
    std::vector<PacketCondition> conditions;
    conditions.reserve(options.size());
    for (const IptablesOption& option : options)
        conditions.push_back(condition_of(tests_of_option(module, option), option.negated));
    return conditions;
}

} // namespace uplink
