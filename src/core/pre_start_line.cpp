// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/pre_start_line.h"

#include "core/error.h"
#include "core/shell_word.h"

#include <algorithm>

namespace uplink
{

std::optional<std::vector<std::string>> our_words(const std::string& pre_start_line)
{
    const std::vector<std::string> words = words_of_shell(pre_start_line);
    const auto program = std::find_if(words.begin(), words.end(), [](const std::string& word) {
        return word.substr(word.rfind('/') + 1) == "lxc-uplink-pre-start";
    });
    if (program == words.end())
        return std::nullopt;
    return std::vector<std::string>(program + 1, words.end());
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

} // namespace uplink
