#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Faults on the way of a container that is on the LAN: check names each and nothing else, and its repair mends it.
# shellcheck disable=SC2016 # what is planted is evaluated later
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/faults.sh"
need_uplink
enter_world "$0" "$@"

in_web1() { inside web1 "$@"; }
reaches_the_internet() { fetch_from web1; }
pull_the_cable_out() { ip -n sw link set host down && mend=plug_the_cable_in; }
plug_the_cable_in() { ip -n sw link set host up && wait_until 10 "the carrier of eth0" grep -q 1 /sys/class/net/eth0/carrier; }
works_again() { wait_until 5 "an answer to web1" reaches_the_internet; }

make_direct_container web1 192.0.2.77
start_container web1
works_again
all_is_well
port=$(host_end_of web1)

plant 'lxc.net.0 of web1 lacks its address 192.0.2.77/24' eval 'inside web1 ip addr flush dev eth0; inside web1 ip addr add 192.0.2.78/24 dev eth0; inside web1 ip route replace default via 192.0.2.1'
inside web1 sh -c 'ip addr flush dev eth0; ip addr add 192.0.2.77/24 dev eth0; ip route add default via 192.0.2.1'
plant "web1 has the host's own address 192.0.2.10" in_web1 ip addr add 192.0.2.10/24 dev eth0
plant "port $port of web1 is not in bridge br1" ip link set "$port" nomaster
plant 'somebody has undone: keep the DHCP servers on either side of eth0' nft delete table bridge lxc-uplink
plant 'bridge br1, to which uplink eth0 was moved, is down' ip link set br1 down
plant 'uplink eth0 is no longer a port of bridge br1' ip link set eth0 nomaster
plant 'bridge br1 has lost what was moved there from eth0' ip route del default
plant 'bridge br1 is gone' ip link del br1
port=$(host_end_of web1)
plant 'NIC eth0, by which web1 is on the LAN, is down' ip link set eth0 down
plant 'NIC eth0, by which web1 is on the LAN, has no carrier' pull_the_cable_out
plant 'web1 has no default route' in_web1 ip route del default
plant 'the gateway 192.0.2.99 of web1 does not answer' in_web1 ip route replace default via 192.0.2.99
sysctl -qw net.bridge.bridge-nf-call-iptables=1
plant 'what web1 sends is dropped by iptables-legacy, table ip filter, chain FORWARD: policy drop' iptables-legacy -P FORWARD DROP
iptables-legacy -F FORWARD
iptables-legacy -P FORWARD ACCEPT
plant 'what answers web1 is dropped by iptables-legacy, table ip filter, chain FORWARD: -A FORWARD -m physdev .*--physdev-in eth0' iptables-legacy -A FORWARD -m physdev --physdev-in eth0 -j DROP
iptables-legacy -F FORWARD
plant 'what answers web1 is dropped by nft, table bridge filter, chain forward: .*drop' nft 'table bridge filter { chain forward { type filter hook forward priority 0; ip daddr 192.0.2.77 drop; }; }'
nft delete table bridge filter

after_trace() {
    nft delete table bridge filter 2>/dev/null || true
    iptables-legacy -F FORWARD
}
traced 1 "what web1 sends is dropped by nft, table bridge filter, chain forward: iifname \"$port\" ip ttl 64 drop\$" nft "table bridge filter { chain forward { type filter hook forward priority 0; iifname $port ip ttl 64 drop; }; }"
traced 0 '^web1: nothing is wrong on its way out and in$' nft "table bridge filter { chain forward { type filter hook forward priority 0; ip saddr 192.0.2.77 ip ttl 63 drop; }; }"
traced 1 "what web1 sends is dropped by iptables-legacy, table ip filter, chain FORWARD: -A FORWARD -s 192.0.2.77/32 -m ttl --ttl-eq 64 -j DROP\$" iptables-legacy -A FORWARD -s 192.0.2.77 -m ttl --ttl-eq 64 -j DROP
stop_container web1
wait_until 10 "the uplink to be back" uplink_is_back

echo "- on Open vSwitch no rule of the host's is blamed, which meets none of its packets"
start_ovs
ip link del br1 2>/dev/null || true
make_direct_container web1 192.0.2.77
echo 'bridge-type = openvswitch' >>"$LXCPATH/web1/uplink.conf"
iptables-legacy -P FORWARD DROP
start_container web1
works_again
all_is_well
port=$(host_end_of web1)
plant "port $port of web1 is not in bridge br1" ovs-vsctl del-port br1 "$port"
plant 'NIC eth0, by which web1 is on the LAN, is down' ip link set eth0 down
stop_container web1
iptables-legacy -P FORWARD ACCEPT
wait_until 10 "the uplink to be back" uplink_is_back

echo "- macvlans"
{
    printf 'lxc.net.0.%s\n' 'type = macvlan' 'flags = up' 'link = eth0' 'macvlan.mode = bridge' 'ipv4.address = 192.0.2.77/24' "ipv4.gateway = $LAN_GATEWAY"
    echo "lxc.include = $UPLINK_PREFIX/share/lxc/config/lxc-uplink-direct.conf"
} | make_container web1
rm -f "$LXCPATH/web1/uplink.conf"
start_container web1
works_again
all_is_well
plant 'lxc.net.0 of web1 is down' in_web1 ip link set eth0 down
plant 'lxc.net.0 of web1 lacks its address 192.0.2.77/24' in_web1 ip addr flush dev eth0
plant 'web1 has no default route' in_web1 ip route del default
plant 'the gateway 192.0.2.99 of web1 does not answer' in_web1 ip route replace default via 192.0.2.99
plant 'NIC eth0, by which web1 is on the LAN, has no carrier' pull_the_cable_out
plant 'somebody has undone: keep DHCP servers in the macvlans on eth0 from the LAN' nft delete table netdev lxc-uplink
stop_container web1
