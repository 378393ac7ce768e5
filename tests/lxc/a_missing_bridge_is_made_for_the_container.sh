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

promise "lxc.net.0.link may name the missing bridge too"
{ nic 0 upbr0 10.0.4.10/24 && uplink; } | make_container web3
options_of_a_made_bridge | sed '/^bridge =/d' >"$LXCPATH/web3/uplink.conf"
start_container web3
expect_answer web3
stop_container web3
nothing_is_left
