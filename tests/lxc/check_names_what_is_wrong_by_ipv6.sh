#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The same of a container that is served by IPv6 too.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/faults.sh"
need_uplink
export UPLINK_IPV6=yes
enter_world "$0" "$@"

works_again() { expect_answer web1; }
in_web1() { nsenter --net="/proc/$(init_of web1)/ns/net" -- "$@"; }

: >"$WORLD/rootfs/etc/resolv.conf"
make_nat_container web1 10.0.3.10
start_container web1
expect_answer web1
all_is_well
address=$(in_web1 ip -j -6 addr show dev eth0 scope global | jq -r '.[] | .addr_info[]? | select(.local) | "\(.local)/\(.prefixlen)"')
gateway=$(in_web1 ip -j -6 route show default | jq -r '.[0].gateway')

plant "lxc.net.0 of web1 lacks its address $address" in_web1 ip addr del "$address" dev eth0
plant 'web1 has no default route for IPv6' in_web1 ip -6 route del default
plant 'the IPv6 gateway of web1 is not this host' in_web1 ip -6 route replace default via "${gateway%1}99"
plant 'bridge br0 has no address in the IPv6 network of web1' ip addr del "$gateway/64" dev br0
plant 'the host does not forward IPv6$' sysctl -qw net.ipv6.conf.all.forwarding=0
plant 'what web1 sends by IPv6 is dropped by nft, table ip6 late, chain forward: policy drop' \
    nft 'table ip6 late { chain forward { type filter hook forward priority 300; policy drop; }; }'
nft flush ruleset
plant 'what web1 sends by IPv6 is dropped by iptables-legacy, table ip6 filter, chain FORWARD: -A FORWARD -i br0 -j DROP' ip6tables-legacy -I FORWARD -i br0 -j DROP
after_trace() { nft flush ruleset; }
traced 1 'what web1 sends by IPv6 is dropped by nft, table ip6 late, chain forward: iifname "br0" ip6 hoplimit 63 drop$' \
    nft 'table ip6 late { chain forward { type filter hook forward priority 300; iifname br0 ip6 hoplimit 63 drop; }; }'
expect_equal "the number of faults" 7 $planted
