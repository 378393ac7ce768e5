// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/lxc_environment.h"

#include "core/address.h"
#include "core/error.h"

#include <cstdlib>

namespace uplink
{

namespace
{

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Takes "NAME lxc TYPE" off the end and returns TYPE. LXC does not quote NAME, so that it may be several
/// words.
std::string take_hook_type(const std::string& name, std::vector<std::string>& arguments)
{
    for (std::size_t first = 0; first + 3 <= arguments.size(); ++first) {
        std::string words = arguments[first];
        for (std::size_t i = first + 1; i + 2 < arguments.size(); ++i)
            words += " " + arguments[i];
        if (words == name && arguments[arguments.size() - 2] == "lxc") {
            std::string type = arguments.back();
            arguments.resize(first);
            return type;
        }
    }
    return variable("LXC_HOOK_TYPE");
}

} // namespace

std::string to_string(Hook hook)
{
    switch (hook) {
    case Hook::pre_start:
        return "pre-start";
    case Hook::start_host:
        return "start-host";
    case Hook::post_stop:
        return "post-stop";
    }
    return "";
}

LxcEnvironment environment_of(const std::string& name, const std::string& config_file)
{
    LxcEnvironment environment;
    environment.config_file = config_file;
    environment.container = {config_file, name};
    const std::string home = "/" + name + "/config";
    const bool at_home = config_file.size() > home.size() &&
                         config_file.compare(config_file.size() - home.size(), home.size(), home) == 0;
    if (at_home) {
        environment.container.lxcpath = config_file.substr(0, config_file.size() - home.size());
        environment.option_file = environment.container.lxcpath + "/" + name + "/uplink.conf";
    }
    return environment;
}

std::string container_name()
{
    return variable("LXC_NAME");
}

LxcEnvironment read_lxc_environment(Hook hook, std::vector<std::string>& arguments)
{
    const std::string name = container_name();
    if (name.empty())
        throw Error("LXC_NAME is not set: this program is run by LXC, from a line \"lxc.hook." +
                    to_string(hook) + " = ...\"; to look at a container use \"lxc-uplink plan NAME\"");
    const std::string type = take_hook_type(name, arguments);
    if (!type.empty() && type != to_string(hook))
        throw Error("LXC runs this program as its " + type + " hook: put it on a line lxc.hook." +
                    to_string(hook));
    const std::string config_file = variable("LXC_CONFIG_FILE");
    if (config_file.empty())
        throw Error("LXC_CONFIG_FILE is not set: start the container from a configuration file");
    if (config_file.front() != '/')
        throw Error("LXC_CONFIG_FILE is the relative path " + config_file +
                    ", which a hook cannot find: start the container with an absolute path behind -f");
    LxcEnvironment environment = environment_of(name, config_file);
    environment.log_level = variable("LXC_LOG_LEVEL");
    if (const auto pid = parse_number(variable("LXC_PID"), INT32_MAX); pid && *pid > 0)
        environment.init_pid = static_cast<int>(*pid);
    environment.rebooting = variable("LXC_TARGET") == "reboot";
    return environment;
}

} // namespace uplink
