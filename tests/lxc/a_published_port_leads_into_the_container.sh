#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Option publish: the port answers whoever asks the host, wherever he is, and nothing else of the container is in reach from outside.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
need_uplink
enter_world "$0" "$@"

WEB1=10.0.4.10 WEB1_6=fd00::10
lan1=/run/netns/lan1 host=/run/netns/host inet=/run/netns/inet
# Where bridge-nf-call-iptables is 1, a container reaches its own port by a hairpin alone.
published=('hairpin = yes' 'publish = 8080:80' 'publish = 9000-9002:9000-9002' 'publish = 7000-7002:7100-7102' 'publish = 5353:53/udp')

make_container_of_both_families() { # NAME LAST-PART-OF-ITS-ADDRESSES OPTION LINES...
    {
        nic 0 '' "10.0.4.$2/24" && uplink
        printf 'lxc.net.0.ipv6.%s\n' "address = fd00::$2/64" 'gateway = fd00::1'
    } | make_container "$1"
    printf '%s\n' 'bridge = upbr0' 'bridge-address = 10.0.4.1/24' 'bridge-address = fd00::1/64' "firewall = $engine" "${@:3}" \
        >"$LXCPATH/$1/uplink.conf"
}

start_both() {
    start_container web1
    start_container web2
    wait_until 10 "the IPv6 addresses of web1" has_settled_addresses web1
    wait_until 10 "the IPv6 addresses of web2" has_settled_addresses web2
    serve web1 tcp 80 81 9000 9002 7100 7102
    serve web1 udp 53
}

stop_both() {
    end_servers
    stop_container web1
    stop_container web2
}

expect_all_ports_at() { # ADDRESS NETNS
    expect_reply 'web1 tcp 80' "$2" tcp "$1" 8080
    expect_reply 'web1 tcp 9000' "$2" tcp "$1" 9000
    expect_reply 'web1 tcp 9002' "$2" tcp "$1" 9002
    expect_reply 'web1 tcp 7100' "$2" tcp "$1" 7000
    expect_reply 'web1 tcp 7102' "$2" tcp "$1" 7002
    expect_reply 'web1 udp 53' "$2" udp "$1" 5353
}

flows_of() { # PORT TO
    lxc-uplink status --json | jq --arg port "$1" --arg to "$2" \
        '.containers[] | select(.name == "web1") | .published[] | select(.port == $port and .to == $to and .in_force) | .packets'
}

is_refused_with() { # NAME SENTENCE
    : >"$WORLD/lxc.log"
    start_is_refused "$1"
    expect_equal "what LXC logs of its hooks" "lxc-uplink: $1: pre-start: $2" "$(sed -n 's/.* produced output: //p' "$WORLD/lxc.log")"
}

give_addresses_of_ipv6
ip -n lan1 route add 10.0.4.0/24 via $HOST
ip -n lan1 route add fd00::/64 via $HOST_ULA

promise "forwarding of IPv6 is turned on"
engine=iptables
expect_equal "forwarding of IPv6" 0 "$(cat /proc/sys/net/ipv6/conf/all/forwarding)"
make_container_of_both_families web1 10 "${published[@]}"
start_container web1
expect_equal "forwarding of IPv6" 1 "$(cat /proc/sys/net/ipv6/conf/all/forwarding)"
stop_container web1

