#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# While the uplink is in its bridge, somebody sets the bridge down for a moment, deletes a route or takes the uplink out: status names what is
# missing, reapply puts it back, gc does so where the host is cut off, and the way back never leaves the host without its default route.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
enter_world "$0" "$@"
need_uplink
ip link del br0 # the kernel makes link-local routes anew, behind those of others
give_ipv6_to_the_lan
ip addr add 192.0.2.11/24 dev eth0
ip route add 10.20.0.0/16 via $LAN1 dev eth0
make_direct_container web1 192.0.2.77
remember_dumps

default_route=" via $LAN_GATEWAY dev br1"

set_it_down_for_a_moment() {
    ip link set br1 down
    ip link set br1 up
    expect_equal "the default route" "" "$(ip route show default)"
}

expect_fault() { # PATTERN
    local status
    status=$(lxc-uplink status) && fail "status should fail"
    expect_match "what status says" "$1" "$status"
}

all_is_well() {
    lxc-uplink status >/dev/null || fail "status should find nothing wrong: $(lxc-uplink status)"
    expect_match "the default route" "^default$default_route" "$(ip route show default)"
    busybox ping -c 1 -W 2 $INET >/dev/null || fail "the host should reach $INET"
    busybox ping -c 1 -W 2 $LAN1_6 >/dev/null || fail "the host should reach $LAN1_6"
    expect_equal "what reapply does when all is well" "" "$(lxc-uplink reapply)"
}

it_comes_back() {
    stop_container web1
    it_is_back
}

it_is_back() {
    uplink_is_back || fail "the uplink should be back"
    dumps_are_the_same
    nothing_is_left
}

every_way_puts_it_back() {
    promise "reapply, gc and the way back put back what a bridge has lost that was down ($1)"
    start_container web1
    all_is_well
    for command in reapply gc; do
        set_it_down_for_a_moment
        expect_fault "^bridge br1 has lost what was moved there from eth0 \\(.*route default$default_route.*\\): run \"lxc-uplink reapply\"$"
        expect_match "what $command does" "^keep the uplink eth0 in bridge br1, and on it .*route default$default_route" "$(lxc-uplink $command)"
        all_is_well
    done
    set_it_down_for_a_moment
    it_comes_back

    promise "gc and the way back leave what somebody has deleted while the host has its default route, and reapply does not ($1)"
    start_container web1
    ip route del 10.20.0.0/16
    ip addr del 192.0.2.11/24 dev br1
    expect_fault '^bridge br1 has lost what was moved there from eth0 \(address 192.0.2.11/24 .*, route 10.20.0.0/16 via .*\)'
    expect_equal "what gc does" "" "$(lxc-uplink gc)"
    lxc-uplink reapply >/dev/null
    all_is_well
    ip route del 10.20.0.0/16
    stop_container web1
    uplink_is_back || fail "the uplink should be back"
    expect_equal "the deleted route" "" "$(ip route show 10.20.0.0/16)"
    ip route add 10.20.0.0/16 via $LAN1 dev eth0
    nothing_is_left

    promise "reapply and gc make the uplink a port again that somebody has taken out ($1)"
    start_container web1
    for command in reapply gc; do
        take_it_out
        expect_fault '^uplink eth0 is no longer a port of its bridge: somebody has taken it out; run "lxc-uplink reapply"$'
        expect_match "what $command does" '^keep the uplink eth0 in bridge br1$' "$(lxc-uplink $command)"
        all_is_well
        reaches web1 $LAN1 || fail "web1 should reach $LAN1"
    done
    it_comes_back

    promise "gc gives back what the host had where somebody has deleted the bridge, and the next start moves it again ($1)"
    start_container web1
    delete_the_bridge
    expect_fault '^bridge br1, to which uplink eth0 was moved with all that the host had there, is gone: run "lxc-uplink gc", and start its containers again$'
    said=$(lxc-uplink gc) || fail "gc should do its work: $said"
    expect_match "what gc does" '^move the uplink back to eth0$' "$said"
    expect_fault '^bridge br1 of web1 is gone: run "lxc-stop -n web1 && lxc-start -n web1"$'
    expect_equal "what gc does once more" "" "$(lxc-uplink gc)"
    busybox ping -c 1 -W 2 $INET >/dev/null || fail "the host should reach $INET"
    stop_container web1
    it_is_back
    start_container web1
    all_is_well
    it_comes_back

    promise "gc leaves an uplink alone whose bridge somebody has replaced ($1)"
    start_container web1
    replace_the_bridge
    expect_equal "what gc does" "" "$(lxc-uplink gc)"
    busybox ping -c 1 -W 2 $INET >/dev/null || fail "the host should reach $INET by the other bridge"
    take_the_other_bridge_away
    it_comes_back

    promise "an uplink that was taken out and given addresses is left to whoever did it ($1)"
    start_container web1
    take_it_out
    ip addr add 192.0.2.99/24 dev eth0
    expect_fault '^uplink eth0 is no longer a port of its bridge: somebody has taken it out; stop the containers that hold it, and start them again$'
    expect_equal "what reapply does" "" "$(lxc-uplink reapply)"
    ip addr del 192.0.2.99/24 dev eth0
    it_comes_back
}

replace_the_bridge() {
    ip link del br1
    ip link add br8 type bridge
    ip link set br8 up
    ip link set eth0 master br8
    ip addr add $HOST/24 dev br8
    ip route add default via $LAN_GATEWAY dev br8
}
take_the_other_bridge_away() { ip link del br8; }
take_it_out() { ip link set eth0 nomaster; }
delete_the_bridge() { ip link del br1; }
every_way_puts_it_back "a Linux bridge"

start_ovs
echo 'bridge-type = openvswitch' >>"$LXCPATH/web1/uplink.conf"
replace_the_bridge() {
    ovs-vsctl --timeout=5 del-br br1 -- add-br br8 -- add-port br8 eth0
    ip link set br8 up
    ip addr add $HOST/24 dev br8
    ip route add default via $LAN_GATEWAY dev br8
}
take_the_other_bridge_away() { ovs-vsctl --timeout=5 del-br br8; }
take_it_out() { ovs-vsctl --timeout=5 del-port br1 eth0; }
delete_the_bridge() { ovs-vsctl --timeout=5 del-br br1; }
every_way_puts_it_back "Open vSwitch"
