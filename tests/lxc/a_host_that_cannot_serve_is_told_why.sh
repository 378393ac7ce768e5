#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Containers and hosts that do not fit together: one sentence with the object, the reason and the remedy.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/refusals.sh"
need_uplink
command -v strace >/dev/null || skip "strace is not installed"
enter_world "$0" "$@"

with() { { cat && uplink; } | make_container web1; }
not_ready() { refused "web1: pre-start: $1" pre-start "${2:-}"; } # SENTENCE [OPTIONS]

echo "- a kernel without the legacy tables"
make_nat_container web1 10.0.3.10
ip netns add bare # nobody has used the table in there, as on such a host
ip -n bare link add br0 type bridge
ip -n bare addr add 10.0.3.1/24 dev br0
through=(in_netns bare strace -f -o "$WORLD/trace" -e trace=getsockopt -e inject=getsockopt:error=ENOPROTOOPT)
variables=("ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0") # LeakSanitizer cannot work in a traced process
remember_everything
not_ready 'cannot masquerade 10.0.3.10 leaving 10.0.3.0/24; guard 10.0.3.10 against what comes in unasked: this kernel has no legacy filter table: load or build the module iptable_filter (CONFIG_IP_NF_FILTER), or say firewall = nftables'
expect_equal "the calls that were made to fail" IPT_SO_GET_INFO \
    "$(sed -nE 's/.* getsockopt\([0-9]+, SOL_IP, (\w+), .*\(INJECTED\)$/\1/p; /SOL_IP/!s/.*INJECTED.*/another/p' "$WORLD/trace")"
expect_equal "the tables in that network namespace" "" "$(in_netns bare cat /proc/net/ip_tables_names)"
through=() variables=()
ip netns del bare

echo "- an ordinary user"
remember_everything
through=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all)
not_ready "only root can change the host's network: start the container as root, with lxc.idmap lines if it is to be unprivileged, or take the lxc-uplink lines out of its configuration"
through=()

echo "- bridges that are none, or of no use"
ip link add br5 type bridge
remember_everything
make_it='make it ("systemctl start lxc-net" makes lxcbr0), or say bridge-address = 10.7.0.1/16 to have it made with the container'
nic 0 br7 '' | with
not_ready "bridge br7 of lxc.net.0 does not exist: ${make_it/10.7.0.1\/16/10.0.3.1\/24}"
nic 0 br7 10.7.0.10/16 | with
not_ready "bridge br7 of lxc.net.0 does not exist: $make_it"
nic 0 '' 10.7.0.10/16 | with
not_ready "bridge br8 of lxc.net.0 does not exist: $make_it" '--bridge br8'
not_ready 'eth0, which option bridge names, is an interface of kind veth, not a bridge: name a bridge there' '--bridge eth0'
nic 0 lo 10.0.3.10/24 | with
not_ready 'lo, which lxc.net.0.link names, is a physical or loopback interface, not a bridge: name a bridge there'
nic 0 br5 '' | with
not_ready 'bridge br5 has no IPv4 address and lxc.net.0 has no static one, so there is no network to masquerade: run "ip address add 10.0.3.1/24 dev br5" or set lxc.net.0.ipv4.address'
nic 0 new0 '' | with
not_ready 'bridge new0 would get no IPv4 address and lxc.net.0 has no static one, so there is no network to masquerade: say bridge-address = 10.0.3.1/24 too or set lxc.net.0.ipv4.address' \
    '--bridge-address fd00:4::1/64'
nic 0 br0 10.0.3.10/24 | with
not_ready 'bridge br0 exists without 10.0.9.1/24, which option bridge-address names: run "ip address add 10.0.9.1/24 dev br0" or drop the option' \
    '--bridge-address 10.0.3.1/24 --bridge-address 10.0.9.1/24'
not_ready 'lxc.net.0.link is br0 but option bridge is br5: make them agree, or choose another NIC with option nic' '--bridge br5'
{ nic 0 new0 10.0.4.10/24 && nic 1 new1 10.0.5.10/24; } | with
not_ready 'option bridge-address would go to 2 missing bridges: choose one NIC with option nic, or make the bridges yourself' '--bridge-address 10.0.4.1/24'

echo "- NICs that cannot be served"
no_nic='no NIC to serve: the container has no veth NIC with a bridge; set lxc.net.0.type = veth and lxc.net.0.link = BRIDGE, or option bridge, or mode = none'
for type in none empty; do
    echo "lxc.net.0.type = $type" | with
    not_ready "$no_nic"
done
with </dev/null
not_ready "$no_nic"
printf 'lxc.net.0.%s\n' 'type = macvlan' 'link = eth0' | with
not_ready 'no NIC to serve: mode nat serves no macvlan, and the container has no veth NIC with a bridge; say mode = direct, or include lxc-uplink-direct.conf instead, or set lxc.net.0.type = veth and lxc.net.0.link = BRIDGE, or option bridge, or mode = none'
{ nic 0 br0 10.0.3.10/24 && nic 1 '' '' && printf 'lxc.net.2.%s\n' 'type = macvlan' 'link = eth0'; } | with
not_ready 'option nic is 7 but the container has no lxc.net.7: name one that it has' '--nic 7'
not_ready 'option nic is 1 but lxc.net.1 has no bridge: set lxc.net.1.link or option bridge' '--nic 1'
not_ready 'option nic is 2 but lxc.net.2.type is macvlan: only a veth NIC can be served' '--nic 2'

echo "- ways out that are not there"
make_nat_container web1 10.0.3.10
not_ready 'interface eth7, which option uplink names, does not exist: "ip link" lists those that do' '--uplink eth7'
ip route del default
remember_everything
not_ready 'option uplink is auto but the host has no IPv4 default route: name the NIC, or leave the option out to masquerade on every way out' '--uplink auto'
ip route add default via $LAN_GATEWAY

echo "- configurations that LXC cannot read, or that are gone"
remember_everything
echo 'lxc.nonsense = 1' >>"$LXCPATH/web1/config"
not_ready "LXC cannot read the configuration file $LXCPATH/web1/config: \"lxc-start -n web1 -l INFO -o LOG\" logs why"
rm "$LXCPATH/web1/config"
not_ready "cannot read $LXCPATH/web1/config: No such file or directory"

echo "- an address that a living container has"
make_nat_container web1 10.0.3.10
make_nat_container web2 10.0.3.10
start_container web2
remember_everything
not_ready 'address 10.0.3.10 on bridge br0 belongs to the running container web2: give one of the two another address'
start_is_refused_with web1 'web1: pre-start: address 10.0.3.10 on bridge br0 belongs to the running container web2: give one of the two another address'
expect_answer web2
stop_container web2

echo "- lxc-start fails with the same sentences in LXC's own log"
remember_everything
nic 0 br7 10.7.0.10/16 | with
start_is_refused_with web1 "web1: pre-start: bridge br7 of lxc.net.0 does not exist: $make_it"
echo 'lxc.net.0.type = none' | with
start_is_refused_with web1 "web1: pre-start: $no_nic"
