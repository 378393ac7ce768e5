#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Where a port leads to is known only once the container's DHCP client has its lease, long after the hooks have ended.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
need_uplink
enter_world "$0" "$@"

make_dhcp_container() { # NAME OPTION LINES...
    { nic 0 br0 '' && uplink; } | make_container "$1"
    printf '%s\n' "${@:2}" >"$LXCPATH/$1/uplink.conf"
}

start_dnsmasq() {
    : >"$WORLD/dnsmasq.log"
    lease_addresses_on br0 10.0.3
    dnsmasq=$!
    wait_until 5 "the DHCP server" grep -q 'DHCP, sockets bound' "$WORLD/dnsmasq.log"
}

stop_dnsmasq() {
    kill "$dnsmasq"
    wait "$dnsmasq" || true
}

is_published() { # CONTAINER PORT
    lxc-uplink status | grep -qE "^$1: port $2 leads to 10\.0\.3\.1[0-9][0-9]:"
}

# Of a hook, or left behind by it.
no_process_of_ours() {
    local programs
    programs=$(readlink /proc/[0-9]*/exe || true) # some end in the meantime
    ! grep -q "^$UPLINK_PREFIX/" <<<"$programs"
}

for engine in iptables nftables; do
    promise "firewall = $engine: a port answers once the container has its lease"
    start_dnsmasq
    make_dhcp_container web1 "firewall = $engine" 'publish = 8080:80' 'publish = 5353:53/udp'
    start_container web1
    wait_until 30 "the ports of web1" is_published web1 8080/tcp
    wait_until 5 "the end of who waited for the address" no_process_of_ours
    leased=$(sed -nE 's/.* DHCPACK\([^)]*\) ([0-9.]+).*/\1/p' "$WORLD/dnsmasq.log" | tail -n 1)
    serve web1 tcp 80
    serve web1 udp 53
    expect_reply 'web1 tcp 80' /run/netns/lan1 tcp $HOST 8080
    expect_reply 'web1 tcp 80' /run/netns/host tcp 127.0.0.1 8080
    expect_reply 'web1 udp 53' /run/netns/lan1 udp $HOST 5353
    expect_no_reply /run/netns/lan1 tcp $HOST 80
    text=$(lxc-uplink status) || fail "status should find no fault: $text"
    expect_match "status" "^web1: port 8080/tcp leads to $leased:80, 2 flows$" "$text"
    expect_match "status" "^web1: port 5353/udp leads to $leased:53, 1 flow$" "$text"
    expect_equal "where port 8080 leads to" "$leased:80" \
        "$(lxc-uplink status --json | jq -r '.containers[].published[] | select(.port == "8080/tcp") | .to')"
    expect_answer web1

    expect_match "the flows to its ports" 'dport=5353 ' "$(tracked_flows_to 8080/tcp 5353/udp)"

    # As a server would have it that gives the lease to somebody else.
    inside web1 ip addr flush dev eth0
    inside web1 ip addr add 10.0.3.177/24 dev eth0
    inside web1 ip route add default via 10.0.3.1
    expect_match "what gc says" '^web1: publish 8080/tcp to 10\.0\.3\.177:80' "$(lxc-uplink gc)"
    expect_reply 'web1 tcp 80' /run/netns/lan1 tcp $HOST 8080
    expect_equal "where port 8080 leads to" "10.0.3.177:80" \
        "$(lxc-uplink status --json | jq -r '.containers[].published[] | select(.port == "8080/tcp") | .to')"
    end_servers
    stop_container web1
    expect_equal "the flows to its ports" "" "$(tracked_flows_to 8080/tcp 5353/udp)"
    expect_no_reply /run/netns/lan1 tcp $HOST 8080
    nothing_is_left
    stop_dnsmasq

    promise "firewall = $engine: a container that stops before an address came leaves nothing"
    start_container web1
    if no_process_of_ours; then fail "somebody should wait for the address"; fi
    stop_container web1
    nothing_is_left
    wait_until 5 "the end of who waited for the address" no_process_of_ours
done
