#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The switch lets one MAC address in by the host's port, as port security does. A bridge that has another one is cut off from the gateway.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/refusals.sh"
need_uplink
enter_world "$0" "$@"
give_ipv6_to_the_lan
make_bridge br1 10.0.9.1/24

secure_the_port() {
    in_netns sw nft -f - <<RULES
table netdev port-security {
    chain ingress {
        type filter hook ingress device "host" priority 0
        ether saddr != $(cat /sys/class/net/eth0/address) drop
    }
}
RULES
}

forgive_the_port() {
    in_netns sw nft delete table netdev port-security
}

uplink_has_joined() { # BRIDGE
    [ "$(basename "$(readlink /sys/class/net/eth0/master)")" = "$1" ]
}

uplink_has_left() {
    [ ! -e /sys/class/net/eth0/master ]
}

expect_errors_in_syslog() { # LINES: these since `heard`
    local errors
    errors=$(errors_in_syslog)
    errors=${errors#"$heard"}
    expect_equal "what lxc-uplink says in syslog" "$1" "${errors#$'\n'}"
}

promise "when the gateway goes silent the move is undone within confirm-timeout, and the start fails with the reason"
make_direct_container web1 192.0.2.77 'confirm-timeout = 2'
remember_dumps
secure_the_port
heard=$(errors_in_syslog)
began=$SECONDS
start_is_refused web1
((SECONDS - began < 10)) || fail "the start should fail sooner than after $((SECONDS - began)) seconds"
sentence="web1: pre-start: cannot make the uplink eth0 a port of bridge br1 and move all that the host has on it there: the gateway 192.0.2.1, \
which answered on eth0 before, did not answer on br1 within 2 seconds, so all was moved back to eth0: see whether the switch lets only one MAC \
address or a known one pass"
expect_equal "what LXC logs of its hooks" "lxc-uplink: $sentence" "$(sed -n 's/.* produced output: //p' "$WORLD/lxc.log")"
expect_errors_in_syslog "moving eth0 was cut short: it is as it was before"$'\n'"$sentence"
dumps_are_the_same
nothing_is_left
in_netns lan1 busybox ping -q -c 1 -W 1 "$HOST" >/dev/null || fail "the host should answer"

promise "other containers start while a move waits for its gateway, which may take its time"
make_direct_container web1 192.0.2.77 'confirm-timeout = 30'
make_nat_container web2 10.0.3.10
sysctl -qw net.ipv4.ip_forward=1 # as web2 would, and for each NIC
remember_dumps
lxc_start web1 &
starting=$!
wait_until 20 "the uplink to be in br1" uplink_has_joined br1
start_container web2
inside web2 ip -4 addr show dev eth0 >/dev/null || fail "web2 should run"
kill -0 $starting || fail "the start of web1 should still wait for the gateway"
forgive_the_port
wait $starting || fail "web1 should start once the gateway answers again"
uplink_is_moved br1 || fail "the uplink should be in br1"
expect_answer web2
for name in web1 web2; do stop_container $name; done
dumps_are_the_same

promise "another uplink moves meanwhile, and a move that waits in vain is undone beside it, though routes go through both"
plug_in_the_second_nic
ip route add 10.50.0.0/16 nexthop via "$LAN1" dev eth0 weight 1 nexthop via 203.0.113.1 dev eth1 weight 2
ip route add 2001:db8:50::/48 nexthop via "$LAN1_6" dev eth0 nexthop via 2001:db8:2::1 dev eth1
make_direct_container web1 192.0.2.77 'confirm-timeout = 5'
make_direct_container web3 203.0.113.77
printf '%s\n' 'bridge = br2' 'uplink = eth1' >"$LXCPATH/web3/uplink.conf"
remember_dumps
remember_the_host
secure_the_port
start_is_refused web1 &
starting=$!
wait_until 20 "the uplink to be in br1" uplink_has_joined br1
start_container web3
uplink_has_joined br1 || fail "eth0 should still wait for its gateway in br1"
wait $starting
uplink_has_left || fail "eth0 should be back"
expect_match "the route through both" "nexthop via $LAN1 dev eth0 .*nexthop via 203.0.113.1 dev br2 " "$(ip route show 10.50.0.0/16 | tr '\n' ' ')"
forgive_the_port
stop_container web3
dumps_are_the_same
nothing_is_left
