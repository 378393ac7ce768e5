// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/shell_word.h"

#include "printers.h"

using namespace uplink;

TEST_CASE("a plain word stays as it is")
{
    for (const std::string word :
         {"br0", "10.0.3.1/24", "lxc-uplink:shared:br0", "a_b@c%d+e=f,g", "AZaz09"}) {
        CAPTURE(word);
        CHECK(shell_word(word) == word);
    }
}

TEST_CASE("what means something to the shell stands in single quotes")
{
    for (const std::string text : {"a;b", "$x", "$(x)", "`x`", "a\\b", "a\"b", "*", "~", "#", "!x", "a&b",
                                   "a|b", "<a>", "a b", "a\tb", "{a,b}", "[a]", "\xfc", "\x01"}) {
        CAPTURE(text);
        CHECK(shell_word(text) == "'" + text + "'");
    }
}

TEST_CASE("a single quote and nothing at all are words too")
{
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_word("'") == "''\\'''");
    CHECK(shell_word("") == "''");
}

TEST_CASE("a command line is split as a shell would split it")
{
    using Words = std::vector<std::string>;
    CHECK(words_of_shell("hook --mode  nat\t--bridge 'br0'") ==
          Words{"hook", "--mode", "nat", "--bridge", "br0"});
    CHECK(words_of_shell("").empty());
    CHECK(words_of_shell("  ").empty());
    CHECK(words_of_shell("hook a#b '#' \\# # and this is said to people") == Words{"hook", "a#b", "#", "#"});
    CHECK(words_of_shell(" '' x\"y z\"'\"' ") == Words{"", "xy z\""});
    CHECK(words_of_shell("a\\ b '\\' \"\\\"\\x\" \\") == Words{"a b", "\\", "\"\\x", "\\"});
    CHECK(words_of_shell("sh -c 'a b") == Words{"sh", "-c", "a b"});
}

TEST_CASE("what is quoted for the shell splits into itself")
{
    for (const std::string text : {"br0", "a b", "it's", "", "a\\b", "\"", "$x"}) {
        CAPTURE(text);
        CHECK(words_of_shell(shell_word(text) + " " + shell_word(text)) ==
              std::vector<std::string>{text, text});
    }
}
