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
