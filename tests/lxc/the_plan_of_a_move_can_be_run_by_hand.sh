#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What `lxc-uplink plan` prints for mode direct are commands that a shell runs, to the same end; and `status` tells what was moved.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
enter_world "$0" "$@"
need_uplink
dress_the_host
ip addr add 2001:db8:81::10 peer 2001:db8:82::1/64 dev eth0
ip addr add 2001:db8:83::10 peer 2001:db8:83::1/64 dev eth0 metric 70
make_direct_container web1 192.0.2.77

# The container's own veth aside, which by hand there is none of.
what_the_host_has() {
    local device what
    for device in eth0 br1; do ip -d addr show dev $device | sed -nE '/^ +inet/{s/ (dynamic|forever)//g;p}'; done
    for what in "-4 -d route show table all" "-6 -d route show table all" "-4 rule" "-6 rule" "-d nexthop"; do
        # shellcheck disable=SC2086
        ip $what | grep -v " dev veth"
    done
}

promise "the plan changes nothing"
remember_dumps
lxc-uplink plan web1 >"$WORLD/plan"
dumps_are_the_same

promise "the hook makes the move, and status tells it"
start_container web1
what_the_host_has >"$WORLD/moved-by-the-hook"
status=$(lxc-uplink status)
expect_match "the uplink" "uplink eth0 is a port of bridge br1 since 20" "$status"
expect_match "an address that was moved" "address $HOST/24" "$status"
expect_match "a route that was moved" "route default via $LAN_GATEWAY dev br1" "$status"
expect_match "the holder" "uplink eth0 is held by web1" "$status"
expect_match "the guard's holder" "the DHCP guard of eth0 is held by web1" "$status"
expect_match "the JSON" '"nic": "eth0"' "$(lxc-uplink status --json)"
stop_container web1
dumps_are_the_same

promise "the commands of the plan, run by a shell, come to the same"
sed -n '/^pre-start/,/^start-host/s/^    //p' "$WORLD/plan" >"$WORLD/commands"
sh -e "$WORLD/commands" >"$WORLD/commands.log" 2>&1 || fail "a command of the plan failed: $(tail -n 3 "$WORLD/commands.log")"
what_the_host_has >"$WORLD/moved-by-hand"
diff -u "$WORLD/moved-by-the-hook" "$WORLD/moved-by-hand" >&2 || fail "the commands of the plan do something else than the hook"
