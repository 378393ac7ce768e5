// SPDX-License-Identifier: GPL-2.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT
#include "world.h"

#include <doctest/doctest.h>
#include <sched.h>

int main(int argc, char** argv)
{
    doctest::Context context(argc, argv);
    if (context.shouldExit()) // a query, such as the build's for the list of cases
        return context.run();
    if (const auto reason = uplink::why_no_world())
        uplink::skip(*reason);
    return context.run();
}
