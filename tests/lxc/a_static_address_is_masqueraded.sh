#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# One include line and a static address: the container reaches the internet host, and the rule is the documented one.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

promise "a container with a static address gets out by a rule of its own"
make_nat_container web1 10.0.3.10
start_container web1
expect_answer web1
expect_masquerade web1 10.0.3.10
[ "$engine" = nftables ] || expect_equal "what lxc-uplink put into the nat table" \
    '-N LXC-UPLINK
-N LXC-UPLINK-10.0.3.0/24
-A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK
-A LXC-UPLINK -d 224.0.0.0/4 -j RETURN
-A LXC-UPLINK -d 255.255.255.255/32 -j RETURN
-A LXC-UPLINK -s 10.0.3.0/24 -j LXC-UPLINK-10.0.3.0/24
-A LXC-UPLINK-10.0.3.0/24 -s 10.0.3.10/32 ! -d 10.0.3.0/24 -m comment --comment "lxc-uplink:HASH:INSTANCE:web1" -j MASQUERADE' \
    "$(uplink_rules)"
stop_container web1
nothing_is_left

promise "the snippet that says nat does the same"
{ nic 0 br0 10.0.3.10/24 && echo "lxc.include = $UPLINK_PREFIX/share/lxc/config/lxc-uplink-nat.conf"; } | make_container web2
start_container web2
expect_masquerade web2 10.0.3.10
expect_answer web2
stop_container web2
nothing_is_left

promise "an address that is not in the container's config is not masqueraded"
make_nat_container web3 10.0.3.10
start_container web3
inside web3 ip addr del 10.0.3.10/24 dev eth0
inside web3 ip addr add 10.0.3.99/24 dev eth0
inside web3 ip route add default via 10.0.3.1
if [ -n "${UPLINK_IPV6:-}" ]; then
    inside web3 ip -6 addr del "$(ipv6_of 10.0.3.10/24)" dev eth0
    inside web3 ip -6 addr add "$(ipv6_of 10.0.3.99/24)" dev eth0
fi
expect_no_answer web3
stop_container web3
nothing_is_left

promise "with option uplink only the named way out is masqueraded"
make_nat_container web4 10.0.3.10
echo 'uplink = eth0' >"$LXCPATH/web4/uplink.conf"
start_container web4
expect_masquerade_by_eth0
expect_answer web4
stop_container web4
nothing_is_left

promise "mode = none leaves the container alone"
make_nat_container web5 10.0.3.10
echo 'mode = none' >"$LXCPATH/web5/uplink.conf"
start_container web5
no_rules_are_left
stop_container web5
nothing_is_left
