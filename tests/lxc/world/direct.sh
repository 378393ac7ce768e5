# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source-path=SCRIPTDIR
# What the direct mode is measured with: a host whose uplink carries all that a NIC can, and the means to see whether any of it was lost.
# Sourced after world.sh; its functions run inside the world.
#
#     [ host ] eth0 ── sw (the LAN's switch) ── lan1, lan2, gw       192.0.2.0/24    2001:db8:1::/64
#              eth1 ── gw                                            203.0.113.0/24  2001:db8:2::/64

LAN1=192.0.2.21 HOST6=2001:db8:1::10 LAN1_6=2001:db8:1::21

source "$(dirname "${BASH_SOURCE[0]}")/probes.sh"
source "$(dirname "${BASH_SOURCE[0]}")/ovs.sh"

# All of it on the host: what an administrator may have set up on eth0, and beside it what is not to be touched.
dress_the_host() {
    give_ipv6_to_the_lan
    plug_in_the_second_nic
    dress_with_addresses
    dress_with_routes
    dress_with_nexthops
    dress_with_rules
    wait_until 10 "the addresses of the host to be settled" has_no_tentative_address
}

# The kernel marks them so for a moment even where it does not look for duplicates.
has_no_tentative_address() { [ -z "$(ip -6 addr show tentative)" ]; }

give_ipv6_to_the_lan() {
    ip -n gw addr add 2001:db8:1::1/64 dev lan0 nodad
    ip -n gw addr add fe80::1/64 dev lan0 nodad
    ip -n lan1 addr add $LAN1_6/64 dev eth0 nodad
    ip addr add $HOST6/64 dev eth0
    ip route add default via fe80::1 dev eth0 metric 100
    wait_until 10 "the link-local address of lan1" in_netns lan1 bash -c '! ip -6 addr show tentative | grep -q . && grep -q ^fe80 /proc/net/if_inet6'
}

plug_in_the_second_nic() {
    ip link add eth1 type veth peer name second netns gw
    ip -n gw addr add 203.0.113.1/24 dev second
    ip -n gw addr add 2001:db8:2::1/64 dev second nodad
    ip -n gw link set second up
    ip addr add 203.0.113.10/24 dev eth1
    ip addr add 2001:db8:2::10/64 dev eth1
    ip link set eth1 up
    wait_until 5 "the link-local address of eth1" grep -q 'fe80.*eth1$' /proc/net/if_inet6
}

# Secondaries, a label, a single address, a peer, a metric, no broadcast, no prefix route; one that is kept only for old connections.
dress_with_addresses() {
    ip -batch - <<'BATCH'
addr add 192.0.2.11/24 broadcast + dev eth0
addr add 192.0.2.12/24 dev eth0 label eth0:1
addr add 192.0.2.13/32 dev eth0 scope host
addr add 192.0.2.14 peer 192.0.2.33/32 dev eth0
addr add 10.7.0.10/16 broadcast 10.7.255.255 dev eth0 metric 50
addr add 10.8.0.10/24 dev eth0 noprefixroute
addr add 2001:db8:1::11/64 dev eth0 preferred_lft 0
addr add 2001:db8:1::12/128 dev eth0
addr add 2001:db8:8::10/64 dev eth0 noprefixroute
addr add fd00:7::10/64 dev eth0 metric 50
addr add fe80::10/64 dev eth0
BATCH
}

