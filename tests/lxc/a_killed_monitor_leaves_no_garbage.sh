#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# post-stop never runs after SIGKILL of the monitor: gc, or the next start, does its work.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

make_nat_container web1 10.0.3.10

promise "gc removes what a killed monitor left"
start_container web1
kill_monitor web1
expect_masquerade web1 10.0.3.10
status=$(lxc-uplink status) && fail "status should fail while there is a dead container"
expect_match "status" '^web1 \(dead\) ' "$status"
expect_match "status" '^web1 has ended, and what it had is still there: run "lxc-uplink gc"$' "$status"
dry=$(lxc-uplink gc --dry-run)
expect_match "what gc --dry-run says" web1 "$dry"
expect_masquerade web1 10.0.3.10
lxc-uplink gc
nothing_is_left
lxc-uplink gc
nothing_is_left

promise "the next start of the container does so too"
start_container web1
kill_monitor web1
start_container web1
expect_masquerade web1 10.0.3.10
expect_answer web1
stop_container web1
nothing_is_left

promise "a bridge that was made for the container goes as well"
{ nic 0 '' 10.0.4.10/24 && uplink; } | make_container web2
options_of_a_made_bridge >"$LXCPATH/web2/uplink.conf"
start_container web2
kill_monitor web2
lxc-uplink gc
nothing_is_left

promise "gc leaves the living alone"
start_container web1
lxc-uplink gc
expect_masquerade web1 10.0.3.10
expect_answer web1
stop_container web1
nothing_is_left

promise "a container that outlives its monitor keeps its way out, and is garbage only when it has ended"
{ nic 0 br0 10.0.3.10/24 && uplink && echo 'lxc.monitor.signal.pdeath = 0'; } | make_container web3
start_container web3
init=$(init_of web3)
monitor=$(monitor_of web3)
kill -KILL "$monitor"
wait_until 10 "the monitor's end" gone "$monitor"
lxc-uplink gc
expect_masquerade web3 10.0.3.10
kill -KILL "$init"
wait_until 10 "the end of web3" gone "$init"
lxc-uplink gc
nothing_is_left

promise "a monitor killed in the middle of pre-start leaves nothing that gc does not find"
{ nic 0 br0 10.0.3.10/24 && uplink && echo "lxc.hook.pre-start = sh -c 'kill -KILL \$PPID; :'"; } | make_container web4
! lxc_start web4 || fail "web4 should not have started"
wait_until 10 "the end of web4's monitor" no_monitor_of web4
lxc-uplink gc
nothing_is_left
