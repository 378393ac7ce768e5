// SPDX-License-Identifier: GPL-2.0-or-later
// lxc-uplink(8): the command line for administrators.
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/spelling.h"
#include "core/error.h"
#include "host/log.h"
#include "host/lxc_config.h"

#include <boost/program_options.hpp>
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace po = boost::program_options;

namespace
{

constexpr const char* usage =
    "Usage: lxc-uplink plan [-P LXCPATH] CONTAINER    what starting it would do, as steps and commands\n"
    "       lxc-uplink plan -f CONFIG                 the same for a configuration file\n"
    "       lxc-uplink plan --persistent NIC          host configuration that makes NIC a bridge's port for "
    "good\n"
    "       lxc-uplink status [--json]                containers, bridges, rules and counters\n"
    "       lxc-uplink check [--json] [--trace] [CONTAINER]\n"
    "                                                 what is wrong on the way out and in, and what repairs "
    "it\n"
    "       lxc-uplink check --vepa NIC               whether the switch behind NIC reflects frames\n"
    "       lxc-uplink gc [--dry-run]                 remove what dead containers left behind\n"
    "       lxc-uplink gc --boot                      remove what earlier boots left in Open vSwitch\n"
    "       lxc-uplink reapply                        put back what living containers have lost\n"
    "       lxc-uplink --help | --version\n";

/// Words that make no sense; the exit status is 2.
class UsageError : public uplink::Error
{
  public:
    using uplink::Error::Error;
};

struct Arguments {
    std::string command;
    std::vector<std::string> operands;
    po::variables_map values;

