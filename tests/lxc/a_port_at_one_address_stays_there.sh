#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A port published at one address of the host answers there alone, and what lets the loopback address in lets no container out to it.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
need_uplink
enter_world "$0" "$@"

lan1=/run/netns/lan1 host=/run/netns/host
give_addresses_of_ipv6
ip addr add 192.0.2.11/24 dev eth0

# As root of a container can: packets to the host's 127.0.0.1 go out by its NIC.
aim_at_the_hosts_loopback() { # CONTAINER
    local netns
    netns=$(netns_of "$1")
    nsenter --net="$netns" -- sysctl -qw net.ipv4.conf.all.route_localnet=1
    nsenter --net="$netns" -- ip addr del 127.0.0.1/8 dev lo
    nsenter --net="$netns" -- ip route add 127.0.0.1 via 10.0.3.1
}

for engine in iptables nftables; do
    promise "firewall = $engine: a port at one address answers there alone"
    make_nat_container web1 10.0.3.10
    printf '%s\n' "firewall = $engine" "publish = $HOST:8080:80" 'publish = 127.0.0.1:8081:80' >"$LXCPATH/web1/uplink.conf"
    make_nat_container web2 10.0.3.11
    echo "firewall = $engine" >"$LXCPATH/web2/uplink.conf"
    start_container web1
    start_container web2
    serve web1 tcp 80
    for netns in $lan1 $host "$(netns_of web2)"; do
        expect_reply 'web1 tcp 80' "$netns" tcp $HOST 8080
        expect_no_reply "$netns" tcp 192.0.2.11 8080
        expect_no_reply "$netns" tcp $HOST 8081
    done
    expect_reply 'web1 tcp 80' $host tcp 127.0.0.1 8081
    expect_no_reply $host tcp 127.0.0.1 8080
    expect_no_reply $host tcp $HOST_ULA 8080

    echo "- firewall = $engine: no container reaches the host's loopback address"
    socat TCP-LISTEN:7777,bind=127.0.0.1,fork,reuseaddr "SYSTEM:read -r line; echo private" 2>>"$WORLD/servers.log" &
    listener=$!
    wait_until 5 "the host's program" grep -q ' 0100007F:1E61 ' /proc/net/tcp
    aim_at_the_hosts_loopback web2
    expect_reply private $host tcp 127.0.0.1 7777
    expect_no_reply "$(netns_of web2)" tcp 127.0.0.1 7777
    expect_no_reply "$(netns_of web2)" tcp 127.0.0.1 8081
    case $engine in # without the guard it would
        iptables) iptables-legacy -t raw -F LXC-UPLINK ;;
        nftables) nft delete table inet lxc_uplink ;;
    esac
    expect_reply private "$(netns_of web2)" tcp 127.0.0.1 7777
    kill "$listener"
    wait "$listener" || true
    end_servers
    stop_container web1
    stop_container web2
    expect_equal "the flows to its ports" "" "$(tracked_flows_to {8080,8081}/tcp | grep -F 10.0.3.10 || true)"
    nothing_is_left
done
