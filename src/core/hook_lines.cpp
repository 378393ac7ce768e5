// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hook_lines.h"

#include "core/error.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

namespace
{

using Words = std::vector<std::string>;

/// The word that names our program for `hook`, "pre-start", say.
Words::const_iterator program_in(const Words& words, const std::string& hook)
{
    return std::find_if(words.begin(), words.end(), [&](const std::string& word) {
        return word.substr(word.rfind('/') + 1) == "lxc-uplink-" + hook;
    });
}

bool is_run_by(const std::vector<std::string>& lines, const std::string& hook)
{
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        const Words words = words_of_shell(line);
        return program_in(words, hook) != words.end();
    });
}

/// Where the hook of the first line that names it lies, with the slash; empty where none does.
std::string folder_of_hooks(const std::vector<std::string>& pre_start_lines)
{
    for (const std::string& line : pre_start_lines) {
        const Words words = words_of_shell(line);
        if (const auto program = program_in(words, "pre-start"); program != words.end())
            return program->substr(0, program->rfind('/') + 1);
    }
    return "";
}

} // namespace

std::optional<std::vector<std::string>> our_words(const std::string& pre_start_line)
{
    const Words words = words_of_shell(pre_start_line);
    const auto program = program_in(words, "pre-start");
    if (program == words.end())
        return std::nullopt;
    return Words(program + 1, words.end());
}

void check_pre_start_lines(const std::vector<std::string>& lines)
{
    const auto is_ours = [](const std::string& line) { return our_words(line).has_value(); };
    const auto first = std::find_if(lines.begin(), lines.end(), is_ours);
    const auto other = std::find_if(first, lines.end(), [&](const std::string& line) {
        return is_ours(line) && our_words(line) != our_words(*first);
    });
    if (other != lines.end())
        throw Error("the configuration runs lxc-uplink-pre-start twice with different options, by "
                    "\"lxc.hook.pre-start = " +
                    *first + "\" and \"lxc.hook.pre-start = " + *other +
                    "\": keep one of the lines, or of the lines lxc.include that bring them");
}

std::vector<std::string> notices_of_hook_lines(const ContainerConfig& config)
{
    std::vector<std::string> sentences;
    const std::string folder = folder_of_hooks(config.pre_start_lines);
    const auto miss = [&](const std::vector<std::string>& lines, const std::string& hook,
                          const std::string& loss) {
        if (!folder.empty() && !is_run_by(lines, hook))
            sentences.push_back("no line lxc.hook." + hook + " runs lxc-uplink-" + hook + ", without which " +
                                loss + ": add \"lxc.hook." + hook + " = " + folder + "lxc-uplink-" + hook +
                                "\"");
    };
    miss(config.start_host_lines, "start-host", "NICs are neither checked nor made ports of their bridges");
    miss(config.post_stop_lines, "post-stop", "what was set up stays until \"lxc-uplink gc\" finds it");
    return sentences;
}

} // namespace uplink
