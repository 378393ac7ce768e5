#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Faults are planted one at a time on the way of a container's packets: check names each and nothing else, and its repair, run as it is
# printed, mends it.
# shellcheck disable=SC2016 # what is planted is evaluated later
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
source "$(dirname "$0")/world/faults.sh"
need_uplink
enter_world "$0" "$@"

works_again() {
    expect_answer web1
    expect_reply "web1 tcp 80" /run/netns/lan1 tcp 192.0.2.10 8080
}
in_web1() { inside web1 "$@"; }

# A name server for which any datagram will do.
in_netns inet socat UDP-RECVFROM:53,fork EXEC:cat 2>>"$WORLD/servers.log" &
echo "nameserver $INET" >"$WORLD/rootfs/etc/resolv.conf"
make_nat_container web1 10.0.3.10
echo 'publish = 8080:80' >>"$LXCPATH/web1/uplink.conf"
start_container web1
serve web1 tcp 80
expect_answer web1
all_is_well
port=$(host_end_of web1)

# Inside
plant 'lxc.net.0 of web1 is down' in_web1 ip link set eth0 down
plant 'lxc.net.0 of web1 lacks its address 10.0.3.10/24' in_web1 ip addr del 10.0.3.10/24 dev eth0
plant 'web1 has no default route' in_web1 ip route del default
plant 'the gateway of web1 is not this host' in_web1 ip route replace default via 10.0.3.99
plant 'the gateway of web1 is not this host' in_web1 ip route replace default dev eth0
plant 'web1 sends to a MAC address that its gateway does not have' eval 'nsenter --net="$(netns_of web1)" -- ip neigh replace 10.0.3.1 lladdr 02:00:00:00:00:99 dev eth0 nud permanent'

# The bridge
plant "port $port of web1 is not in bridge br0" ip link set "$port" nomaster
plant "port $port of web1 is down" ip link set "$port" down
plant "port $port of web1 does not forward" bridge link set dev "$port" state 0
plant 'bridge br0 is down' ip link set br0 down
plant 'bridge br0 is gone' ip link del br0
plant 'bridge br0 has no address in the network of web1' eval 'ip addr del 10.0.3.1/24 dev br0'
plant 'the host sends to a MAC address that web1 does not have' ip neigh replace 10.0.3.10 lladdr 02:00:00:00:00:98 dev br0 nud permanent

# The host's routing
plant 'the host does not forward$' sysctl -qw net.ipv4.ip_forward=0
plant 'the host does not forward what comes in by br0' sysctl -qw net.ipv4.conf.br0.forwarding=0
plant 'the host does not forward what comes in by eth0' sysctl -qw net.ipv4.conf.eth0.forwarding=0
plant "the host's route to web1 does not lead to bridge br0" eval 'ip route add 10.0.3.10/32 via 192.0.2.21'
plant 'the host has no way out for web1' eval 'ip route del default; mend="ip route replace default via 192.0.2.1"'
plant 'the host has no way out for web1' eval 'ip rule add from 10.0.3.10 blackhole; mend="ip rule del from 10.0.3.10 blackhole"'
plant "answers to web1 are dropped, since they come in by another interface" eval 'sysctl -qw net.ipv4.conf.eth0.rp_filter=1; ip link add eth9 type veth peer name eth9p; ip link set eth9 up; ip link set eth9p up; ip addr add 203.0.113.10/24 dev eth9; ip route add 198.51.100.0/24 via 203.0.113.1; ip rule add from 10.0.3.0/24 lookup 77; ip route add default via 192.0.2.1 table 77; ip route add 10.0.3.0/24 dev br0 table 77; mend="ip rule del from 10.0.3.0/24 lookup 77; ip link del eth9; ip route flush table 77"'
plant "the host's gateway 192.0.2.1 does not answer" eval 'ip -n gw link set lan0 down; ip neigh flush dev eth0; mend="ip -n gw link set lan0 up; wait_until 5 gateway timeout 2 busybox wget -q -O - http://$INET/"'

