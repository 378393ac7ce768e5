#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Faults on the way of a container that is on the LAN: check names each and nothing else, and its repair mends it.
# shellcheck disable=SC2016 # what is planted is evaluated later
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
need_uplink
enter_world "$0" "$@"

all_is_well() {
    local said status=0
    said=$(lxc-uplink check web1 2>&1) || status=$?
    expect_equal "what check says of a healthy container" "web1: nothing is wrong on its way out and in" "$said"
    expect_equal "its exit status" 0 $status
}
reaches_the_internet() { fetch_from web1; }
plant() { # WHAT-CHECK-SAYS COMMAND...
    local said status=0
    echo "- $1"
    "${@:2}"
    said=$(lxc-uplink check web1 2>&1) || status=$?
    expect_equal "the exit status of check after ${*:2}" 1 $status
    expect_match "what check says after ${*:2}" "^web1: $1" "$said"
    expect_equal "the number of findings after ${*:2}: $said" 1 "$(grep -c '^web1: ' <<<"$said")"
    bash -c "$(sed -nE 's/^    repair: //p' <<<"$said")" >/dev/null || fail "the repair should work: $said"
    all_is_well
    wait_until 5 "an answer to web1" reaches_the_internet
}

make_direct_container web1 192.0.2.77
start_container web1
wait_until 5 "an answer to web1" reaches_the_internet
all_is_well
port=$(host_end_of web1)

plant 'lxc.net.0 of web1 lacks its address 192.0.2.77/24' eval 'inside web1 ip addr flush dev eth0; inside web1 ip addr add 192.0.2.78/24 dev eth0; inside web1 ip route replace default via 192.0.2.1'
inside web1 sh -c 'ip addr flush dev eth0; ip addr add 192.0.2.77/24 dev eth0; ip route add default via 192.0.2.1'
plant "port $port of web1 is not in bridge br1" ip link set "$port" nomaster
plant 'somebody has undone: keep the DHCP servers on either side of eth0' nft delete table bridge lxc-uplink
sysctl -qw net.bridge.bridge-nf-call-iptables=1
plant 'what web1 sends is dropped by iptables-legacy, table ip filter, chain FORWARD: policy drop' iptables-legacy -P FORWARD DROP
iptables-legacy -F FORWARD
iptables-legacy -P FORWARD ACCEPT
plant 'what answers web1 is dropped by nft, table bridge filter, chain forward: .*drop' nft 'table bridge filter { chain forward { type filter hook forward priority 0; ip daddr 192.0.2.77 drop; }; }'
nft delete table bridge filter
stop_container web1
