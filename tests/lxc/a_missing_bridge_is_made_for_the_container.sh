#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Option bridge-address: the bridge comes with its first container and goes with its last.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

on_a_bridge_of_ours() { # NAME ADDRESS
    { nic 0 '' "$2/24" && uplink; } | make_container "$1"
    options_of_a_made_bridge >"$LXCPATH/$1/uplink.conf"
}
exists() { [ -e "/sys/class/net/$1" ]; }
port_of() { basename "$(readlink "/sys/class/net/$1/master")"; }

promise "the bridge is made, the veth becomes its port, the container gets out, and the bridge goes"
on_a_bridge_of_ours web1 10.0.4.10
start_container web1
expect_match "the addresses of upbr0" ' 10\.0\.4\.1/24 ' "$(ip -o addr show dev upbr0)"
expect_equal "the bridge of web1's port" upbr0 "$(port_of "$(host_end_of web1)")"
expect_masquerade web1 10.0.4.10
expect_answer web1
stop_container web1
nothing_is_left

promise "the bridge has the same MAC each time"
start_container web1
mac=$(cat /sys/class/net/upbr0/address)
stop_container web1
start_container web1
expect_equal "the MAC of upbr0" "$mac" "$(cat /sys/class/net/upbr0/address)"
stop_container web1
nothing_is_left

promise "the bridge stays as long as one of its containers"
on_a_bridge_of_ours web2 10.0.4.11
start_container web1
start_container web2
stop_container web1
expect_answer web2
stop_container web2
nothing_is_left

promise "a bridge with somebody else's port in it stays"
start_container web1
ip link add guest0 type veth peer name guest1
ip link set guest0 master upbr0 up
stop_container web1
exists upbr0 || fail "upbr0 should stay while guest0 is its port"
no_rules_are_left
start_container web1
expect_answer web1
ip link del guest0
stop_container web1
nothing_is_left

promise "what others undo of the bridge and its port is told by status and put back by reapply"
printf 'publish = 8080:80\nisolate = yes\n' >>"$LXCPATH/web1/uplink.conf"
start_container web1
port=$(host_end_of web1)
is_undone() { # WHAT-STATUS-SAYS COMMAND...
    local said
    "${@:2}"
    ! said=$(lxc-uplink status) || fail "status should fail after ${*:2}"
    expect_match "what status says after ${*:2}" "^web1: somebody has undone: $1: run \"lxc-uplink reapply\"\$" "$said"
    lxc-uplink reapply >/dev/null || fail "reapply should succeed after ${*:2}"
    said=$(lxc-uplink status) || fail "status should find nothing wrong after reapply: $said"
    expect_equal "what reapply does when all is well" "" "$(lxc-uplink reapply)"
    expect_answer web1
}
make='make bridge upbr0 .*' join="add port $port to bridge upbr0, isolated"
is_undone "let the loopback address lead into bridge upbr0" sysctl -qw net.ipv4.conf.upbr0.route_localnet=0
is_undone "$make" ip addr del 10.0.4.1/24 dev upbr0
is_undone "$make" ip link set upbr0 down
is_undone "$join" ip link set "$port" nomaster
is_undone "$join" bridge link set dev "$port" isolated off
is_undone "$make" ip link del upbr0
expect_match "the port of web1" ' isolated on' "$(bridge -d link show dev "$(host_end_of web1)")"
stop_container web1
nothing_is_left
on_a_bridge_of_ours web1 10.0.4.10

promise "lxc.net.0.link may name the missing bridge too"
{ nic 0 upbr0 10.0.4.10/24 && uplink; } | make_container web3
options_of_a_made_bridge | sed '/^bridge =/d' >"$LXCPATH/web3/uplink.conf"
start_container web3
expect_answer web3
stop_container web3
nothing_is_left
