// SPDX-License-Identifier: GPL-2.0-or-later
// Which lines lxc.hook.pre-start run our hook, and when two of them cannot stand beside each other.
#include "core/hook_lines.h"

#include "printers.h"
#include "values.h"

using namespace uplink;

namespace
{

using Words = std::vector<std::string>;

const std::string our_hook = "/usr/share/lxc/hooks/lxc-uplink-pre-start";

std::string refusal_of_lines(const Words& lines)
{
    return refusal_of([&] { check_pre_start_lines(lines); });
}

} // namespace

TEST_CASE("a line is ours when one of its words is our program, and the words behind it count")
{
    CHECK(our_words(our_hook).value() == Words{});
    CHECK(our_words("lxc-uplink-pre-start --mode nat").value() == Words{"--mode", "nat"});
    CHECK(our_words("/root/wrapper -x " + our_hook + "  --bridge 'br0'").value() == Words{"--bridge", "br0"});
    CHECK(our_words("\"" + our_hook + "\" --nic 0").value() == Words{"--nic", "0"});
    for (const std::string line :
         {"", "/bin/true", "/usr/bin/lxc-uplink-pre-start.sh", "sh -c 'x lxc-uplink-pre-start y'"}) {
        CAPTURE(line);
        CHECK_FALSE(our_words(line).has_value());
    }
}

TEST_CASE("two lines of ours with different words are refused, and both are named")
{
    CHECK(refusal_of_lines({"/bin/true", our_hook, "/bin/false", our_hook + " --mode direct"}) ==
          "the configuration runs lxc-uplink-pre-start twice with different options, by \"lxc.hook.pre-start "
          "= " +
              our_hook + "\" and \"lxc.hook.pre-start = " + our_hook +
              " --mode direct\": keep one of the lines, or of the lines lxc.include that bring them");
    CHECK(refusal_of_lines({our_hook, our_hook, "wrapper " + our_hook + " --nic 1"}).find("--nic 1") !=
          std::string::npos);
}

TEST_CASE("lines that say the same, and those of others, stand beside each other")
{
    CHECK(refusal_of_lines({}) == "(no error)");
    CHECK(refusal_of_lines({"/bin/true", "/bin/false"}) == "(no error)");
    CHECK(refusal_of_lines({our_hook, "/bin/true", our_hook}) == "(no error)");
    CHECK(refusal_of_lines({our_hook + " --nic 0",
                            "/usr/local/share/lxc/hooks/lxc-uplink-pre-start  --nic '0'"}) == "(no error)");
}

TEST_CASE("a hook of ours that no line runs is missed, with the line to add")
{
    ContainerConfig config;
    config.pre_start_lines = {"/bin/true", "/root/wrapper " + our_hook + " --nic 0"};
    config.start_host_lines = {"/root/wrapper /opt/lxc-uplink-start-host"};
    config.post_stop_lines = {"/usr/share/lxc/hooks/lxc-uplink-post-stop"};
    CHECK(notices_of_hook_lines(config).empty());
    config.start_host_lines = {"/usr/share/lxc/hooks/lxc-uplink-post-stop"};
    config.post_stop_lines = {"/bin/true"};
    CHECK(
        notices_of_hook_lines(config) ==
        Words{
            "no line lxc.hook.start-host runs lxc-uplink-start-host, without which NICs are neither checked "
            "nor "
            "made ports of their bridges: add \"lxc.hook.start-host = "
            "/usr/share/lxc/hooks/lxc-uplink-start-host\"",
            "no line lxc.hook.post-stop runs lxc-uplink-post-stop, without which what was set up stays until "
            "\"lxc-uplink gc\" finds it: add \"lxc.hook.post-stop = "
            "/usr/share/lxc/hooks/lxc-uplink-post-stop\""});
    config.pre_start_lines = {"/root/wrapper"};
    CHECK(notices_of_hook_lines(config).empty());
}

TEST_CASE("a container with two different lines of ours is refused whatever its mode")
{
    ContainerConfig config;
    config.pre_start_lines = {our_hook + " --mode none", our_hook};
    Options options;
    options.mode = Mode::none;
    CHECK(refusal_of([&] { make_spec(web1, options, config); }).find("twice") != std::string::npos);
}
