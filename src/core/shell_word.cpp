// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/shell_word.h"

#include <cstring>
#include <utility>

namespace uplink
{

std::string shell_word(const std::string& text)
{
    constexpr const char* plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos)
        return text;
    std::string word = "'";
    for (const char c : text)
        word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

std::vector<std::string> words_of_shell(const std::string& line)
{
    std::vector<std::string> words;
    bool between = true;
    char quote = '\0';
    const auto word = [&]() -> std::string& {
        if (std::exchange(between, false))
            words.emplace_back();
        return words.back();
    };
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '#' && between)
            break; // a comment
        const bool escapes =
            c == '\\' && i + 1 < line.size() &&
            (quote == '\0' || (quote == '"' && std::strchr("\"\\$`", line[i + 1]) != nullptr));
        if (escapes)
            word() += line[++i];
        else if (c == quote)
            quote = '\0';
        else if (quote != '\0' || std::strchr("'\" \t", c) == nullptr)
            word() += c;
        else if (c == ' ' || c == '\t')
            between = true;
        else {
            word(); // which may stay empty
            quote = c;
        }
    }
    return words;
}

} // namespace uplink
