#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What "lxc-uplink plan --persistent" prints, given to systemd-networkd: the host has all that it had, and a container needs no move.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/managers.sh"
enter_world "$0" "$@"
need_uplink
need_managers

# The order is the kernel's, and who made a route is no matter.
addresses_and_routes_of() { # INTERFACE
    {
        ip -j addr show dev "$1" | jq -r '.[0].addr_info[] | "\(.local)/\(.prefixlen)"'
        ip -4 route show table all dev "$1"
        ip -6 route show table all dev "$1"
    } | sed -E 's/ proto [a-z]+//; /^(local|broadcast|anycast|multicast) /d; s/ +$//' | sort
}

all_is_on() { # INTERFACE
    addresses_and_routes_of "$1" | diff "$WORLD/of-eth0" - >"$WORLD/differences"
}

give_the_plan_to_networkd() {
    mkdir -p "$(dirname "$NETWORK_FILE")"
    awk '/^# systemd-networkd: / { file = $3; sub("/.*/", "'"$(dirname "$NETWORK_FILE")"'/", file); sub(",$", "", file) }
        /^# ifupdown/ { file = "" }
        file { print > file }' "$WORLD/plan"
}

# As when the host boots.
forget_all_of() { # INTERFACE
    ip addr flush dev "$1"
    ip -4 route flush table all dev "$1"
    ip -6 route flush table all dev "$1"
}

promise "a plan for good is printed, and nothing changes"
give_ipv6_to_the_lan
ip addr add 192.0.2.11/24 dev eth0 label eth0:1
ip route replace default via $LAN_GATEWAY dev eth0 metric 100
ip route add 10.20.0.0/16 via 192.0.2.21 dev eth0 src 192.0.2.11 mtu 1400
ip route add 10.21.0.0/16 via 10.99.0.1 dev eth0 onlink
ip route add 10.70.0.0/24 dev eth0 scope link
ip route add default via $LAN_GATEWAY dev eth0 table 100
ip -6 route add 2001:db8:20::/48 via $LAN1_6 dev eth0
ip route del default via $LAN_GATEWAY metric 0 2>/dev/null || true
remember_the_host
lxc-uplink plan --persistent eth0 >"$WORLD/plan"
nothing_is_left

promise "and it is the same while the uplink is moved"
make_direct_container web1 192.0.2.77
start_container web1
lxc-uplink plan --persistent eth0 | diff "$WORLD/plan" - >&2 || fail "the plan should be the same while the uplink is moved"
stop_container web1
nothing_is_left

promise "systemd-networkd makes of it what the host had"
addresses_and_routes_of eth0 >"$WORLD/of-eth0"
give_the_plan_to_networkd
forget_all_of eth0
start_networkd
wait_until 20 "br1 to be configured" networkd_says configured br1
wait_until 20 "the uplink to be in br1" test -e /sys/class/net/eth0/brport
wait_until 20 "all of eth0 to be on br1" all_is_on br1
expect_equal "the label of 192.0.2.11" br1:1 "$(ip -j -4 addr show dev br1 | jq -r '.[0].addr_info[] | select(.local == "192.0.2.11").label')"
wait_until 10 "an answer from the internet host" timeout 2 busybox wget -q -O - "http://$INET/"

promise "and a container on it needs no move"
start_container web1
expect_equal "what is moved" "" "$(compgen -G '/run/lxc-uplink/uplinks/*.json' || true)"
expect_equal "what web1 reads" 192.0.2.77 "$(fetch_from web1)"
stop_container web1
nothing_is_left
stop_networkd

promise "for a NIC that is missing, a port already, or can never be one, there is none"
no_plan_for() { # NIC SENTENCE
    said=$(lxc-uplink plan --persistent "$1" 2>&1) && fail "there should be no plan for $1"
    expect_equal "what is said of $1" "lxc-uplink: $2" "$said"
}
no_plan_for eth7 'there is no NIC eth7: "ip link" lists those that are there'
no_plan_for eth0 'eth0 belongs to br1 already: say bridge = br1 if that is a bridge'
no_plan_for lo 'uplink lo is the loopback interface, which leads nowhere: name the NIC that the LAN is connected to'
no_plan_for br1 'uplink br1 is a bridge itself and cannot be a port of another: say bridge = br1 to put the container there, or name another NIC'
