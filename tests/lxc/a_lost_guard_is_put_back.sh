#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Somebody flushes the host's ruleset, deletes a rule, or restarts ovs-vswitchd, and the DHCP guard of running containers is gone: gc and the
# next hook of mode direct put it back. Likewise the flow by which a bridge of Open vSwitch switches.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
enter_world "$0" "$@"
need_uplink
make_direct_container web1 192.0.2.77
make_direct_container web2 192.0.2.78 'dhcp-guard = no'

guard_is_lost() {
    local status
    status=$(lxc-uplink status) && fail "status should fail"
    expect_match "what status says" 'the DHCP guard of eth0 is no longer in force: run "lxc-uplink reapply"$' "$status"
}

guard_is_back() { # AFTER-WHAT
    expect_equal "the guard after $1" "$whole" "$(guard)"
    lxc-uplink status >/dev/null || fail "status should find nothing wrong after $1"
}

every_way_puts_it_back() {
    start_container web1
    whole=$(guard)
    lose_the_guard
    guard_is_lost
    expect_match "what gc would do" '^would keep the DHCP servers on either side of eth0 of bridge br1 apart$' "$(lxc-uplink gc --dry-run)"
    guard_is_lost
    expect_match "what gc does" '^keep the DHCP servers on either side of eth0 of bridge br1 apart$' "$(lxc-uplink gc)"
    guard_is_back "gc"
    expect_equal "what gc does when all is well" "" "$(lxc-uplink gc)"
    lose_the_guard
    start_container web2
    guard_is_back "the start of a container without one"
    lose_the_guard
    stop_container web2
    guard_is_back "the stop of another container"
    stop_container web1
    uplink_is_back || fail "the uplink should be back"
}

guard() { nft list table bridge lxc-uplink 2>/dev/null | sed -E 's/packets [0-9]+ bytes [0-9]+//'; }
promise "a guard of nftables that was flushed"
lose_the_guard() { nft flush ruleset; }
every_way_puts_it_back
nothing_is_left

promise "a guard of nftables that has lost one rule"
lose_the_guard() {
    local handle
    handle=$(nft -a list chain bridge lxc-uplink answers-out | sed -nE 's/.* # handle ([0-9]+)$/\1/p' | tail -n 1)
    nft delete rule bridge lxc-uplink answers-out handle "$handle"
}
every_way_puts_it_back
nothing_is_left

start_ovs
for name in web1 web2; do echo 'bridge-type = openvswitch' >>"$LXCPATH/$name/uplink.conf"; done
promise "a guard of OpenFlow that ovs-vswitchd forgot"
guard() { ovs-ofctl --no-stats dump-flows br1 | sort; }
lose_the_guard() { # the flows that a fresh ovs-vswitchd begins with
    ovs-ofctl del-flows br1
    ovs-ofctl add-flow br1 priority=0,actions=NORMAL
}
every_way_puts_it_back
nothing_is_left

promise "a bridge of Open vSwitch whose flows were all deleted switches again"
start_container web1
whole=$(guard)
for command in reapply gc; do
    ovs-ofctl del-flows br1
    status=$(lxc-uplink status) && fail "status should fail"
    expect_match "what status says" '^bridge br1 switches no more, since somebody has deleted its flow for that: run "lxc-uplink reapply"$' "$status"
    expect_match "what $command does" '^keep bridge br1$' "$(lxc-uplink $command)"
    guard_is_back "$command"
done
stop_container web1
nothing_is_left

promise "without ovs-vswitchd status shows all else"
start_container web1
kill -STOP "$(cat /run/openvswitch/ovs-vswitchd.pid)"
status=$(lxc-uplink status) && fail "status should fail"
kill -CONT "$(cat /run/openvswitch/ovs-vswitchd.pid)"
expect_match "the container" '^web1 +direct ' "$status"
expect_match "what status says" '^not all could be looked at: ovs-vswitchd does not answer: run "systemctl restart openvswitch-switch"$' "$status"
stop_container web1
nothing_is_left
