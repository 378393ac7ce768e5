#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Two containers on one uplink: the first moves it, the last brings it back, in whatever order and however close together they come and go.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
enter_world "$0" "$@"
need_uplink
dress_the_host
make_direct_container web1 192.0.2.77
make_direct_container web2 192.0.2.78
remember_dumps

times_logged() { syslog | grep -c -- "$1" || true; }

moves=0
moved_once_more() {
    moves=$((moves + 1))
    uplink_is_back || fail "the uplink should be back"
    expect_equal "how often it was moved" $moves "$(times_logged ': make the uplink eth0 a port of bridge br1')"
    expect_equal "how often it was moved back" $moves "$(times_logged ': move the uplink back to eth0')"
    dumps_are_the_same
}

both() { # COMMAND: for both containers at once
    local first second
    "$1" web1 &
    first=$!
    "$1" web2 &
    second=$!
    wait $first
    wait $second
}

for last in web1 web2; do
    promise "moved by the first to start and brought back by the last to stop, $last"
    for name in web1 web2; do start_container $name && uplink_is_moved br1; done
    if [ $last = web1 ]; then stop_container web2; else stop_container web1; fi
    uplink_is_moved br1 || fail "the uplink should stay as long as $last runs"
    stop_container $last
    moved_once_more
done

for round in 1 2 3; do
    promise "started at once and stopped at once (round $round)"
    both start_container
    uplink_is_moved br1 || fail "the uplink should be in br1"
    both stop_container
    moved_once_more
done

promise "one starts while the other stops: a container never goes out by an uplink that has been brought back"
start_container web1
for round in 1 2 3; do
    stop_container web1 &
    stopping=$!
    start_container web2
    wait $stopping
    uplink_is_moved br1 || fail "the uplink should be in br1 in round $round"
    stop_container web2 &
    stopping=$!
    start_container web1
    wait $stopping
    uplink_is_moved br1 || fail "the uplink should be in br1 after round $round"
done
stop_container web1
uplink_is_back || fail "the uplink should be back"
dumps_are_the_same

promise "a container that reboots keeps its uplink where it is"
before=$(times_logged ': move the uplink back to eth0')
start_container web1
first_init=$(init_of web1)
another_init() { [ "$(init_of web1 2>/dev/null)" != "$first_init" ] && inside web1 true; }
timeout 60 lxc-stop -P "$LXCPATH" -n web1 -r
wait_until 20 "the reboot" another_init
expect_equal "how often it was moved back" "$before" "$(times_logged ': move the uplink back to eth0')"
stop_container web1
uplink_is_back || fail "the uplink should be back"
dumps_are_the_same
nothing_is_left
