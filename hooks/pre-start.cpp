// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/hook_main.h"
#include "host/lxc_config.h"

int main(int argc, char** argv)
{
    return uplink::hook_main(uplink::Hook::pre_start, argc, argv, uplink::read_lxc_config);
}
