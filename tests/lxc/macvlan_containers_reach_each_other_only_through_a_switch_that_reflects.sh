#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# macvlan.mode = vepa, and what "lxc-uplink check --vepa" says of the switch: the LAN's bridge, whose port to the host reflects or does not.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/uplinks.sh"
need_uplink
enter_world "$0" "$@"

expect_check() { # NIC STATUS SENTENCE
    local status=0 said
    said=$(lxc-uplink check --vepa "$1" 2>&1) || status=$?
    expect_equal "what check --vepa says" "$3" "$said"
    expect_equal "the exit status of check --vepa" "$2" "$status"
}

# The kernel takes a macvlan in mode passthru only where there is no other.
no_macvlan_on() { # NIC
    ip link add link "$1" name probe type macvlan mode passthru && ip link del probe
}

for name in web1:192.0.2.31 web2:192.0.2.32; do
    make_container "${name%:*}" <<CONFIG
lxc.net.0.type = macvlan
lxc.net.0.macvlan.mode = vepa
lxc.net.0.link = eth0
lxc.net.0.flags = up
lxc.net.0.ipv4.address = ${name#*:}/24
CONFIG
done

promise "through a switch that does not reflect, containers reach the LAN and not each other, and check says so"
switch_reflects off
start_container web1
start_container web2
wait_until 10 "an answer from the LAN to web1" reaches web1 192.0.2.21
wait_until 10 "an answer from the LAN to web2" reaches web2 192.0.2.21
! reaches web1 192.0.2.32 || fail "web1 should not reach web2"
expect_check eth0 1 "the switch behind eth0 does not reflect: macvlan containers in mode vepa cannot reach each other; turn on reflective \
relay (hairpin, VEPA) at its port, or say macvlan.mode = bridge"

echo "- through one that reflects they do"
switch_reflects on
wait_until 10 "an answer from web2 to web1" reaches web1 192.0.2.32
wait_until 10 "an answer from web1 to web2" reaches web2 192.0.2.31
expect_check eth0 0 "the switch behind eth0 reflects: macvlan containers in mode vepa reach each other through it"
stop_container web1
stop_container web2
nothing_is_left

promise "a check leaves nothing, not even when it is killed"
switch_reflects off
lxc-uplink check --vepa eth0 >/dev/null &
check=$!
has_macvlans() { nsenter --net=/proc/$check/ns/net ip link show dev vepa1; }
wait_until 10 "the check to have made its macvlans" has_macvlans
kill -KILL $check
wait $check 2>/dev/null || expect_equal "the end of the check" 137 $?
wait_until 10 "the macvlans of the check to go" no_macvlan_on eth0
nothing_is_left

promise "of a NIC without carrier, or that is none, it cannot be told"
ip -n sw link set host down
expect_check eth0 2 "cannot tell whether the switch behind eth0 reflects: eth0 has no carrier: plug its cable in, or turn on the switch port \
that it leads to"
ip -n sw link set host up
expect_check eth7 2 "cannot tell whether the switch behind eth7 reflects: eth7 does not exist: \"ip link\" lists the NICs that do"
expect_check br0 2 "cannot tell whether the switch behind br0 reflects: br0 is a bridge: name a NIC that leads to the switch and is no \
bridge's port"
wait_until 10 "the carrier of eth0" grep -q 1 /sys/class/net/eth0/carrier
nothing_is_left
