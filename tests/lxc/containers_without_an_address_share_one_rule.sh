#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Addresses by DHCP: nobody knows them beforehand, so the bridge's network gets one rule, held by all who need it.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

lease_addresses_on br0 10.0.3
shared_rule='-A LXC-UPLINK-10.0.3.0/24 -s 10.0.3.0/24 ! -d 10.0.3.0/24 -m comment --comment "lxc-uplink:shared:br0" -j MASQUERADE'
[ "$engine" = iptables ] || shared_rule='10.0.3.0/24 comment "lxc-uplink:shared:br0" : jump leaving-10.0.3.0/24'
expect_answer_by_ipv4() { expect_equal "the source address that the internet host saw from $1" "$HOST" "$(fetch_from "$1")"; }

promise "two containers get out by one rule, which goes with the last of them"
for name in web1 web2; do
    { nic 0 br0 '' && uplink; } | make_container "$name"
    start_container "$name"
done
for name in web1 web2; do
    wait_until 15 "the lease of $name" has_address "$name"
    expect_answer_by_ipv4 "$name"
done
expect_equal "the rules of the bridge" "$shared_rule" "$(shared_rules br0)"
stop_container web1
expect_equal "the rules of the bridge" "$shared_rule" "$(shared_rules br0)"
expect_answer_by_ipv4 web2
stop_container web2
nothing_is_left

promise "a static address beside them has its own rule, and either outlives the other"
make_nat_container web3 10.0.3.10
start_container web1
start_container web3
expect_masquerade web3 10.0.3.10
expect_equal "the rules of the bridge" "$shared_rule" "$(shared_rules br0)"
stop_container web1
rules=$(shared_rules br0)
expect_equal "the rules of the bridge" "" "$rules"
expect_answer web3
start_container web2
stop_container web3
expect_equal "the rules of the bridge" "$shared_rule" "$(shared_rules br0)"
stop_container web2
nothing_is_left

promise "a killed holder does not keep the rule"
start_container web1
start_container web2
kill_monitor web1
stop_container web2
lxc-uplink gc >/dev/null
nothing_is_left
