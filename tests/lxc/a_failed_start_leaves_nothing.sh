#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A start can fail at any point before and after our hooks; the host must not notice.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

with() { { nic 0 br0 10.0.3.10/24 && "$@"; } | make_container web1; }
hook_of_somebody_else() { echo "lxc.hook.$1 = /bin/false"; } # TYPE
before_ours() { hook_of_somebody_else "$1" && uplink; }
after_ours() { uplink && hook_of_somebody_else "$1"; }
init_is_missing() { uplink && echo 'lxc.init.cmd = /no/such/init'; }
rootfs_is_missing() { uplink && echo "lxc.rootfs.path = dir:$WORLD/no-such-rootfs"; }
second_nic_is_wrong() { uplink && nic 1 no-such-bridge 10.0.5.10/24; }

promise "somebody else's pre-start hook fails before ours"
with before_ours pre-start
start_is_refused web1
nothing_is_left

promise "somebody else's pre-start hook fails after ours"
with after_ours pre-start
start_is_refused web1
nothing_is_left

promise "somebody else's start-host hook fails before ours"
with before_ours start-host
start_is_refused web1
nothing_is_left

promise "somebody else's start-host hook fails after ours"
with after_ours start-host
start_is_refused web1
nothing_is_left

promise "the container has no init"
with init_is_missing
lxc_start web1 || true
wait_until 20 "the end of web1" no_monitor_of web1
nothing_is_left

promise "the container has no root file system"
with rootfs_is_missing
start_is_refused web1
nothing_is_left

promise "another NIC has a bridge that does not exist"
with second_nic_is_wrong
start_is_refused web1
expect_logged 'web1: pre-start: .*no-such-bridge'
nothing_is_left

promise "a bridge that was made for the container goes with the failed start"
{ nic 0 '' 10.0.4.10/24 && uplink && hook_of_somebody_else start-host; } | make_container web2
options_of_a_made_bridge >"$LXCPATH/web2/uplink.conf"
start_is_refused web2
nothing_is_left

promise "and the same container, put right, starts"
with uplink
start_container web1
expect_answer web1
stop_container web1
nothing_is_left
