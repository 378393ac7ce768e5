#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The means by which the direct mode is measured, without lxc-uplink: they see what a careless move loses, and that by hand none need be lost.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
enter_world "$0" "$@"

make_the_bridge() { # TYPE NAME
    local mac
    mac=$(cat /sys/class/net/eth0/address)
    case "$1" in
    linux) ip link add "$2" address "$mac" type bridge stp_state 0 forward_delay 0 ;;
    openvswitch) ovs-vsctl --timeout=10 add-br "$2" -- set bridge "$2" "other-config:hwaddr=\"$mac\"" ;;
    esac
    ip link set "$2" up
}

remove_the_bridge() { # TYPE NAME
    case "$1" in
    linux) ip link del "$2" ;;
    openvswitch) ovs-vsctl --timeout=10 del-br "$2" ;;
    esac
}

plug_in() { # TYPE NAME
    case "$1" in
    linux) ip link set eth0 master "$2" ;;
    openvswitch) ovs-vsctl --timeout=10 add-port "$2" eth0 ;;
    esac
}

pull_out() { # TYPE NAME
    case "$1" in
    linux) ip link set eth0 nomaster ;;
    openvswitch) ovs-vsctl --timeout=10 del-port "$2" eth0 ;;
    esac
}

# The kernel drops what comes in at a NIC while it joins a Linux bridge or leaves it: the port exists, but is not forwarding yet, or no more.
# Meanwhile all goes round by a second port, and nothing is learned or sent there.
open_the_detour() {
    ip link add detour type veth peer name detour-port
    ip link set detour up
    ip link set detour-port master br1 up
    bridge link set dev detour-port learning off flood off mcast_flood off bcast_flood off
    wait_until 5 "the detour to be open" the_detour_is_open
    nft 'add table netdev detour; add chain netdev detour eth0 { type filter hook ingress device eth0 priority 0; }; add rule netdev detour eth0 fwd to detour'
}

# The kernel switches devices on in its own time, and until then they drop what is sent through them.
the_detour_is_open() {
    is_running detour && bridge link show dev detour-port | grep -q 'state forwarding' && is_running br1
}

close_the_detour() {
    nft delete table netdev detour
    ip link del detour
}

is_running() { # DEVICE
    ip link show "$1" | grep -q LOWER_UP && ! ip link show "$1" | grep -q 'qdisc noop '
}

add_addresses() { # DEVICE
    ip addr add $HOST/24 dev "$1"
    ip addr add $HOST6/64 dev "$1" nodad noprefixroute
}

# A port hears no answer to what it asks as a host, so it must know its neighbours before routes lead to it.
copy_neighbours() { # FROM TO
    local address mac
    ip -j neigh show dev "$1" | jq -r '.[] | select(.lladdr) | "\(.dst) \(.lladdr)"' | while read -r address mac; do
        ip neigh replace "$address" lladdr "$mac" nud stale dev "$2"
    done
}

move_routes() { # FROM TO
    ip route del 192.0.2.0/24 dev "$1" src $HOST
    ip route replace default via $LAN_GATEWAY dev "$2"
    ip route append 2001:db8:1::/64 dev "$2" proto kernel metric 256
    ip route append default via fe80::1 dev "$2" metric 100
    ip route del 2001:db8:1::/64 dev "$1" proto kernel metric 256
    ip route del default via fe80::1 dev "$1" metric 100
}

remove_addresses() { # DEVICE
    ip addr del $HOST6/64 dev "$1"
    ip addr del $HOST/24 dev "$1"
}

# Make before break: at every moment the host can be reached and can reach others.
move_there() { # TYPE
    make_the_bridge "$1" br1
    add_addresses br1
    copy_neighbours eth0 br1
    [ "$1" != linux ] || open_the_detour
    plug_in "$1" br1
    [ "$1" != linux ] || close_the_detour
    wait_until 5 "br1 to run" is_running br1
    move_routes eth0 br1
    remove_addresses eth0
}

move_back() { # TYPE
    add_addresses eth0
    copy_neighbours br1 eth0
    move_routes br1 eth0
    ip addr change $HOST6/64 dev eth0
    [ "$1" != linux ] || open_the_detour
    pull_out "$1" br1
    [ "$1" != linux ] || close_the_detour
    remove_addresses br1
    remove_the_bridge "$1" br1
}

# As people do it, and then as they mend what they see.
move_naively() {
    make_the_bridge linux br1
    ip addr flush dev eth0
    ip link set eth0 master br1
    ip addr add $HOST/24 dev br1
    ip addr add $HOST6/64 dev br1
    ip route add default via $LAN_GATEWAY
    ip route replace default via fe80::1 dev br1 metric 100
}

a_careful_move_loses_nothing() { # TYPE
    remember_dumps
    start_probes
    for round in {1..10}; do
        move_there "$1"
        expect_match "the default route in round $round" "dev br1" "$(ip route show default)"
        move_back "$1"
    done
    probes_lost_nothing
    dumps_are_the_same
}

promise "while nothing happens nothing is lost"
give_ipv6_to_the_lan
start_probes
probes_lost_nothing

for type in linux openvswitch; do
    promise "ten careful moves into a bridge ($type) and back lose nothing, and leave addresses, routes and rules as they were"
    [ $type = linux ] || start_ovs
    a_careful_move_loses_nothing $type
done

promise "a NIC that is a port of Open vSwitch is dead to the host's own stack, as with the kernel's datapath"
ask_the_host() { in_netns lan1 busybox ping -q -c 1 -W 1 $HOST; }
make_the_bridge openvswitch br1
ip link set br1 down
plug_in openvswitch br1
if ask_the_host; then fail "the host should not answer through a port"; fi >/dev/null
pull_out openvswitch br1
wait_until 10 "an answer through the NIC" ask_the_host
remove_the_bridge openvswitch br1

promise "a careless move is seen to lose datagrams and to stall TCP"
start_probes
move_naively
wait_until 10 "an answer on IPv6 after it" busybox ping -6 -c 1 -W 1 $LAN1_6
stop_probes
[ "$(lost_datagrams)" -gt 0 ] || fail "a careless move should lose datagrams"
[ "$(tcp_timeouts)" -gt 0 ] || fail "a careless move should stall TCP"
