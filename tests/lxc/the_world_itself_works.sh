#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The ground on which the other tests stand, without lxc-uplink: only masquerading lets a container reach the internet host.
set -euo pipefail
source "$(dirname "$0")/world.sh"
enter_world "$0" "$@"

promise "without masquerading nobody out there answers a container; with a rule made by hand, as the host"
sysctl -qw net.ipv4.ip_forward=1
nic 0 br0 10.0.3.10/24 | make_container web1
start_container web1
expect_no_answer web1
iptables-legacy -t nat -A POSTROUTING -s 10.0.3.0/24 ! -d 10.0.3.0/24 -j MASQUERADE
expect_answer web1

promise "a snapshot sees a rule and a link that were not there before"
iptables-legacy -t nat -D POSTROUTING 1
ip link add leftover type bridge
snapshot "$WORLD/after"
difference=$(same_snapshot "$WORLD/before" "$WORLD/after" || true)
expect_match "the difference" '^-.*MASQUERADE' "$difference"
expect_match "the difference" '^\+.*leftover' "$difference"
iptables-legacy -t nat -A POSTROUTING -s 10.0.3.0/24 ! -d 10.0.3.0/24 -j MASQUERADE
ip link del leftover
nothing_is_left
stop_container web1
iptables-legacy -t nat -F

promise "a container that comes and goes leaves the host as it was"
start_container web1
stop_container web1
nothing_is_left

promise "a container without an address gets one by DHCP"
lease_addresses_on br0 10.0.3
nic 0 br0 '' | make_container web2
start_container web2
wait_until 10 "a lease" grep -q 10.0.3.1 "$WORLD/leases"
wait_until 5 "the leased address" inside web2 sh -c 'ip -4 addr show dev eth0 | grep -q 10.0.3.1'
stop_container web2
nothing_is_left

promise "names of 100 characters, with dots, + and : are names like any other"
for name in "$(printf 'n%.0s' {1..100})" web.1+2:3; do
    nic 0 br0 10.0.3.10/24 | make_container "$name"
    start_container "$name"
    expect_equal "the answer of $name" 10.0.3.10 "$(inside "$name" sh -c "ip -4 addr show dev eth0 | sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p'")"
    stop_container "$name"
done
nothing_is_left

promise "what goes to syslog is read back line by line"
logger -t lxc-uplink -- "web1: one"
logger -t lxc-uplink -- "web1: two"
wait_until 5 "the messages" expect_logged 'web1: two$'
expect_logged 'web1: one$'
