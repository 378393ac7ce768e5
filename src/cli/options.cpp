// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options.h"

#include "cli/option_values.h"
#include "cli/spelling.h"
#include "core/error.h"
#include "core/resource.h"

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <map>
#include <sstream>
#include <string_view>

namespace po = boost::program_options;

namespace uplink
{

namespace
{

constexpr std::array<const char*, 3> repeatable = {"bridge-address", "publish", "snat-to"};

bool is_repeatable(const std::string& option)
{
    return std::find(repeatable.begin(), repeatable.end(), option) != repeatable.end();
}

po::options_description options()
{
    po::options_description list("Options", 100);
    auto add = list.add_options();
    add("mode", po::value<Mode>()->value_name("nat|direct|none"), "how the container gets out (default nat)");
    add("bridge", po::value<InterfaceName>()->value_name("NAME"),
        "bridge (default: the NIC's lxc.net.N.link)");
    add("bridge-address", po::value<std::vector<std::string>>()->value_name("ADDRESS/PREFIX"),
        "make a missing bridge with this address; repeatable");
    add("nic", po::value<NicIndex>()->value_name("N"),
        "serve lxc.net.N only (default: every veth with a bridge)");
    add("uplink", po::value<NicName>()->value_name("NIC|auto"),
        "nat: masquerade only what leaves by this interface (default: by any); direct: the NIC that "
        "becomes a port of the bridge (default auto)");
    add("bridge-type", po::value<BridgeType>()->value_name("linux|openvswitch"),
        "direct: what a missing bridge is made as (default linux)");
    add("dhcp-guard", po::value<YesNo>()->value_name("yes|no"),
        "direct: keep DHCP servers on the container side from the LAN (default yes)");
    add("confirm-timeout", po::value<Seconds>()->value_name("SECONDS"),
        "direct: the gateway must answer again within this time, else all is undone (default 10)");
    add("hairpin", po::value<YesNo>()->value_name("yes|no"),
        "let frames return through the port they came from");
    add("isolate", po::value<YesNo>()->value_name("yes|no"),
        "no traffic with other isolated ports of the bridge");
    add("ipv6", po::value<YesNo>()->value_name("yes|no"),
        "nat: serve IPv6 too (default: where the bridge has an IPv6 address that is not link-local)");
    add("firewall", po::value<std::optional<Engine>>()->value_name("auto|iptables|nftables"),
        "nat: where the rules are written (default auto)");
    add("publish", po::value<std::vector<std::string>>()->value_name("[ADDRESS:]PORT:PORT[/tcp|udp|sctp]"),
        "nat: a port or range of the host's leads to the container's; repeatable");
    add("inbound", po::value<Inbound>()->value_name("published|any"),
        "nat: what may open connections into the container from outside (default published)");
    add("snat-to", po::value<std::vector<std::string>>()->value_name("ADDRESS"),
        "nat: what leaves takes this address (default: that of the interface it leaves by); repeatable");
    add("masquerade-ports", po::value<Ports>()->value_name("LOW-HIGH"),
        "nat: what leaves takes source ports of this range");
    add("random-fully", po::value<YesNo>()->value_name("yes|no"),
        "nat: take source ports at random (default no)");
    add("coexist", po::value<AutoOff>()->value_name("auto|off"),
        "let the container through the firewalls of Docker, ufw and firewalld (default auto)");
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

/// Boost names an option with its dashes or without, depending on the way it failed.
std::string bare(const std::string& option)
{
    return option.substr(std::min(option.find_first_not_of('-'), option.size()));
}

/// The values of a repeatable option.
template<typename Value>
std::vector<Value> parse_each(const po::variables_map& values, const char* option,
                              Value (*parse)(const std::string&))
{
    std::vector<Value> parsed;
    if (values.count(option) != 0)
        for (const std::string& word : values[option].as<std::vector<std::string>>())
            parsed.push_back(parse(word));
    return parsed;
}

/// Refuses bad values here, where their line is known.
void check_values(const po::parsed_options& parsed)
{
    po::variables_map values;
    po::store(parsed, values);
    parse_each(values, "bridge-address", parse_bridge_address);
    parse_each(values, "publish", parse_publication);
    parse_each(values, "snat-to", parse_source_address);
}

/// `name` as written, with or without dashes and a value; `dashes` as the source writes them.
Error unknown_option(const std::string& source, const std::string& name, const std::string& dashes)
{
    const std::string word = bare(name.substr(0, name.find('=')));
    const auto names = option_names();
    if (std::find(names.begin(), names.end(), word) != names.end())
        return Error(source + ": option " + word + " is written with two dashes: --" + word);
    return Error(source + ": unknown option " + dashes + word + ": " +
                 nearest_or_all(word, option_names(), dashes));
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
        if (!is_repeatable(bare(option.string_key)) && ++counts[bare(option.string_key)] > 1)
            throw Error(source + ": option " + bare(option.string_key) + " is given twice: keep one");
}

po::parsed_options parse_hook_line(const std::vector<std::string>& words, const po::options_description& list)
{
    const std::string source = "the hook line";
    const char* stray = "stray word";
    po::options_description with_strays = options();
    with_strays.add_options()(stray, po::value<std::vector<std::string>>());
    const auto positions = po::positional_options_description().add(stray, -1);
    const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    try {
        auto parsed =
            po::command_line_parser(words).options(with_strays).positional(positions).style(style).run();
        parsed.description = &list; // which outlives this function
        for (const po::option& option : parsed.options)
            if (option.string_key == stray)
                throw Error(source + ": \"" + option.value.front() +
                            "\" is no option: write for example --bridge br0");
        check_each(source, parsed);
        check_no_repetition(source, parsed);
        return parsed;
    } catch (const po::unknown_option& error) {
        throw unknown_option(source, error.get_option_name(), "--");
    } catch (const po::error& error) {
        throw Error(source + ": " + error.what());
    }
}

std::string trimmed(const std::string& text)
{
    constexpr const char* blank = " \t\r";
    const auto first = text.find_first_not_of(blank);
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// Boost reads a file without counting its lines, and more forms than NAME = VALUE: so it gets one line at a
/// time.
po::parsed_options parse_line(const std::string& source, const std::string& line,
                              const po::options_description& list)
{
    const std::string text = trimmed(line.substr(0, line.find('#')));
    const std::string name = trimmed(text.substr(0, text.find('=')));
    if (!text.empty() && (name.empty() || name.size() == text.size()))
        throw Error(source + ": \"" + text + "\" is not of the form NAME = VALUE");
    if (!name.empty() && list.find_nothrow(name, false) == nullptr)
        throw unknown_option(source, name, "");
    std::istringstream stream(text);
    return po::parse_config_file(stream, list);
}

po::parsed_options parse_file(const OptionFile& file, const po::options_description& list)
{
    po::parsed_options all(&list);
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; // some editors begin UTF-8 with it
    std::istringstream lines(
        file.text.substr(file.text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0));
    unsigned number = 0;
    for (std::string line; std::getline(lines, line);) {
        const std::string source = file.path + ":" + std::to_string(++number);
        const auto parsed = parse_line(source, line, list);
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
    Options result;
    for (const OptionFile& file : files) {
        const po::parsed_options parsed = parse_file(file, list);
        if (file.of_host)
            for (const po::option& option : parsed.options)
                if (values.count(option.string_key) == 0)
                    result.host_wide.insert(option.string_key);
        po::store(parsed, values);
    }

    if (const auto* mode = given<Mode>(values, "mode"))
        result.mode = *mode;
    if (const auto* bridge = given<InterfaceName>(values, "bridge"))
        result.bridge = bridge->text;
    if (const auto* nic = given<NicIndex>(values, "nic"))
        result.nic = nic->index;
    if (const auto* uplink = given<NicName>(values, "uplink"))
        result.uplink = uplink->text;
    if (const auto* hairpin = given<YesNo>(values, "hairpin"))
        result.hairpin = hairpin->yes;
    if (const auto* isolate = given<YesNo>(values, "isolate"))
        result.isolate = isolate->yes;
    if (const auto* type = given<BridgeType>(values, "bridge-type"))
        result.bridge_type = *type;
    if (const auto* guard = given<YesNo>(values, "dhcp-guard"))
        result.dhcp_guard = guard->yes;
    if (const auto* timeout = given<Seconds>(values, "confirm-timeout"))
        result.confirm_timeout = timeout->count;
    if (const auto* firewall = given<std::optional<Engine>>(values, "firewall"))
        result.firewall = *firewall;
    if (const auto* ipv6 = given<YesNo>(values, "ipv6"))
        result.ipv6 = ipv6->yes;
    if (const auto* inbound = given<Inbound>(values, "inbound"))
        result.inbound = *inbound;
    if (const auto* ports = given<Ports>(values, "masquerade-ports"))
        result.masquerade_ports = ports->range;
    if (const auto* random = given<YesNo>(values, "random-fully"))
        result.random_fully = random->yes;
    if (const auto* coexist = given<AutoOff>(values, "coexist"))
        result.coexist = coexist->automatic;
    result.publish = parse_each(values, "publish", parse_publication);
    result.snat_to = parse_each(values, "snat-to", parse_source_address);
    for (const BridgeAddress& address : parse_each(values, "bridge-address", parse_bridge_address))
        std::visit(overloaded{
                       [&result](const Ipv4Interface& ipv4) { result.bridge_ipv4.push_back(ipv4); },
                       [&result](const Ipv6Interface& ipv6) { result.bridge_ipv6.push_back(ipv6); },
                   },
                   address);
    return result;
}

std::string options_help()
{
    std::ostringstream text;
    text << options();
    return text.str();
}

} // namespace uplink