for engine in iptables nftables; do
    make_container_of_both_families web1 10 "${published[@]}"
    make_container_of_both_families web2 11

    promise "firewall = $engine: a published port answers outside, the host, a sibling and the container itself"
    start_both
    for netns in $lan1 $host "$(netns_of web2)" "$(netns_of web1)"; do
        expect_all_ports_at $HOST "$netns"
        expect_all_ports_at $HOST_ULA "$netns"
    done
    expect_all_ports_at $HOST $inet
    expect_all_ports_at 127.0.0.1 $host
    expect_all_ports_at 10.0.4.1 "$(netns_of web2)"

    echo "- firewall = $engine: what is not published does not"
    for address in $HOST $HOST_ULA; do
        expect_no_reply $lan1 tcp "$address" 81
        expect_no_reply $lan1 tcp "$address" 80
        expect_no_reply $lan1 tcp "$address" 9003
        expect_no_reply $lan1 udp "$address" 8080
    done
    for address in $WEB1 $WEB1_6; do
        expect_no_reply $lan1 tcp "$address" 80
        expect_no_reply $lan1 udp "$address" 53
        expect_reply 'web1 tcp 81' $host tcp "$address" 81
        expect_reply 'web1 tcp 81' "$(netns_of web2)" tcp "$address" 81
    done

    echo "- firewall = $engine: status shows each port with its counter"
    for address in "$HOST $WEB1:80" "$HOST_ULA [$WEB1_6]:80"; do
        read -r at to <<<"$address"
        before=$(flows_of 8080/tcp "$to")
        expect_reply 'web1 tcp 80' $lan1 tcp "$at" 8080
        expect_equal "the flows that status --json shows for $to" $((before + 1)) "$(flows_of 8080/tcp "$to")"
        text=$(lxc-uplink status) || fail "status should find no fault: $text"
        expect_equal "what status says of $to" "web1: port 8080/tcp leads to $to, $((before + 1)) flows" \
            "$(grep -F "8080/tcp leads to $to," <<<"$text")"
    done
    for port in "9000-9002/tcp leads to $WEB1:9000-9002" "7000-7002/tcp leads to $WEB1:7100-7102" "5353/udp leads to $WEB1:53"; do
        expect_match "status" "^web1: port $port, [1-9][0-9]* flows?$" "$text"
    done

    echo "- firewall = $engine: nobody else gets the port"
    make_container_of_both_families web3 12 'publish = 8080:8000'
    is_refused_with web3 'port 8080/tcp is published for the running container web1: choose another port of the host'\''s'
    make_container_of_both_families web3 12 'publish = 8999-9000:8999-9000'
    is_refused_with web3 'port 9000-9002/tcp is published for the running container web1: choose another port of the host'\''s'
    socat TCP-LISTEN:8085,fork,reuseaddr PIPE 2>>"$WORLD/servers.log" &
    listener=$!
    wait_until 5 "the host's program" grep -q ' 00000000:1F95 ' /proc/net/tcp
    make_container_of_both_families web3 12 'publish = 8085:80'
    is_refused_with web3 "port 8085/tcp, which option publish names, is in use by socat (pid $listener): stop it, or choose another port of the \
host's"
    kill "$listener"
    wait "$listener" || true
    expect_reply 'web1 tcp 80' $lan1 tcp $HOST 8080

    echo "- firewall = $engine: after the stop nothing answers, and no flow is tracked"
    expect_match "the flows to its ports" 'dport=8080 ' "$(tracked_flows_to 8080/tcp)"
    stop_both
    expect_equal "the flows to its ports" "" "$(tracked_flows_to {8080,9000,9002,7000,7002}/tcp 5353/udp)"
    for address in $HOST $HOST_ULA; do
        expect_no_reply $lan1 tcp "$address" 8080
        expect_no_reply $host tcp "$address" 9000
    done
    nothing_is_left

    promise "firewall = $engine: with inbound = any the container is in reach by its own address too"
    make_container_of_both_families web1 10 "${published[@]}" 'inbound = any'
    start_both
    for address in $WEB1 $WEB1_6; do
        expect_reply 'web1 tcp 81' $lan1 tcp "$address" 81
        expect_reply 'web1 udp 53' $lan1 udp "$address" 53
    done
    expect_reply 'web1 tcp 80' $lan1 tcp $HOST 8080
    serve web2 tcp 80
    expect_no_reply $lan1 tcp 10.0.4.11 80
    stop_both
    nothing_is_left
done
