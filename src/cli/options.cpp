// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options.h"

#include "cli/option_values.h"
#include "core/error.h"
#include "core/resource.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <map>
#include <numeric>
#include <sstream>

namespace po = boost::program_options;

namespace uplink
{

namespace
{

constexpr const char* repeatable = "bridge-address";

po::options_description options()
{
    po::options_description list("Options", 100);
    auto add = list.add_options();
    add("mode", po::value<Mode>()->value_name("nat|none"), "how the container gets out (default nat)");
    add("bridge", po::value<InterfaceName>()->value_name("NAME"),
        "bridge (default: the NIC's lxc.net.N.link)");
    add("bridge-address", po::value<std::vector<std::string>>()->value_name("ADDRESS/PREFIX"),
        "make a missing bridge with this address; repeatable");
    add("nic", po::value<NicIndex>()->value_name("N"),
        "serve lxc.net.N only (default: every veth with a bridge)");
    add("uplink", po::value<InterfaceName>()->value_name("NIC|auto"),
        "masquerade only what leaves by this interface (default: by any)");
    add("hairpin", po::value<YesNo>()->value_name("yes|no"),
        "let frames return through the port they came from");
    add("isolate", po::value<YesNo>()->value_name("yes|no"),
        "no traffic with other isolated ports of the bridge");
    add("ipv6", po::value<No>()->value_name("no"), "IPv6 is left alone");
    return list;
}

std::vector<std::string> option_names()
{
    const po::options_description list = options();
    std::vector<std::string> names;
    for (const auto& option : list.options())
        names.push_back(option->long_name());
    return names;
}

std::size_t edit_distance(const std::string& left, const std::string& right)
{
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t changed = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// Boost names an option with its dashes or without, depending on the way it failed.
std::string bare(const std::string& option)
{
    return option.substr(std::min(option.find_first_not_of('-'), option.size()));
}

/// Refuses bad values here, where their line is known.
void check_values(const po::parsed_options& parsed)
{
    po::variables_map values;
    po::store(parsed, values);
    if (values.count(repeatable) != 0)
        for (const std::string& word : values[repeatable].as<std::vector<std::string>>())
            parse_bridge_address(word);
}

/// Runs `parse` and says of any failure that it is of `source` ("the hook line", "FILE:LINE").
template<typename Parse>
auto parse_from(const std::string& source, const std::string& dashes, const Parse& parse)
{
    try {
        return parse();
    } catch (const po::unknown_option& error) {
        const std::string name = bare(error.get_option_name());
        throw Error(source + ": unknown option " + dashes + name + ": the nearest is " + dashes +
                    nearest(name, option_names()));
    } catch (const po::error& error) {
        throw Error(source + ": " + error.what());
    }
}

/// Names the source and the option of a value that cannot be read.
void check_each(const std::string& source, const po::parsed_options& parsed)
{
    for (const po::option& option : parsed.options) {
        po::parsed_options one(parsed.description);
        one.options.push_back(option);
        try {
            check_values(one);
        } catch (const Error& error) {
            throw Error(source + ": " + bare(option.string_key) + ": " + error.what());
        } catch (const po::error& error) {
            throw Error(source + ": " + error.what());
        }
    }
}

void check_no_repetition(const std::string& source, const po::parsed_options& parsed)
{
    std::map<std::string, int> counts;
    for (const po::option& option : parsed.options)
        if (bare(option.string_key) != repeatable && ++counts[bare(option.string_key)] > 1)
            throw Error(source + ": option " + bare(option.string_key) + " is given twice: keep one");
}

po::parsed_options parse_hook_line(const std::vector<std::string>& words, const po::options_description& list)
{
    const std::string source = "the hook line";
    auto parsed = parse_from(source, "--", [&] {
        const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
        return po::command_line_parser(words).options(list).positional({}).style(style).run();
    });
    check_each(source, parsed);
    check_no_repetition(source, parsed);
    return parsed;
}

po::parsed_options parse_file(const OptionFile& file, const po::options_description& list)
{
    po::parsed_options all(&list);
    std::istringstream lines(file.text);
    unsigned number = 0;
    for (std::string line; std::getline(lines, line);) {
        const std::string source = file.path + ":" + std::to_string(++number);
        std::istringstream stream(line);
        const auto parsed = parse_from(source, "", [&] { return po::parse_config_file(stream, list); });
        check_each(source, parsed);
        all.options.insert(all.options.end(), parsed.options.begin(), parsed.options.end());
        check_no_repetition(source, all);
    }
    return all;
}

template<typename Value>
const Value* given(const po::variables_map& values, const char* name)
{
    return values.count(name) == 0 ? nullptr : &values[name].as<Value>();
}

} // namespace

Options read_options(const std::vector<std::string>& hook_line, const std::vector<OptionFile>& files)
{
    const po::options_description list = options();
    po::variables_map values;
    po::store(parse_hook_line(hook_line, list), values); // what is stored first wins
    for (const OptionFile& file : files)
        po::store(parse_file(file, list), values);

    Options result;
    if (const auto* mode = given<Mode>(values, "mode"))
        result.mode = *mode;
    if (const auto* bridge = given<InterfaceName>(values, "bridge"))
        result.bridge = bridge->text;
    if (const auto* nic = given<NicIndex>(values, "nic"))
        result.nic = nic->index;
    if (const auto* uplink = given<InterfaceName>(values, "uplink"))
        result.uplink = uplink->text;
    if (const auto* hairpin = given<YesNo>(values, "hairpin"))
        result.hairpin = hairpin->yes;
    if (const auto* isolate = given<YesNo>(values, "isolate"))
        result.isolate = isolate->yes;
    if (const auto* words = given<std::vector<std::string>>(values, repeatable))
        for (const std::string& word : *words)
            std::visit(overloaded{
                           [&result](const Ipv4Interface& ipv4) { result.bridge_ipv4.push_back(ipv4); },
                           [&result](const Ipv6Interface& ipv6) { result.bridge_ipv6.push_back(ipv6); },
                       },
                       parse_bridge_address(word));
    return result;
}

std::string options_help()
{
    std::ostringstream text;
    text << options();
    return text.str();
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates)
{
    return *std::min_element(candidates.begin(), candidates.end(),
                             [&word](const std::string& left, const std::string& right) {
                                 return edit_distance(word, left) < edit_distance(word, right);
                             });
}

std::vector<std::string> split_command_line(const std::string& line)
{
    return po::split_unix(line);
}

} // namespace uplink
