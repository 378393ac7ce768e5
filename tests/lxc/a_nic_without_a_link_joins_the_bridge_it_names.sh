#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The bridge is somebody else's and the veth has no lxc.net.0.link: what the port is given, and that the bridge stays as it was.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

port_flag() { bridge -d -j link show dev "$1" | jq -r --arg flag "$2" '.[0][$flag]'; } # PORT FLAG

promise "the port of a bridge with jumbo frames has its MTU"
make_bridge jumbo0 10.0.6.1/24 9000
remember_the_host
{ nic 0 '' 10.0.6.10/24 && uplink; } | make_container web1
echo 'bridge = jumbo0' >"$LXCPATH/web1/uplink.conf"
start_container web1
port=$(host_end_of web1)
expect_equal "the bridge of $port" jumbo0 "$(basename "$(readlink "/sys/class/net/$port/master")")"
expect_equal "the MTU of $port" 9000 "$(cat "/sys/class/net/$port/mtu")"
expect_equal "the MTU of jumbo0" 9000 "$(cat /sys/class/net/jumbo0/mtu)"
expect_answer web1
stop_container web1
nothing_is_left

promise "hairpin and isolation are off unless asked for"
make_nat_container web2 10.0.3.10
start_container web2
port=$(host_end_of web2)
expect_equal "hairpin of $port" false "$(port_flag "$port" hairpin)"
expect_equal "isolation of $port" false "$(port_flag "$port" isolated)"
stop_container web2
nothing_is_left

promise "hairpin = yes and isolate = yes are seen at the port"
printf 'hairpin = yes\nisolate = yes\n' >"$LXCPATH/web2/uplink.conf"
start_container web2
port=$(host_end_of web2)
expect_equal "hairpin of $port" true "$(port_flag "$port" hairpin)"
expect_equal "isolation of $port" true "$(port_flag "$port" isolated)"
expect_answer web2
stop_container web2
nothing_is_left

promise "isolated containers do not reach each other, and both get out"
make_nat_container web3 10.0.3.11
echo 'isolate = yes' >"$LXCPATH/web3/uplink.conf"
start_container web2
start_container web3
! inside web2 ping -c 1 -W 1 10.0.3.11 >/dev/null || fail "web2 should not reach web3"
expect_answer web2
expect_answer web3
stop_container web2
stop_container web3
nothing_is_left
