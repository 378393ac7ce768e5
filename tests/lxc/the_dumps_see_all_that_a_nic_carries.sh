#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The dressed host with which the direct mode is tested, without lxc-uplink: it works, and whatever it loses shows.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
enter_world "$0" "$@"

promise "a host with all that a NIC can carry is reached, and reaches others, as any"
dress_the_host
remember_dumps
start_probes
probes_lost_nothing
dumps_are_the_same

promise "a LAN host gets an address of the LAN's DHCP server"
start_lan_dhcp
seen=$(in_netns lan2 busybox udhcpc -f -n -q -i eth0 -s /bin/true 2>&1)
expect_match "what the DHCP client says" 'lease of 192\.0\.2\.1[0-5][0-9] obtained' "$seen"
expect_match "the log of the DHCP server" 'DHCPACK\(lan0\) 192\.0\.2\.1[0-5][0-9] ' "$(cat "$WORLD/lan-dhcp.log")"

promise "the dumps see whatever is lost or is not as it was"
while read -r change; do
    remember_dumps
    # shellcheck disable=SC2086
    ip $change
    if dumps | diff -q "$WORLD/dumps-before" - >/dev/null; then fail "the dumps should see 'ip $change'"; fi
done <<'CHANGES'
addr del 192.0.2.12/24 dev eth0
addr change 2001:db8:8::10/64 dev eth0
addr change 2001:db8:1::11/64 dev eth0 preferred_lft forever
addr del 192.0.2.14 peer 192.0.2.33/32 dev eth0
route change 10.20.0.0/16 via 192.0.2.21 dev eth0 proto static src 192.0.2.11 mtu 1300
route del 10.30.0.0/16 via 192.0.2.21 dev eth0
route replace 10.50.0.0/16 nexthop via 192.0.2.21 dev eth0 weight 2 nexthop via 203.0.113.1 dev eth1 weight 2
route del 10.72.0.0/16
route del 2001:db8:30::/48
route del default via fe80::1 dev eth0 table 100
nexthop replace id 11 via 203.0.113.1 dev eth1 onlink
nexthop del id 20
-4 rule del pref 1002
-6 rule del pref 1002
link set eth0 mtu 1400
link set eth0 address 00:16:3e:00:00:02
link add eth2 type bridge
CHANGES

promise "the dumps see a switch of the NIC"
remember_dumps
sysctl -qw net.ipv4.conf.eth0.rp_filter=2
if dumps | diff -q "$WORLD/dumps-before" - >/dev/null; then fail "the dumps should see another rp_filter"; fi
