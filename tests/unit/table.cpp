// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/table.h"

#include <doctest/doctest.h>

using namespace uplink;

TEST_CASE("columns are as wide as their widest cell and two spaces apart")
{
    CHECK(text_of({{"CONTAINER", "NIC", "BRIDGE"}, {"a", "0", "br0"}, {"web-server-1", "10", "lxcbr0"}}) ==
          "CONTAINER     NIC  BRIDGE\n"
          "a             0    br0\n"
          "web-server-1  10   lxcbr0\n");
}

TEST_CASE("a short row leaves the rest of its cells empty and no spaces behind it")
{
    CHECK(text_of({{"NAME", "MODE", "BRIDGE"}, {"db", "none"}, {"web", "nat", "br0"}, {"x", "", "br1"}}) ==
          "NAME  MODE  BRIDGE\n"
          "db    none\n"
          "web   nat   br0\n"
          "x           br1\n");
}

TEST_CASE("an empty table is no text")
{
    CHECK(text_of({}).empty());
}
