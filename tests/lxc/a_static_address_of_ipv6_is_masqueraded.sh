#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Beside IPv4: a container with a unique local address reaches an internet host that has no way back to it, by the host's address.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
need_uplink
enter_world "$0" "$@"

LAN6=2001:db8:1: INET6=2001:db8:9::2

give_ipv6_to_the_world() {
    ip addr add ${LAN6}:10/64 dev eth0 nodad
    ip -n gw addr add ${LAN6}:1/64 dev lan0 nodad
    ip -n gw addr add 2001:db8:9::1/64 dev wan0 nodad
    ip -n inet addr add $INET6/64 dev eth0 nodad
    ip -n inet route add ${LAN6}:/64 via 2001:db8:9::1
    in_netns gw sysctl -qw net.ipv6.conf.all.forwarding=1
    ip route add default via ${LAN6}:1
    ip addr add fd00::1/64 dev br0 nodad
    # shellcheck disable=SC2016 # for the shell that socat runs
    in_netns inet socat TCP6-LISTEN:81,fork,reuseaddr,backlog=64 SYSTEM:'read -r line; echo "$SOCAT_PEERADDR"' 2>>"$WORLD/servers.log" &
    wait_until 10 "an answer by IPv6" answers_the_host
}
answers_the_host() { ask 2 /run/netns/host tcp $INET6 81; }

make_container_of_both_families() { # NAME NUMBER
    {
        nic 0 br0 "10.0.3.$2/24"
        printf 'lxc.net.0.ipv6.%s\n' "address = fd00::$2/64" 'gateway = fd00::1'
        uplink
    } | make_container "$1"
}

# The kernel writes all digits, and in brackets.
HOST_AS_SEEN='[2001:0db8:0001:0000:0000:0000:0000:0010]'

give_ipv6_to_the_world
promise "a container of both families gets out by both"
make_container_of_both_families web1 10
start_container web1
wait_until 5 "the addresses of web1" ipv6_is_settled web1
expect_answer web1
expect_reply "$HOST_AS_SEEN" "$(netns_of web1)" tcp $INET6 81
stop_container web1
sysctl -qw net.ipv6.conf.all.forwarding=0
nothing_is_left

promise "with ipv6 = no it gets out by IPv4 alone"
echo 'ipv6 = no' >>"$LXCPATH/web1/uplink.conf"
start_container web1
wait_until 5 "the addresses of web1" ipv6_is_settled web1
expect_answer web1
expect_no_reply "$(netns_of web1)" tcp $INET6 81
stop_container web1
nothing_is_left

promise "two containers are masqueraded each by itself, and one outlives the other"
for number in 11 12; do make_container_of_both_families web$number $number; done
for number in 11 12; do start_container web$number; done
for number in 11 12; do
    wait_until 5 "the addresses of web$number" ipv6_is_settled web$number
    expect_reply "$HOST_AS_SEEN" "$(netns_of web$number)" tcp $INET6 81
done
stop_container web11
expect_reply "$HOST_AS_SEEN" "$(netns_of web12)" tcp $INET6 81
stop_container web12
sysctl -qw net.ipv6.conf.all.forwarding=0
nothing_is_left
