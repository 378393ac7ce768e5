#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Mode direct beside the programs that look after a NIC: the host answers over two of their lifetimes, or the start was refused by name.
# LEASE=120 ADVERTISED=30 are more like a LAN's, take eight minutes, and outlast the addresses that are advertised.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/refusals.sh"
source "$(dirname "$0")/world/managers.sh"
LEASE=${LEASE:-12} ADVERTISED=${ADVERTISED:-12}
enter_world "$0" "$@"
need_uplink
need_managers

lease_of_eth0() {
    ip -4 -o addr show dev eth0 dynamic | sed -nE 's/.* inet ([0-9.]+).*/\1/p'
}

has_a_lease() {
    [ -n "$(lease_of_eth0)" ]
}

# networkd calls a NIC configured before it has heard the router.
has_networkds_route() {
    ip -6 route show dev eth0 proto ra | grep -q '^2001:db8:1::/64 '
}

advertised_address() {
    ip -6 -o addr show dev "$1" scope global mngtmpaddr | sed -nE 's/.* inet6 ([0-9a-f:]+).*/\1/p'
}

is_advertised() {
    [[ -n $(advertised_address eth0) && $(ip -6 route show default) == *"proto ra"* ]]
}

# Everything that depends on a lifetime: the address of either family, and the way to the gateway and beyond.
watch_the_host() { # IPV4 IPV6
    rm -rf "$WORLD/probes"
    mkdir "$WORLD/probes"
    serve_probes host "$1"
    serve_probes host "$2"
    serve_probes inet "$INET"
    serve_probes gw $BEYOND
    start_probe lan-host-v4 lan1 send "$1"
    start_probe lan-host-v6 lan1 send "$2"
    start_probe host-inet-v4 host send "$INET"
    start_probe host-beyond-v6 host send $BEYOND
    wait_until 10 "an answer to each probe" probes_have_answers 4
}

the_host_has_answered() {
    stop_probes
    probe_reports >"$WORLD/reports"
    if [ "$(jq -s '[.[] | select(.sent > 0 and .lost == 0)] | length' "$WORLD/reports")" != 4 ]; then
        cat "$WORLD/reports" >&2
        fail "the host should have answered throughout"
    fi
}

renewals() {
    grep -c DHCPACK "$WORLD/dhclient.log"
}

is_renewed_since() { # COUNT
    [ "$(renewals)" -gt "$1" ]
}

all_is_as_it_was() {
    (dumps_are_the_same)
}

take_away_the_static_addresses
sysctl -qw net.ipv6.route.gc_interval=1 # what has expired is out of use at once, and listed until then
start_short_leases "$LEASE"
start_advertising "$ADVERTISED"
make_direct_container web1 192.0.2.77

promise "dhclient, router advertisements and a networkd that leaves the NIC alone: the host answers over two lifetimes and is as it was"
start_dhclient
start_networkd
wait_until 20 "a lease" has_a_lease
wait_until 20 "an advertised address" is_advertised
wait_until 20 "eth0 to be left alone" networkd_says unmanaged
lease=$(lease_of_eth0)
advertised=$(advertised_address eth0)
remember_dumps
watch_the_host "$lease" "$advertised"
start_container web1
expect_logged "web1: pre-start: dhclient \(pid $dhclient\) looks after the addresses of eth0, which do not expire while they are on br1: \
for good let the host's configuration make the bridge, as \"lxc-uplink plan --persistent eth0\" prints it"
sleep "$LEASE"
stop_networkd
start_networkd
wait_until 20 "br1 to be left alone" networkd_says unmanaged br1
sleep "$LEASE"
expect_equal "the lasting address of br1" "$lease" "$(ip -4 -o addr show dev br1 permanent | sed -nE 's/.* inet ([0-9.]+).*/\1/p')"
expect_match "what dhclient has put on eth0 meanwhile" "^$lease\$" "$(lease_of_eth0)"
stop_container web1
before=$(renewals)
wait_until "$LEASE" "dhclient to renew the lease as before" is_renewed_since "$before"
sleep "$LEASE"
wait_until "$((ADVERTISED + 10))" "the router's next advertisement, and the end of what stood in for it" all_is_as_it_was
the_host_has_answered
stop_networkd
kill "$dhclient"
wait "$dhclient" || true
ip -4 addr flush dev eth0

promise "systemd-networkd that configures the NIC is named before the first change"
write_network_file 'Name=eth0' 'DHCP=ipv4' 'IPv6AcceptRA=yes'
start_networkd
wait_until 20 "eth0 to be configured" networkd_says configured
wait_until 30 "the router to be heard" has_networkds_route
remember_dumps
run_hook pre-start '--mode direct'
expect_sentence "web1: pre-start: uplink eth0 is configured by systemd-networkd, which would put its addresses back on it when it is \
restarted: let it make the bridge itself, as \"lxc-uplink plan --persistent eth0\" prints it"
dumps_are_the_same

promise "and may be restarted, and configures the NIC as before"
stop_networkd
start_networkd
wait_until 20 "eth0 to be configured again" networkd_says configured
wait_until 20 "a lease" has_a_lease
wait_until 30 "the router to be heard" has_networkds_route
dumps_are_the_same
stop_networkd