# Among them what a careless move breaks: the same prefix through two NICs, a gateway that another static route leads to, an IPv4 route
# through an IPv6 gateway.
dress_with_routes() {
    ip -batch - <<'BATCH'
route del default via 192.0.2.1
route add default via 192.0.2.1 dev eth0 metric 100 proto static
route add default via 203.0.113.1 dev eth1 metric 200
route add 10.20.0.0/16 via 192.0.2.21 dev eth0 src 192.0.2.11 mtu 1400 proto static
route add 10.21.0.0/16 via 10.99.0.1 dev eth0 onlink
route add 10.30.0.0/16 via 203.0.113.1 dev eth1
route append 10.30.0.0/16 via 192.0.2.21 dev eth0
route add 10.50.0.0/16 nexthop via 192.0.2.21 dev eth0 weight 1 nexthop via 203.0.113.1 dev eth1 weight 2
route add 10.70.0.0/24 dev eth0 scope link
route add 10.71.0.0/16 via 10.70.0.1 dev eth0
route add 10.72.0.0/16 via inet6 fe80::1 dev eth0
route add blackhole 10.66.0.0/16
route add 2001:db8:20::/48 via 2001:db8:1::21 dev eth0 proto static
route add 2001:db8:30::/48 dev eth0 metric 300
route add 2001:db8:50::/48 nexthop via 2001:db8:1::21 dev eth0 nexthop via 2001:db8:2::1 dev eth1
route add blackhole 2001:db8:66::/48
route add 192.0.2.0/24 dev eth0 src 192.0.2.11 table 100
route add default via 192.0.2.1 dev eth0 table 100
route add blackhole default metric 4000 table 100
route add 2001:db8:1::/64 dev eth0 table 100
route add default via fe80::1 dev eth0 table 100
BATCH
}

dress_with_nexthops() {
    ip -batch - <<'BATCH'
nexthop add id 10 via 192.0.2.22 dev eth0
nexthop add id 11 via 203.0.113.1 dev eth1
nexthop add id 12 group 10/11,2
nexthop add id 20 via 2001:db8:1::21 dev eth0
route add 10.60.0.0/16 nhid 10
route add 10.61.0.0/16 nhid 12
route add 2001:db8:60::/48 nhid 20
BATCH
}

dress_with_rules() {
    ip -4 -batch - <<'BATCH'
rule add pref 1000 from 192.0.2.11 lookup 100
rule add pref 1001 to 10.40.0.0/16 lookup 100
rule add pref 1002 iif eth0 lookup 100
rule add pref 1003 oif eth0 fwmark 7 lookup 100
BATCH
    ip -6 rule add pref 1000 from 2001:db8:1::11 lookup 100
    ip -6 rule add pref 1002 iif eth0 lookup 100
}

# What the host must find again when the uplink has come back, as text for diff. Left out is what the kernel itself numbers, counts down or
# switches: indexes, lifetimes, carrier.
dumps() {
    echo "addresses"
    ip -j -d addr | jq -S '.[] | select(.addr_info != []) | {ifname, addr_info: [.addr_info[] | del(.valid_life_time, .preferred_life_time)]}'
    echo "NICs"
    ip -j -d link | jq -S '.[] | select(.ifname | startswith("eth")) | del(.ifindex, .link_index, .operstate) | .flags -= ["NO-CARRIER", "LOWER_UP"]'
    grep -Hs . /proc/sys/net/ipv{4,6}/conf/eth*/* || true # one of them can only be written
    local what
    for what in "-4 -d route show table all" "-6 -d route show table all" "-4 rule" "-6 rule" "-d nexthop"; do
        echo "ip $what"
        # shellcheck disable=SC2086
        ip $what | sed -E 's/ (dead|linkdown)//g; s/ expires -?[0-9]+sec//'
    done
}

remember_dumps() {
    dumps >"$WORLD/dumps-before"
}

dumps_are_the_same() {
    dumps >"$WORLD/dumps-after"
    diff -u "$WORLD/dumps-before" "$WORLD/dumps-after" >&2 || fail "addresses, routes and rules are not as they were"
}

# The LAN's own DHCP server, on the gateway. More options give it other lease times, or router advertisements.
# shellcheck disable=SC2120
start_lan_dhcp() { # [DNSMASQ OPTIONS]...
    in_netns gw dnsmasq --conf-file=/dev/null --user=root --pid-file="$WORLD/lan-dhcp.pid" --no-ping --port=0 --interface=lan0 --bind-interfaces \
        --dhcp-authoritative --dhcp-leasefile="$WORLD/lan-leases" --dhcp-range=192.0.2.100,192.0.2.150,1h --dhcp-option=option:router,"$LAN_GATEWAY" \
        --log-dhcp --log-facility="$WORLD/lan-dhcp.log" "$@"
}
