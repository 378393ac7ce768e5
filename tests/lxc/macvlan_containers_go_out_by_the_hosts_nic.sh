#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Mode direct with macvlans: no bridge, nothing moved, and what cannot work is refused before the first change.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/refusals.sh"
need_uplink
enter_world "$0" "$@"

snippet="lxc.include = $UPLINK_PREFIX/share/lxc/config/lxc-uplink-direct.conf"

macvlan() { # N LINK MODE ADDRESS
    printf "lxc.net.$1.%s\n" 'type = macvlan' 'flags = up' "link = $2" "macvlan.mode = $3" "ipv4.address = $4/24"
    [ "$1" != 0 ] || echo "lxc.net.0.ipv4.gateway = $LAN_GATEWAY"
}

make_macvlan_container() { # NAME ADDRESS [MODE [LINK]]
    { macvlan 0 "${4:-eth0}" "${3:-bridge}" "$2" && echo "$snippet"; } | make_container "$1"
    rm -f "$LXCPATH/$1/uplink.conf"
}

# One datagram from a server's port, or from another one.
says_on_the_lan() { # FROM-PORT WORD [PREFIX COMMAND...]
    echo "$2" | "${@:3}" socat -u STDIN "UDP-SENDTO:192.0.2.21:9999,bind=:$1"
}

heard_on_the_lan() { grep -qx "$1" "$WORLD/heard"; } # WORD

promise "containers in mode bridge are on the LAN by the NIC that stays as it is, and reach each other but not the host"
make_macvlan_container web1 192.0.2.31
make_macvlan_container web2 192.0.2.32
planned=$(lxc-uplink plan web1)
expect_match "the plan" '^pre-start: keep DHCP servers in the macvlans on eth0 from the LAN$' "$planned"
expect_match "the plan" '^start-host: check that lxc.net.0 is a macvlan on eth0 in mode bridge$' "$planned"
expect_match "the plan" '^note: host and container cannot reach each other by a macvlan on eth0, save' "$planned"
start_container web1
start_container web2
expect_equal "the address that the internet sees of web1" 192.0.2.31 "$(fetch_from web1)"
wait_until 10 "an answer of web2 to web1" reaches web1 192.0.2.32
! reaches web1 $HOST || fail "web1 should not reach the host"
expect_equal "the host's NIC" "" "$(ip -j link show eth0 | jq -r '.[].master // ""')"
status=$(lxc-uplink status)
expect_match "status" '^web1 +direct +0 +- +eth0 \(macvlan bridge\) +192.0.2.31/24 +- +0$' "$status"
expect_match "status" '^the DHCP guard of eth0 is held by web[12], web[12]$' "$status"
expect_match "status" '^web1: host and container cannot reach each other by a macvlan on eth0, save through' "$status"
expect_equal "the macvlan in the JSON of status" "eth0 bridge" \
    "$(lxc-uplink status --json | jq -r '.containers[0].nics[0] | "\(.link) \(.macvlan)"')"
expect_logged 'web1: pre-start: host and container cannot reach each other by a macvlan on eth0, save'

echo "- a DHCP server in a container is not heard on the LAN, and that of the host is"
: >"$WORLD/heard"
in_netns lan1 socat -u UDP-RECV:9999 "OPEN:$WORLD/heard,append" &
wait_until 5 "the listener on the LAN" in_netns lan1 bash -c 'ss -lun | grep -q :9999'
init=$(init_of web1)
says_on_the_lan 67 container nsenter -t "$init" -n
says_on_the_lan 67 host
says_on_the_lan 5000 other nsenter -t "$init" -n
wait_until 5 "what the host says" heard_on_the_lan host
wait_until 5 "what the container says from another port" heard_on_the_lan other
! heard_on_the_lan container || fail "a server in the container should not be heard on the LAN"
kill $!

echo "- the guard stays with the second container, and a lost one is told and put back"
stop_container web1
expect_match "the guard" 'device "eth0"' "$(nft list table netdev lxc-uplink)"
nft delete table netdev lxc-uplink
! status=$(lxc-uplink status) || fail "status should tell that the guard is gone"
expect_match "status" '^the DHCP guard of eth0 is no longer in force: run "lxc-uplink reapply"$' "$status"
lxc-uplink gc >/dev/null || fail "gc should end well"
expect_match "the guard" "ether saddr != $(cat /sys/class/net/eth0/address) " "$(nft list table netdev lxc-uplink)"
stop_container web2
nothing_is_left

promise "a macvlan that is another than the configuration file says is found out"
make_macvlan_container web1 192.0.2.31
heard=$(errors_in_syslog)
if timeout 60 lxc-start -P "$LXCPATH" -n web1 -s lxc.net.0.macvlan.mode=vepa 2>>"$WORLD/lxc-stderr.log"; then fail "web1 should not have started"; fi
wait_until 20 "the monitor of web1 to end" no_monitor_of web1
expect_error_in_syslog 'web1: start-host: cannot check that lxc.net.0 is a macvlan on eth0 in mode bridge: the container has none: write what '\
'"lxc-start -s" says into its configuration file, which is what the hooks read'
nothing_is_left

