#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# lxc-uplink status, for people and for programs, and plan, which changes nothing.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

forwarding() { cat /proc/sys/net/ipv4/ip_forward; }

promise "forwarding is turned on, left on, and status says by whom"
expect_equal "ip_forward at the beginning" 0 "$(forwarding)"
make_nat_container web1 10.0.3.10
start_container web1
expect_equal "ip_forward" 1 "$(forwarding)"
expect_match "status" 'forward.*web1' "$(lxc-uplink status)"
stop_container web1
expect_equal "ip_forward after the stop" 1 "$(forwarding)"
expect_match "status" 'forward.*web1' "$(lxc-uplink status)"
nothing_is_left

promise "status lists the container, its bridge, address and rule, and the packet counter grows"
packets() { lxc-uplink status --json | jq '[.. | objects | .packets? // empty] | add'; }
start_container web1
text=$(lxc-uplink status)
for fact in web1 nat br0 10.0.3.10 "$(host_end_of web1)"; do expect_match "status" "$fact" "$text"; done
lxc-uplink status --json | jq -e '[.. | strings] | (index("web1") and index("br0"))' >/dev/null || fail "status --json should name web1 and br0"
before=$(packets)
expect_answer web1
after=$(packets)
((after > before)) || fail "the packet counter should grow above $before but is $after"
stop_container web1
nothing_is_left

promise "plan tells each step and its shell command, and does none of them"
sysctl -qw net.ipv4.ip_forward=0
plan=$(lxc-uplink plan web1)
rule='iptables-legacy .*-s 10\.0\.3\.10/32 ! -d 10\.0\.3\.0/24 .*-j MASQUERADE'
[ "$engine" = iptables ] || rule='add element inet lxc_uplink own4 \{ 10\.0\.3\.10 .* : jump leaving-10\.0\.3\.0/24'
expect_match "the plan" "$rule" "$plan"
expect_match "the plan" 'ip_forward' "$plan"
expect_equal "ip_forward" 0 "$(forwarding)"
nothing_is_left

promise "a static address without a gateway is pointed out by plan, status and syslog"
{ nic 0 br0 10.0.3.20/24 | grep -v gateway && uplink; } | make_container web2
expect_match "the plan" 'lxc.net.0.ipv4.gateway = 10.0.3.1' "$(lxc-uplink plan web2)"
start_container web2
expect_match "status" 'lxc.net.0.ipv4.gateway = 10.0.3.1' "$(lxc-uplink status)"
expect_logged 'web2: .*lxc.net.0.ipv4.gateway = 10.0.3.1'
stop_container web2
nothing_is_left

promise "status names a bridge that is down, or gone, and fails"
start_container web1
expect_trouble() { # SENTENCE
    local said
    said=$(lxc-uplink status) && fail "status should fail: $said"
    expect_equal "what status says of br0" "$1" "$(grep 'bridge br0' <<<"$said")"
}
ip link set br0 down
expect_trouble 'bridge br0 is down: run "ip link set dev br0 up"'
ip link del br0
make='ip link add name br0 type bridge && ip address add 10.0.3.1/24 dev br0 && ip link set dev br0 up && lxc-uplink reapply'
expect_trouble "bridge br0 is gone: run \"$make\""
bash -c "$make" >/dev/null
lxc-uplink status >/dev/null || fail "nothing should be wrong any more: $(lxc-uplink status)"
expect_match "the plan of a running container" '^web1 runs: this is what its next start would do$' "$(lxc-uplink plan web1)"
stop_container web1
no_rules_are_left
