#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Faults on the way of a container that is on the LAN: check names each and nothing else, and its repair mends it.
# shellcheck disable=SC2016 # what is planted is evaluated later
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/faults.sh"
need_uplink
enter_world "$0" "$@"

reaches_the_internet() { fetch_from web1; }
works_again() { wait_until 5 "an answer to web1" reaches_the_internet; }

make_direct_container web1 192.0.2.77
start_container web1
works_again
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

after_trace() {
    nft delete table bridge filter 2>/dev/null || true
    iptables-legacy -F FORWARD
}
traced 1 "what web1 sends is dropped by nft, table bridge filter, chain forward: iifname \"$port\" ip ttl 64 drop\$" nft "table bridge filter { chain forward { type filter hook forward priority 0; iifname $port ip ttl 64 drop; }; }"
traced 0 '^web1: nothing is wrong on its way out and in$' nft "table bridge filter { chain forward { type filter hook forward priority 0; ip saddr 192.0.2.77 ip ttl 63 drop; }; }"
traced 1 "what web1 sends is dropped by iptables-legacy, table ip filter, chain FORWARD: -A FORWARD -s 192.0.2.77/32 -m ttl --ttl-eq 64 -j DROP\$" iptables-legacy -A FORWARD -s 192.0.2.77 -m ttl --ttl-eq 64 -j DROP
stop_container web1