promise "in mode vepa they reach each other through a switch that reflects alone, of which a note tells"
make_macvlan_container web1 192.0.2.31 vepa
make_macvlan_container web2 192.0.2.32 vepa
start_container web1
start_container web2
expect_logged 'web1: pre-start: containers with macvlans in mode vepa on eth0 reach each other only through a switch that reflects: '\
'"lxc-uplink check --vepa eth0" says whether it does'
expect_equal "the address that the internet sees of web2" 192.0.2.32 "$(fetch_from web2)"
! reaches web1 192.0.2.32 || fail "web1 should not reach web2"
switch_reflects on
wait_until 10 "an answer of web2 to web1" reaches web1 192.0.2.32
wait_until 10 "an answer of the host to web1" reaches web1 $HOST
switch_reflects off

echo "- beside them the NIC moves into no bridge, nor beside that bridge macvlans onto the NIC"
make_direct_container web3 192.0.2.33
heard=$(errors_in_syslog)
start_is_refused web3
expect_error_in_syslog 'web3: pre-start: uplink eth0 carries a macvlan of the running container web1, which would be cut off: give this '\
'container a macvlan too, name another NIC, or stop web1'
! reaches web1 192.0.2.99 || fail "nobody should answer at 192.0.2.99"
stop_container web1
stop_container web2
nothing_is_left

promise "the NIC moves as soon as its last macvlan has gone, though the kernel holds it for a moment"
start_container web3
stop_container web3
nothing_is_left
start_container web3
remember_everything
refused 'web1: pre-start: lxc.net.0.link is eth0, which is in a bridge for the running container web3: say lxc.net.0.type = veth and '\
'lxc.net.0.link = br1, or stop web3' pre-start '--mode direct'
stop_container web3
wait_until 10 "the uplink to be back" uplink_is_back

promise "a container may have a veth on a bridge and a macvlan on another NIC"
ip link add eth9 type veth peer name eth9-far
ip link set eth9-far up
ip link set eth9 up
wait_until 5 "the carrier of eth9" grep -q 1 /sys/class/net/eth9/carrier
remember_the_host
{ nic 0 "" 192.0.2.33/24 && macvlan 1 eth9 bridge 192.0.7.33 && echo "$snippet"; } | make_container web3
start_container web3
expect_equal "the address that the internet sees of web3" 192.0.2.33 "$(fetch_from web3)"
status=$(lxc-uplink status)
expect_match "status" '^web3 +direct +0 +br1 +veth' "$status"
expect_match "status" '^web3 +direct +1 +- +eth9 \(macvlan bridge\) +192.0.7.33/24' "$status"
stop_container web3
wait_until 10 "the uplink to be back" uplink_is_back
nothing_is_left

promise "what cannot work is refused, and nothing has changed"
macvlan_refused() { # SENTENCE LINK [OPTIONS [MODE]]
    make_macvlan_container web1 192.0.2.31 "${4:-bridge}" "$2"
    remember_everything
    refused "web1: pre-start: $1" pre-start "--mode direct ${3:-}"
}
macvlan_refused 'lxc.net.0.link is eth7, which does not exist: "ip link" lists the NICs that do' eth7
macvlan_refused 'lxc.net.0.link is lo, which is the loopback interface and leads nowhere: name the NIC that the LAN is connected to' lo
macvlan_refused 'lxc.net.0.link is br0, which is a bridge: say lxc.net.0.type = veth to put the container there, or name a NIC' br0
ip link set eth9 down
macvlan_refused 'lxc.net.0.link is eth9, which is down: run "ip link set eth9 up"' eth9
ip link set eth9 up
ip link set eth9-far down
macvlan_refused 'lxc.net.0.link is eth9, which has no carrier: plug its cable in, or turn on the switch port that it leads to' eth9
ip link set eth9-far up
ip link set eth9 master br0
wait_until 5 "eth9 to forward" grep -q 3 /sys/class/net/eth9/brport/state
macvlan_refused 'lxc.net.0.link is eth9, which is a port of bridge br0: say lxc.net.0.type = veth and lxc.net.0.link = br0' eth9
ip link set eth9 nomaster
macvlan_refused 'lxc.net.0.macvlan.mode is private, LXC'"'"'s default, in which containers on eth0 never reach each other: say bridge or vepa, or '\
'serve another NIC by option nic' eth0 '' private
macvlan_refused 'lxc.net.0.macvlan.mode is passthru, which takes eth0 from the host and from all other containers: say bridge or vepa, or '\
'serve another NIC by option nic' eth0 '' passthru
macvlan_refused 'lxc.net.0.link is eth0 but option uplink is eth9: make them agree, or choose another NIC with option nic' eth0 '--uplink eth9'
no_use='has no use for a macvlan NIC, which is no port of a bridge'
macvlan_refused "option hairpin $no_use: say hairpin = no" eth0 '--hairpin yes'
macvlan_refused "option isolate $no_use: say isolate = no" eth0 '--isolate yes'
macvlan_refused "option bridge $no_use: drop it, or say lxc.net.N.type = veth" eth0 '--bridge br1'
macvlan_refused "option bridge-type $no_use: drop it" eth0 '--bridge-type linux'
{ nic 0 "" 192.0.2.33/24 && macvlan 1 eth0 bridge 192.0.2.34 && echo "$snippet"; } | make_container web1
remember_everything
refused "web1: pre-start: lxc.net.1.link is eth0, which is the uplink of bridge br1 for this container's other NICs: say lxc.net.1.type = veth and "\
'lxc.net.1.link = br1' pre-start '--mode direct --bridge br1'
