// SPDX-License-Identifier: GPL-2.0-or-later
// What LXC tells its hooks. The variables are those of this process, so that each case starts with none.
#include "host/lxc_environment.h"

#include "printers.h"
#include "values.h"

#include <cstdlib>

using namespace uplink;

namespace
{

class Variables
{
  public:
    explicit Variables(const std::vector<std::pair<const char*, const char*>>& values)
    {
        for (const char* name :
             {"LXC_NAME", "LXC_CONFIG_FILE", "LXC_HOOK_TYPE", "LXC_LOG_LEVEL", "LXC_PID", "LXC_TARGET"})
            ::unsetenv(name);
        for (const auto& [name, value] : values)
            ::setenv(name, value, 1);
    }
};

const std::vector<std::pair<const char*, const char*>> of_web1 = {
    {"LXC_NAME", "web1"}, {"LXC_CONFIG_FILE", "/var/lib/lxc/web1/config"}};

LxcEnvironment read(Hook hook, std::vector<std::string> arguments = {})
{
    return read_lxc_environment(hook, arguments);
}

std::vector<std::string> options_among(std::vector<std::string> arguments)
{
    read_lxc_environment(Hook::pre_start, arguments);
    return arguments;
}

} // namespace

TEST_CASE("a container at home has its lxcpath and its option file beside its configuration")
{
    const LxcEnvironment environment = environment_of("web1", "/var/lib/lxc/web1/config");
    CHECK(environment.container == web1);
    CHECK(environment.option_file == "/var/lib/lxc/web1/uplink.conf");
    CHECK(environment.config_file == "/var/lib/lxc/web1/config");
}

TEST_CASE("a configuration elsewhere is itself the container's place, and no option file is read there")
{
    for (const char* path :
         {"/home/joe/web1.conf", "/var/lib/lxc/web2/config", "/web1/config", "/xweb1/config"}) {
        CAPTURE(path);
        const LxcEnvironment environment = environment_of("web1", path);
        CHECK(environment.container == ContainerId{path, "web1"});
        CHECK(environment.option_file == std::nullopt);
    }
}

TEST_CASE("the words that LXC appends are no options")
{
    const Variables variables(of_web1);
    CHECK(options_among({"--mode", "nat", "web1", "lxc", "pre-start"}) ==
          std::vector<std::string>{"--mode", "nat"});
    CHECK(options_among({"web1", "lxc", "pre-start"}).empty());
    CHECK(options_among({"--mode", "nat"}) == std::vector<std::string>{"--mode", "nat"});
    CHECK(options_among({"--bridge", "web1", "web1", "lxc", "pre-start"}) ==
          std::vector<std::string>{"--bridge", "web1"});
}

TEST_CASE("a container's name may be several words")
{
    const Variables variables({{"LXC_NAME", "my web"}, {"LXC_CONFIG_FILE", "/var/lib/lxc/my web/config"}});
    CHECK(options_among({"--mode", "nat", "my", "web", "lxc", "pre-start"}) ==
          std::vector<std::string>{"--mode", "nat"});
}

TEST_CASE("the wrong hook line is refused, whether LXC says so in words or in a variable")
{
    const Variables variables(of_web1);
    const std::string message =
        "LXC runs this program as its start-host hook: put it on a line lxc.hook.pre-start";
    CHECK(refusal_of([] { read(Hook::pre_start, {"web1", "lxc", "start-host"}); }) == message);
    ::setenv("LXC_HOOK_TYPE", "start-host", 1);
    CHECK(refusal_of([] { read(Hook::pre_start); }) == message);
    CHECK(read(Hook::start_host).container == web1);
}

TEST_CASE("what LXC tells is taken over")
{
    const Variables variables({{"LXC_NAME", "web1"},
                               {"LXC_CONFIG_FILE", "/var/lib/lxc/web1/config"},
                               {"LXC_LOG_LEVEL", "DEBUG"},
                               {"LXC_PID", "4711"},
                               {"LXC_TARGET", "reboot"}});
    const LxcEnvironment environment = read(Hook::post_stop);
    CHECK(environment.init_pid == 4711);
    CHECK(environment.rebooting);
    CHECK(environment.log_level == "DEBUG");
}

TEST_CASE("a stop is no reboot, and a pid that is none is left out")
{
    const Variables variables(of_web1);
    for (const char* pid : {"", "0", "-1", "x"}) {
        ::setenv("LXC_PID", pid, 1);
        CHECK(read(Hook::post_stop).init_pid == std::nullopt);
    }
    ::setenv("LXC_TARGET", "stop", 1);
    CHECK_FALSE(read(Hook::post_stop).rebooting);
}

TEST_CASE("an environment that is not LXC's is refused")
{
    const Variables variables({});
    CHECK(refusal_of([] { read(Hook::post_stop); }) ==
          "LXC_NAME is not set: this program is run by LXC, from a line \"lxc.hook.post-stop = ...\"; to "
          "look at a "
          "container use \"lxc-uplink plan NAME\"");
    ::setenv("LXC_NAME", "web1", 1);
    CHECK(refusal_of([] { read(Hook::pre_start); }) ==
          "LXC_CONFIG_FILE is not set: start the container from a configuration file");
    ::setenv("LXC_CONFIG_FILE", "web1/config", 1);
    CHECK(refusal_of([] { read(Hook::pre_start); }) ==
          "LXC_CONFIG_FILE is the relative path web1/config, which a hook cannot find: start the container "
          "with an absolute "
          "path behind -f");
}
