#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The journal of a moved uplink is damaged, or all of /run/lxc-uplink is lost, while containers run: that is said in one sentence, others are
# served on, and what the bridge itself tells is enough for the way back.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
enter_world "$0" "$@"
need_uplink
make_direct_container web1 192.0.2.77
{ nic 0 br0 10.0.3.10/24; echo "lxc.include = ${UPLINK_PREFIX:?}/share/lxc/config/lxc-uplink.conf"; } | make_container private
sysctl -qw net.ipv4.ip_forward=1 # which a NAT container leaves on
remember_dumps

journal_of_eth0() { compgen -G '/run/lxc-uplink/uplinks/*:eth0.json'; }

damage_the_journal() { # TEXT
    journal=$(journal_of_eth0)
    echo -n "$1" >"$journal"
}

expect_fault() { # PATTERN
    local status
    status=$(lxc-uplink status) && fail "status should fail"
    expect_match "what status says" "$1" "$status"
}

host_is_reached() { in_netns lan1 busybox ping -c 1 -W 2 $HOST >/dev/null || fail "the host should be reached from the LAN"; }

all_is_as_before() {
    uplink_is_back || fail "the uplink should be back"
    dumps_are_the_same
    nothing_is_left
}

every_way_back() {
    for text in "" '{ "version' '{}'; do
        promise "a damaged journal (\"$text\") is told, keeps no NAT container from starting, and is written anew by gc ($1)"
        start_container web1
        damage_the_journal "$text"
        expect_fault "^journal $journal is damaged \\([^[]*\\): run \"lxc-uplink gc\"$"
        start_container private
        stop_container private
        expect_match "what gc says" 'the journal of uplink eth0, a port of bridge br1, is lost or damaged: it is written anew' "$(lxc-uplink gc)"
        lxc-uplink status >/dev/null || fail "status should find nothing wrong: $(lxc-uplink status)"
        uplink_is_moved br1 || fail "the uplink should stay for web1"
        stop_container web1
        all_is_as_before
    done

    promise "the last to stop finds the way back by itself ($1)"
    start_container web1
    damage_the_journal ""
    stop_container web1
    all_is_as_before

    promise "gc leaves a living container alone whose record is lost, and brings the uplink back after it ($1)"
    start_container web1
    rm -r /run/lxc-uplink
    for round in 1 2; do
        said=$(lxc-uplink gc)
        [[ $said != *remove* && $said != *"move the uplink back"* && $said != *heard* ]] || fail "gc should leave all in place in round $round: $said"
        uplink_is_moved br1 || fail "the uplink should stay for web1"
        has_guard || fail "the guard should stay for web1 in round $round: $said"
    done
    host_is_reached
    expect_fault '^bridge br1, which lxc-uplink has made, has ports, and no container on record holds it: start those on it anew$'
    stop_container web1
    all_is_as_before
    host_is_reached

    promise "or the last to stop does, though gc was never run ($1)"
    start_container web1
    rm -r /run/lxc-uplink
    stop_container web1
    all_is_as_before
    lxc-uplink status >/dev/null || fail "status should find nothing wrong: $(lxc-uplink status)"
    expect_equal "what is left for gc" "" "$(lxc-uplink gc)"
}

has_guard() { [[ $(nft list table bridge lxc-uplink 2>/dev/null) == *lxc-uplink:guard:eth0:br1* ]]; }
every_way_back "a Linux bridge"

promise "where no bridge tells what was moved, gc says what is to be done and does nothing"
start_container web1
ip link set br1 alias "somebody else's"
damage_the_journal ""
said=$(lxc-uplink gc 2>&1) && fail "gc should fail"
expect_equal "what gc says" \
    "lxc-uplink: gc: journal $journal is damaged (it is cut off, or no JSON at all), and no bridge tells what was moved: move it back by hand once no container needs it, and remove the file" \
    "$said"
ip link set br1 alias lxc-uplink
lxc-uplink gc >/dev/null
stop_container web1
all_is_as_before

start_ovs
echo 'bridge-type = openvswitch' >>"$LXCPATH/web1/uplink.conf"
has_guard() { [[ $(ovs-ofctl dump-flows br1) == *0x6c78632d75706c6b* ]]; }
every_way_back "Open vSwitch"
