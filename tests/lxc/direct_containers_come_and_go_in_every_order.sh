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

both() { # COMMAND [NAME NAME]: for both containers at once
    local first second
    "$1" "${2:-web1}" &
    first=$!
    "$1" "${3:-web2}" &
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
timeout 60 lxc-stop -P "$LXCPATH" -n web1 -r
wait_until 20 "the reboot" has_rebooted web1 "$first_init"
expect_equal "how often it was moved back" "$before" "$(times_logged ': move the uplink back to eth0')"
stop_container web1
uplink_is_back || fail "the uplink should be back"
dumps_are_the_same
nothing_is_left

promise "gc brings back what killed monitors held, once nobody else holds it"
both start_container
kill_monitor web1
lxc-uplink gc
uplink_is_moved br1 || fail "the uplink should stay for web2"
kill_monitor web2
lxc-uplink gc
uplink_is_back || fail "gc should bring the uplink back"
dumps_are_the_same
nothing_is_left

promise "a route that cannot be carried, which somebody adds to the bridge, is left behind there"
start_container web1
ip -6 route add nat 2001:db8:77::/48 dev br1
stop_container web1
uplink_is_back || fail "the uplink should be back"
expect_logged 'route 10 2001:db8:77::/48 dev br1 .*was added to br1 after the move and is left behind there: it is of a type that cannot be carried to eth0$'
dumps_are_the_same
nothing_is_left

bridge_of() { # NIC
    [ ! -e "/sys/class/net/$1/master" ] || basename "$(readlink "/sys/class/net/$1/master")"
}

expect_bridges() { # OF-ETH0 OF-ETH1
    expect_equal "the bridges of eth0 and eth1" "$1,$2" "$(bridge_of eth0),$(bridge_of eth1)"
}

promise "two uplinks come and go independently of each other, though routes go through both"
make_direct_container web3 203.0.113.77
printf '%s\n' 'bridge = br2' 'uplink = eth1' >"$LXCPATH/web3/uplink.conf"
for first in web1 web3; do
    for name in web1 web3; do start_container $name; done
    expect_bridges br1 br2
    stop_container $first
    if [ $first = web1 ]; then expect_bridges "" br2; else expect_bridges br1 ""; fi
    start_container $first
    expect_bridges br1 br2
    if [ $first = web1 ]; then stop_container web3; else stop_container web1; fi
    stop_container $first
    expect_bridges "" ""
    dumps_are_the_same
done
nothing_is_left

promise "two uplinks come and go at once, though routes go through both"
for round in 1 2 3 4 5; do
    both start_container web1 web3
    expect_bridges br1 br2
    both stop_container web1 web3
    expect_bridges "" ""
    dumps_are_the_same
done
nothing_is_left
