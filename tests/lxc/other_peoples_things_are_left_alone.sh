#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What containers share with others, and what an administrator has made himself, survives our containers.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

promise "a container that shares another's network comes and goes without a trace in it"
make_nat_container web1 10.0.3.10
{ nic 0 br0 10.0.3.11/24 && echo "lxc.namespace.share.net = web1" && uplink; } | make_container web2
start_container web1
port=$(host_end_of web1)
start_container web2
stop_container web2
expect_match "the port of web1" "master br0" "$(ip link show dev "$port")"
expect_answer web1
stop_container web1
nothing_is_left

promise "a bridge address in the host's own network is refused, and the LAN stays in reach"
nic 0 '' '' >"$WORLD/lines"
{ cat "$WORLD/lines" && uplink; } | make_container web1
printf 'bridge = upbr0\nbridge-address = 192.0.2.99/24\n' >"$LXCPATH/web1/uplink.conf"
start_is_refused web1
expect_logged 'web1: pre-start: bridge-address 192.0.2.99/24 overlaps 192.0.2.10/24 of eth0'
rm "$LXCPATH/web1/uplink.conf"
nothing_is_left

promise "a host-wide bridge is for containers without a link"
options_of_a_made_bridge | tee -a /etc/lxc/uplink.conf >/dev/null
make_nat_container web2 10.0.3.10
start_container web2
start_container web1
expect_match "the port of web2" "master br0" "$(ip link show dev "$(host_end_of web2)")"
expect_match "the port of web1" "master upbr0" "$(ip link show dev "$(host_end_of web1)")"
stop_container web1
stop_container web2
sed -i /^bridge/d /etc/lxc/uplink.conf
nothing_is_left

if [ "$engine" = iptables ]; then # a table of nf_tables is its maker's alone
    promise "rules that an administrator has put into our chains stay, and so does the chain"
    iptables-legacy -t nat -N LXC-UPLINK
    iptables-legacy -t nat -A LXC-UPLINK -s 203.0.113.9 -j RETURN
    start_container web2
    stop_container web2
    expect_match "the nat table" '^-A LXC-UPLINK -s 203\.0\.113\.9/32 -j RETURN$' "$(iptables-legacy -t nat -S)"
fi

promise "status tells of rules that somebody has deleted, and how to get them back"
start_container web2
lxc-uplink status >/dev/null
if [ "$engine" = nftables ]; then
    nft delete element inet lxc_uplink own4 '{ 10.0.3.10 }'
    lost='the rule of lxc.net.0 is gone: run'
else
    iptables-legacy -t nat -F POSTROUTING
    lost='the rule of lxc.net.0 is there, but no packet gets to it: run'
fi
status=0
said=$(lxc-uplink status) || status=$?
expect_equal "the exit status of lxc-uplink status" 1 "$status"
expect_match "status" "web2: $lost" "$said"
stop_container web2
