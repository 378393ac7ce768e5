#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Unprivileged lxc-start runs our hook as that user, who may not change the host's network.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

user=65534
give_subordinate_ids nobody 100000
LXCPATH=$WORLD/home
mkdir -p "$LXCPATH" "$WORLD/runtime"
{ nic 0 br0 10.0.3.10/24 && uplink && map_ids_to 100000; } | make_container web1
chown -R $user:$user "$LXCPATH" "$WORLD/runtime"
as_user() {
    timeout 60 setpriv --reuid=$user --regid=$user --clear-groups --inh-caps=-all \
        env -i HOME="$LXCPATH" XDG_RUNTIME_DIR="$WORLD/runtime" PATH="$PATH" "$@"
}

promise "the start is refused in plain words, and the host is as it was"
! as_user lxc-start -P "$LXCPATH" -n web1 -l DEBUG -o "$LXCPATH/web1.log" 2>/dev/null || fail "web1 should not start for an ordinary user"
wait_until 20 "the monitor's end" no_monitor_of web1
expect_match "LXC's log" 'lxc-uplink: web1: pre-start: .*root' "$(cat "$LXCPATH/web1.log")"
expect_logged 'web1: pre-start: .*root'
nothing_is_left

promise "the commands that change something are refused to that user as well"
! message=$(as_user lxc-uplink gc 2>&1) || fail "gc should be refused to an ordinary user"
expect_match "what gc says" root "$message"
nothing_is_left