    [[nodiscard]] bool has(const char* option) const { return values.count(option) != 0; }
    [[nodiscard]] std::string text(const char* option) const { return values[option].as<std::string>(); }
};

Arguments parse(int argc, char** argv)
{
    po::options_description list;
    auto add = list.add_options();
    add("help,h", "");
    add("version", "");
    add("json", "");
    add("dry-run", "");
    add("boot", "");
    add("trace", "");
    add("vepa", po::value<std::string>());
    add("persistent", po::value<std::string>());
    add("lxcpath,P", po::value<std::string>());
    add("config,f", po::value<std::string>());
    add("words", po::value<std::vector<std::string>>());
    Arguments arguments;
    const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    try {
        const auto positions = po::positional_options_description().add("words", -1);
        po::store(po::command_line_parser(argc, argv).options(list).positional(positions).style(style).run(),
                  arguments.values);
    } catch (const po::error& error) {
        throw UsageError(std::string(error.what()) + ": see lxc-uplink --help");
    }
    if (arguments.has("words"))
        arguments.operands = arguments.values["words"].as<std::vector<std::string>>();
    if (!arguments.operands.empty()) {
        arguments.command = arguments.operands.front();
        arguments.operands.erase(arguments.operands.begin());
    }
    return arguments;
}

/// `command`: with the option that makes it another one.
void allow(const Arguments& arguments, const std::string& command, const std::vector<std::string>& options,
           std::size_t operands)
{
    for (const auto& [name, value] : arguments.values)
        if (name != "words" && std::find(options.begin(), options.end(), name) == options.end())
            throw UsageError(command + " takes no option --" + name + ": see lxc-uplink --help");
    if (arguments.operands.size() > operands)
        throw UsageError(command + " cannot use the word \"" + arguments.operands.back() +
                         "\": see lxc-uplink --help");
}

void check_root(const Arguments& arguments)
{
    if (::geteuid() != 0)
        throw uplink::Error(
            "only root can see and change what containers have on this host: run lxc-uplink " +
            arguments.command + " as root");
}

int plan(const Arguments& arguments)
{
    if (arguments.has("persistent")) {
        allow(arguments, "plan --persistent", {"persistent"}, 0);
        check_root(arguments);
        return uplink::persistent_command(arguments.text("persistent"));
    }
    allow(arguments, arguments.command, {"lxcpath", "config"}, 1);
    check_root(arguments);
    const bool named = !arguments.operands.empty();
    if (named == arguments.has("config"))
        throw UsageError("plan wants the name of a container or -f CONFIG: see lxc-uplink --help");
    if (!named) {
        const auto file = std::filesystem::absolute(arguments.text("config")).lexically_normal();
        if (!std::filesystem::is_regular_file(file))
            throw uplink::Error("cannot read " + file.string() + ": there is no such file");
        return uplink::plan_command(file.parent_path().filename(), file);
    }
    const std::string lxcpath =
        arguments.has("lxcpath") ? arguments.text("lxcpath") : uplink::default_lxcpath();
    const std::string& name = arguments.operands.front();
    const std::string config = std::filesystem::absolute(lxcpath + "/" + name + "/config").lexically_normal();
    if (!std::filesystem::exists(config))
        throw uplink::Error("there is no container " + name + ": " + config +
                            " does not exist; say -P LXCPATH if it is elsewhere");
    return uplink::plan_command(name, config);
}

int check(const Arguments& arguments)
{
    if (arguments.has("vepa")) {
        allow(arguments, "check --vepa", {"vepa"}, 0);
        check_root(arguments);
        return uplink::check_vepa_command(arguments.text("vepa"));
    }
    allow(arguments, arguments.command, {"json", "trace"}, 1);
    check_root(arguments);
    return uplink::check_command(arguments.operands.empty() ? "" : arguments.operands.front(),
                                 arguments.has("json"), arguments.has("trace"));
}

int run(const Arguments& arguments)
{
    if (arguments.has("version")) {
        std::cout << "lxc-uplink " LXC_UPLINK_VERSION "\n";
        return uplink::status_fine;
    }
    if (arguments.has("help")) {
        std::cout << usage << "\nOptions of hook lines and of uplink.conf, which \"plan\" goes by:\n\n"
                  << uplink::options_help() << "\nSee lxc-uplink(8).\n";
        return uplink::status_fine;
    }
    if (arguments.command == "plan")
        return plan(arguments);
    if (arguments.command == "status") {
        allow(arguments, arguments.command, {"json"}, 0);
        check_root(arguments);
        return uplink::status_command(arguments.has("json"));
    }
    if (arguments.command == "check")
        return check(arguments);
    if (arguments.command == "gc") {
        allow(arguments, arguments.command, {"dry-run", "boot"}, 0);
        if (arguments.has("dry-run") && arguments.has("boot"))
            throw UsageError("gc takes --dry-run or --boot, not both: see lxc-uplink --help");
        check_root(arguments);
        return arguments.has("boot") ? uplink::gc_boot_command()
                                     : uplink::gc_command(arguments.has("dry-run"));
    }
    if (arguments.command == "reapply") {
        allow(arguments, arguments.command, {}, 0);
        check_root(arguments);
        return uplink::reapply_command();
    }
    if (arguments.command.empty())
        throw UsageError("a command is missing: see lxc-uplink --help");
    throw UsageError("unknown command " + arguments.command + ": " +
                     uplink::nearest_or_all(arguments.command, {"plan", "status", "check", "gc", "reapply"}));
}

std::string joined(int argc, char** argv)
{
    std::string words;
    for (int i = 1; i < argc; ++i)
        words += (i > 1 ? " " : "") + std::string(argv[i]);
    return words;
}

} // namespace

int main(int argc, char** argv)
{
    uplink::open_log("");
    (void)std::signal(SIGPIPE, SIG_IGN); // whoever reads us may end: what was begun is ended all the same
    try {
        return run(parse(argc, argv));
    } catch (const UsageError& error) {
        std::cerr << std::string("lxc-uplink: ") + error.what() + "\n";
        return uplink::status_bad_usage;
    } catch (const std::exception& error) {
        uplink::log_error(joined(argc, argv) + ": " +
                          error.what()); // a unit's standard error may lead nowhere
        std::cerr << std::string("lxc-uplink: ") + error.what() + "\n";
        return uplink::status_wrong;
    }
}