# Our own rules
plant 'somebody has undone: masquerade 10.0.3.10 leaving 10.0.3.0/24$' iptables-legacy -t nat -F LXC-UPLINK-10.0.3.0/24
mend='lxc-uplink reapply >/dev/null; iptables-legacy -t nat -D POSTROUTING -s 10.0.3.0/24 -j ACCEPT'
plant 'what web1 sends leaves with its private address' iptables-legacy -t nat -I POSTROUTING -s 10.0.3.0/24 -j ACCEPT

plant 'what web1 sends is not tracked, and therefore not masqueraded, because of iptables-legacy, table ip raw, chain PREROUTING: -A PREROUTING -s 10.0.3.10/32 -j CT --notrack$' iptables-legacy -t raw -I PREROUTING -s 10.0.3.10 -j CT --notrack
plant 'what answers web1 is not tracked, and therefore not masqueraded, because of nft, table ip early, chain pre: iifname "eth0" tcp sport 443 notrack$' nft 'table ip early { chain pre { type filter hook prerouting priority -300; iifname eth0 tcp sport 443 notrack; }; }'
nft flush ruleset
comes='what comes to published port 8080/tcp does not get to web1 because of'
plant "$comes iptables-legacy, table ip nat, chain PREROUTING: -A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.3.99\$" iptables-legacy -t nat -I PREROUTING -p tcp --dport 8080 -j DNAT --to 10.0.3.99
plant "$comes nft, table ip early, chain pre: tcp dport 8080 redirect to :9\$" nft 'table ip early { chain pre { type nat hook prerouting priority -110; tcp dport 8080 redirect to :9; }; }'
nft flush ruleset

# Firewalls
sent='what web1 sends is dropped by'
plant "$sent iptables-legacy, table ip filter, chain FORWARD: policy drop" iptables-legacy -P FORWARD DROP
iptables-legacy -F FORWARD && iptables-legacy -P FORWARD ACCEPT && lxc-uplink reapply >/dev/null
plant "$sent iptables-legacy, table ip filter, chain FORWARD: -A FORWARD -s 10.0.3.0/24 -j DROP" iptables-legacy -A FORWARD -s 10.0.3.0/24 -j DROP
iptables-legacy -F FORWARD && lxc-uplink reapply >/dev/null
plant "$sent iptables-legacy, table ip raw, chain PREROUTING: -A PREROUTING -s 10.0.3.10/32 -j DROP" iptables-legacy -t raw -A PREROUTING -s 10.0.3.10 -j DROP
iptables-legacy -t raw -F PREROUTING && lxc-uplink reapply >/dev/null
plant "$sent iptables-nft, table ip filter, chain FORWARD: policy drop" iptables-nft -P FORWARD DROP
nft flush ruleset
plant "$sent nft, table inet filter, chain forward: policy drop" eval 'nft "table inet filter { chain forward { type filter hook forward priority 10; policy drop; }; }"'
nft flush ruleset
plant "$sent nft, table ip early, chain forward: .*drop" eval 'nft "table ip early { set private { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }; chain forward { type filter hook forward priority -200; ip saddr @private drop; }; }"'
nft flush ruleset
plant 'what answers web1 is dropped by nft, table inet late, chain forward: .*drop' eval 'nft "table inet late { chain forward { type filter hook forward priority 300; iifname eth0 ct state established drop; }; }"'
nft flush ruleset
mend='nft flush ruleset'
plant 'what comes to published port 8080/tcp is dropped by nft, table inet ports, chain forward: tcp dport 80 ' eval 'nft "table inet ports { chain forward { type filter hook forward priority 0; tcp dport 80 ct state new oifname br0 drop; }; }"'

promise "what depends on more than the rules say is tried by a packet that is followed, if check is asked to"
after_trace() {
    iptables-legacy -F FORWARD
    nft flush ruleset
    lxc-uplink reapply >/dev/null
}
late() { nft "table inet late { chain way { ip ttl 63 counter $1; }; chain forward { type filter hook forward priority 300; policy $2; jump way; }; }"; }
traced 1 "$sent nft, table inet late, chain way: ip ttl 63 counter.* drop$" late drop accept
traced 1 "$sent nft, table inet late, chain forward: policy drop$" eval 'late return drop; nft insert rule inet late forward ip ttl 64 accept'
traced 0 '^web1: nothing is wrong on its way out and in$' eval 'late accept drop; nft insert rule inet late forward iifname eth0 accept'
traced 1 "$sent iptables-nft, table ip filter, chain FORWARD: -A FORWARD -i br0 -m ttl --ttl-lt 64 -j DROP$" eval 'iptables-nft -A FORWARD -j RETURN -i br9; iptables-nft -A FORWARD -i br0 -m ttl --ttl-lt 64 -j DROP'
traced 1 "$sent iptables-legacy, table ip filter, chain FORWARD: -A FORWARD -i br0 -m ttl --ttl-lt 64 -j DROP$" iptables-legacy -A FORWARD -i br0 -m ttl --ttl-lt 64 -j DROP
traced 0 '^web1: nothing is wrong on its way out and in$' iptables-legacy -A FORWARD -i br0 -m ttl --ttl-gt 64 -j DROP

