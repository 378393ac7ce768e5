// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/hook_main.h"

int main(int argc, char** argv)
{
    return uplink::hook_main(uplink::Hook::post_stop, argc, argv);
}
