#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Root starts a container whose root is somebody else on the host: our hooks still run as root.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

give_subordinate_ids root 200000

promise "a container with an idmap comes, gets out and goes like any other"
{ nic 0 br0 10.0.3.10/24 && uplink && map_ids_to 200000; } | make_container web1
start_container web1
expect_match "the uid map inside" '^ *0 +200000 ' "$(inside web1 cat /proc/self/uid_map)"
expect_masquerade web1 10.0.3.10
expect_answer web1
stop_container web1
nothing_is_left

promise "without a link as well, where the port is ours to make"
{ nic 0 '' 10.0.4.10/24 && uplink && map_ids_to 200000; } | make_container web2
options_of_a_made_bridge >"$LXCPATH/web2/uplink.conf"
start_container web2
expect_answer web2
stop_container web2
nothing_is_left
