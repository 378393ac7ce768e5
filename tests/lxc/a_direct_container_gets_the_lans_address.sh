#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Mode direct and DHCP: containers are the LAN server's clients, and no server beside them answers the LAN's.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/refusals.sh"
enter_world "$0" "$@"
need_uplink

addresses_of() { # CONTAINER
    inside "$1" ip -4 -o addr show dev eth0 | sed -nE 's/.* inet ([0-9.]+).*/\1/p'
}

has_an_address() { # CONTAINER
    [ -n "$(addresses_of "$1")" ]
}

listens() { # CONTAINER PORT
    inside "$1" cat /proc/net/tcp /proc/net/tcp6 | grep -c "0:$(printf %04X "$2") 0"
}

stop_server() { # PID FILE
    local pid
    pid=$(cat "$1")
    kill "$pid"
    wait_until 5 "the end of a DHCP server" gone "$pid"
}

a_container_is_the_lans() { # [OPTION LINES]...
    local address acknowledged
    start_lan_dhcp
    remember_the_host
    make_direct_container web1 '' "$@"
    start_container web1
    wait_until 20 "an address of web1" has_an_address web1
    address=$(addresses_of web1)
    acknowledged=$(sed -nE 's/.* DHCPACK\([^)]*\) ([0-9.]+).*/\1/p' "$WORLD/lan-dhcp.log" | sort -u)
    expect_match "what the LAN's server acknowledged" '^192\.0\.2\.1[0-9][0-9]$' "$acknowledged"
    expect_equal "the addresses of web1" "$acknowledged" "$address"

    inside web1 sh -c 'echo "hello from web1" | nc -l -p 7000 >/dev/null 2>&1 &'
    wait_until 5 "web1 to listen" listens web1 7000
    expect_equal "what lan1 reads from $address" "hello from web1" "$(in_netns lan1 timeout 5 socat -u "TCP:$address:7000" -)"
    stop_container web1
    nothing_is_left
    stop_server "$WORLD/lan-dhcp.pid"
    : >"$WORLD/lan-dhcp.log"
}

# As an administrator would ask for one: three times, a second apart. Says what came, and from whom.
ask_for_a_lease() {
    cat >"$WORLD/say-lease" <<'SCRIPT'
#!/bin/sh
[ "$1" != bound ] || echo "$ip from $serverid"
SCRIPT
    chmod +x "$WORLD/say-lease"
    in_netns lan2 busybox udhcpc -i eth0 -n -q -f -t 3 -T 1 -s "$WORLD/say-lease" 2>>"$WORLD/servers.log"
}

start_rival_in() { # CONTAINER: a DHCP server that nobody on the LAN asked for, on the container's NIC
    nsenter --net="/proc/$(init_of "$1")/ns/net" -- dnsmasq --conf-file=/dev/null --user=root --pid-file="$WORLD/rival.pid" --no-ping --port=0 \
        --interface=eth0 --bind-interfaces --dhcp-authoritative --dhcp-leasefile="$WORLD/rival-leases" \
        --dhcp-range=192.0.2.200,192.0.2.220,1h --log-dhcp --log-facility="$WORLD/rival.log"
}

offers_of_the_rival() {
    grep -c DHCPOFFER "$WORLD/rival.log" || true
}

a_rival_is_kept_from_the_lan() { # [OPTION LINES]...
    local leased
    : >"$WORLD/rival.log"
    rm -f "$WORLD/rival-leases"
    make_direct_container web1 192.0.2.77 "$@"
    start_container web1
    start_rival_in web1
    if leased=$(ask_for_a_lease); then fail "lan2 should get no lease, but it got $leased"; fi
    [ "$(offers_of_the_rival)" -ge 1 ] || fail "the server in web1 should have offered an address, or nothing was held back"
    stop_server "$WORLD/rival.pid"
    stop_container web1

    echo 'dhcp-guard = no' >>"$LXCPATH/web1/uplink.conf"
    start_container web1
    start_rival_in web1
    leased=$(ask_for_a_lease) || fail "without the guard lan2 should get a lease of the server in web1"
    expect_match "what lan2 got without the guard" '^192\.0\.2\.2[0-2][0-9] from 192\.0\.2\.77$' "$leased"
    stop_server "$WORLD/rival.pid"
    stop_container web1
    nothing_is_left
}

a_server_on_the_bridge_is_refused() { # BRIDGE
    local server
    ip addr add 10.0.9.1/24 dev "$1"
    ip link set "$1" up
    : >"$WORLD/dnsmasq.log"
    lease_addresses_on "$1" 10.0.9
    server=$!
    wait_until 5 "the DHCP server" grep -q 'DHCP, sockets bound' "$WORLD/dnsmasq.log"
    make_direct_container web1
    sed -i "s/^bridge = .*/bridge = $1/" "$LXCPATH/web1/uplink.conf"
    remember_everything
    remember_dumps
    start_is_refused_with web1 "web1: pre-start: dnsmasq (pid $server) listens for DHCP clients on bridge $1 and would answer the LAN's too: \
stop it, bind it to another interface, or name another bridge"
    dumps_are_the_same
    kill "$server"
    wait "$server" || true
}

echo "- on a Linux bridge a container gets the LAN's address, and a LAN host reaches it there"
a_container_is_the_lans

promise "a DHCP server in a container is heard by no client on the LAN, and is without the guard"
a_rival_is_kept_from_the_lan

echo "- a DHCP server on the bridge is refused"
ip link add br2 type bridge forward_delay 0
a_server_on_the_bridge_is_refused br2

echo "- the same on Open vSwitch"
start_ovs
a_container_is_the_lans 'bridge-type = openvswitch'
remember_the_host
a_rival_is_kept_from_the_lan 'bridge-type = openvswitch'
ovs-vsctl add-br ovs0
a_server_on_the_bridge_is_refused ovs0