# Sizes, names, services
mend='ip link set eth0 mtu 1500'
plant 'packets of full size from web1 do not fit through eth0' ip link set eth0 mtu 1200
in_netns inet socat TCP-LISTEN:82,fork,reuseaddr SYSTEM:'wc -c' 2>>"$WORLD/servers.log" &
sends_much() { [ "$(head -c 200000 /dev/zero | timeout "$1" nsenter --net="$(netns_of web1)" -- socat -t 5 STDIO "TCP:$INET:82")" = 200000 ]; } # SECONDS
mtu_on_the_way_is_found() { # RULE...
    ip -n gw link set wan0 mtu 1200
    "$@"
    if sends_much 2; then fail "nothing big should get to the internet host, which nobody tells web1 of"; fi
}
plant 'what tells web1 of a smaller MTU on its way is dropped by iptables-legacy, table ip filter, chain FORWARD: -A FORWARD -p icmp' \
    mtu_on_the_way_is_found iptables-legacy -A FORWARD -p icmp -m icmp --icmp-type 3 -j DROP
sends_much 8 || fail "what is big should get to the internet host once web1 is told of the MTU"
iptables-legacy -F FORWARD
lxc-uplink reapply >/dev/null
all_is_well
ip -n gw link set wan0 mtu 1500
mend='in_netns inet nft flush ruleset'
plant 'no name server answers web1' in_netns inet nft 'table inet block { chain input { type filter hook input priority 0; udp dport 53 drop; }; }'
mend='serve web1 tcp 80'
plant 'nobody in web1 serves port 8080/tcp' end_servers

[ $planted -ge 30 ] || fail "thirty faults should have been planted, not $planted"
end_servers

promise "check says which container it does not know, and tells programs what it found"
! said=$(lxc-uplink check web9 2>&1) || fail "check should fail for a container that does not run"
expect_match "what check says" '^lxc-uplink: container web9 is not running with these hooks: "lxc-uplink status" lists those that are$' "$said"
ip link set br0 down
expect_equal "the finding in JSON" 'bridge br0 is down: ip link set dev br0 up' \
    "$(lxc-uplink check --json | jq -r '.[0].findings[0] | "\(.what): \(.repair)"' || true)"
ip link set br0 up
stop_container web1
expect_equal "what check says without containers" "No container is served." "$(lxc-uplink check)"

promise "check tells what options come to"
ip link add br9 type bridge
ip link set br9 up
says() { # PATTERN OPTION: of web1 with it
    echo "- $2"
    echo "$2" >"$LXCPATH/web1/uplink.conf"
    start_container web1
    check_web1
    expect_match "what check says with $2" "^web1: $1" "$said"
}
says 'what web1 sends leaves by eth0, and is masqueraded by br9 alone$' 'uplink = br9'
bash -c "$(sed -nE 's/^    repair: //p' <<<"$said")" || fail "the repair should work: $said"
all_is_well
expect_answer web1
stop_container web1
says 'nothing is done for it, since its mode is none$' 'mode = none'
expect_equal "the exit status of check" 0 "$status"
stop_container web1
says 'what web1 sends leaves as 203.0.113.9, to which no answer comes$' 'snat-to = 203.0.113.9'
stop_container web1
says 'published port 192.0.2.99:8081/tcp leads nowhere$' 'publish = 192.0.2.99:8081:80'
stop_container web1
says 'what web1 sends leaves as 10.0.3.1, to which no answer comes$' 'snat-to = 10.0.3.1'
stop_container web1
