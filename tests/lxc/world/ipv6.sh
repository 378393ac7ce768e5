# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# IPv6 beside IPv4 in the whole world, where UPLINK_IPV6 says so: containers have a unique local address, and the internet host has no route
# back to those either.

LAN_IPV6=2001:db8:1: INET_IPV6=2001:db8:9::2

# As the kernel writes it in full, in brackets.
HOST_AS_SEEN='[2001:0db8:0001:0000:0000:0000:0000:0010]'

# Forwarding is on, since turning it on gives the kernel routes of its own, for good.
give_ipv6_to_the_world() {
    sysctl -qw net.ipv6.conf.all.forwarding=1
    ip addr add ${LAN_IPV6}:10/64 dev eth0 nodad
    ip -n gw addr add ${LAN_IPV6}:1/64 dev lan0 nodad
    ip -n gw addr add 2001:db8:9::1/64 dev wan0 nodad
    ip -n inet addr add $INET_IPV6/64 dev eth0 nodad
    ip -n inet route add ${LAN_IPV6}:/64 via 2001:db8:9::1
    in_netns gw sysctl -qw net.ipv6.conf.all.forwarding=1
    ip route add default via ${LAN_IPV6}:1
    # shellcheck disable=SC2016 # for the shell that socat runs
    in_netns inet socat TCP6-LISTEN:81,fork,reuseaddr,backlog=64 SYSTEM:'read -r line; echo "$SOCAT_PEERADDR"' 2>>"$WORLD/servers.log" &
    wait_until 10 "an answer by IPv6" source_seen_by_ipv6 $$
}

# What the internet host saw of a process's netns; fails where it saw nothing.
source_seen_by_ipv6() { # PID
    # shellcheck disable=SC2016 # for the inner shell
    timeout 3 nsenter --net="/proc/$1/ns/net" -- bash -c 'exec 3<>"/dev/tcp/$1/81" && echo hello >&3 && head -n 1 <&3 | grep .' - $INET_IPV6 2>/dev/null
}

# Until then the kernel takes the address for one that somebody else may have.
has_settled_addresses() { # CONTAINER
    [ -z "$(nsenter --net="/proc/$(init_of "$1")/ns/net" -- ip -6 addr show tentative)" ]
}

expect_answer_by_ipv6() { # CONTAINER
    wait_until 5 "the addresses of $1" has_settled_addresses "$1"
    expect_equal "the IPv6 source address that the internet host saw from $1" "$HOST_AS_SEEN" "$(source_seen_by_ipv6 "$(init_of "$1")" || true)"
}

expect_no_answer_by_ipv6() { # CONTAINER
    local seen
    if seen=$(source_seen_by_ipv6 "$(init_of "$1")"); then fail "$1 should get no answer by IPv6, but the internet host saw $seen"; fi
}
