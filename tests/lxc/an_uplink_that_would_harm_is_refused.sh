#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Mode direct where it would harm the host or the LAN: one sentence before the first change, and nothing has changed.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/refusals.sh"
need_uplink
enter_world "$0" "$@"

# Of the uplink's routes and settings, which the usual snapshot leaves out, too.
direct_refused() { # SENTENCE [OPTIONS]
    remember_everything
    remember_dumps
    refused "web1: pre-start: $1" pre-start "--mode direct ${2:-}"
    dumps_are_the_same
}

# A NIC of the host beside eth0, whose cable is the interface NAME-far.
plug_in() { # NAME
    ip link add "$1" type veth peer name "$1-far"
    ip link set "$1-far" up
    ip link set "$1" up
    wait_until 5 "the carrier of $1" grep -q 1 "/sys/class/net/$1/carrier"
}

make_empty_bridge() { # NAME: whose ports forward at once
    ip link add "$1" type bridge forward_delay 0
    ip link set "$1" mtu 1500 up
}

# What this kernel cannot have is shown to the hook as its sysfs would show it: FILES of a folder replaced, or added.
cover_sysfs() { # FOLDER NAME=TEXT...
    local file
    mkdir -p "$WORLD/covered"
    rm -rf "${WORLD:?}/covered/"*
    (cd "$1" && for file in *; do [ ! -f "$file" ] || cat "$file" >"$WORLD/covered/$file" 2>/dev/null || true; done)
    for file in "${@:2}"; do echo "${file#*=}" >"$WORLD/covered/${file%%=*}"; done
    mount --bind "$WORLD/covered" "$1"
}

make_direct_container web1 192.0.2.77
make_empty_bridge br2
plug_in eth9

echo "- the host's own address"
make_direct_container web1 192.0.2.10
direct_refused "address 192.0.2.10 of lxc.net.0 is the host's own: give the container another address"
make_direct_container web1 192.0.2.77

echo "- a NIC that is missing, down, without carrier, or none"
direct_refused 'uplink eth7 does not exist: "ip link" lists the NICs that do' '--uplink eth7'
ip link set eth9 down
direct_refused 'uplink eth9 is down: run "ip link set eth9 up"' '--uplink eth9'
ip link set eth9 up
ip link set eth9-far down
direct_refused 'uplink eth9 has no carrier: plug its cable in, or turn on the switch port that it leads to' '--uplink eth9'
ip link set eth9-far up
direct_refused 'uplink lo is the loopback interface, which leads nowhere: name the NIC that the LAN is connected to' '--uplink lo'
direct_refused 'uplink br0 is a bridge itself and cannot be a port of another: say bridge = br0 to put the container there, or name another NIC' \
    '--uplink br0'
mkdir -p /dev/net
mknod /dev/net/tun c 10 200
ip tuntap add tun9 mode tun
ip link set tun9 up
direct_refused 'uplink tun9, of kind tun, carries no Ethernet frames, so that it cannot be a port of a bridge: name an Ethernet NIC, or say mode = nat' \
    '--uplink tun9'
ip link del tun9
ip link add mac9 link eth9 up type macvlan
direct_refused "uplink mac9 is a macvlan, which hears nothing that is sent to a container's address: name the NIC that it is made upon" '--uplink mac9'

echo "- a NIC that carries others, or belongs to another"
direct_refused 'uplink eth9 carries mac9 (macvlan), which would be cut off: name a NIC that carries none' '--uplink eth9'
ip link del mac9
if ip link add vlan9 link eth9 type vlan id 9 2>/dev/null; then
    direct_refused 'uplink eth9 carries vlan9 (vlan), which would be cut off: say uplink = vlan9 to use a VLAN, or name a NIC that carries none' '--uplink eth9'
    ip link del vlan9
else
    echo "  NOT TRIED: this kernel has no VLANs, whose kind netlink tells and no file of sysfs: the unit tests alone compare what is said of them"
fi
if ip link add bond9 type bond 2>/dev/null; then
    ip link set eth9 down master bond9
    ip link set eth9 up
    direct_refused 'uplink eth9 is a member of bond bond9: say uplink = bond9' '--uplink eth9'
    ip link del bond9
else
    echo "  NOT TRIED: this kernel has no bonds, whose kind netlink tells and no file of sysfs: the unit tests alone compare what is said of them"
fi
make_empty_bridge br3
ip link set eth9 master br3
wait_until 5 "eth9 to forward" grep -q 3 /sys/class/net/eth9/brport/state
direct_refused 'uplink eth9 is already a port of bridge br3: say bridge = br3, or run "ip link set eth9 nomaster"' '--uplink eth9'
ip link set eth9 nomaster
cover_sysfs /sys/class/net/eth9 phy80211=
direct_refused 'uplink eth9 is a Wi-Fi NIC, whose access point takes frames from no address but its own: say mode = nat' '--uplink eth9'
umount /sys/class/net/eth9

echo "- a bridge that is none, or has a server, another MTU, a spanning tree, or VLANs"
direct_refused 'eth9 is an interface of kind veth, not a bridge: name one that is, or is to be made, in lxc.net.N.link or option bridge, such as br0' '--bridge eth9'
lease_addresses_on br0 10.0.3
server=$!
wait_until 5 "the DHCP server" grep -q 'DHCP, sockets bound' "$WORLD/dnsmasq.log"
direct_refused "dnsmasq (pid $server) listens for DHCP clients on bridge br0 and would answer the LAN's too: stop it, bind it to another interface, \
or name another bridge" '--bridge br0'
kill $server
wait $server || true
printf 'USE_LXC_BRIDGE="true"\nLXC_BRIDGE="br2"\n' >"$WORLD/lxc-net"
mount --bind "$WORLD/lxc-net" /etc/default/lxc-net
direct_refused "bridge br2 is lxc-net's, which would serve DHCP to the LAN and cut the host off when it is restarted: write \
\"lxc.net.0.link = br0\" into the container's LXC config and \"bridge = br0\" into its uplink.conf" '--bridge br2'
umount /etc/default/lxc-net
ip link set br2 mtu 1400
direct_refused "bridge br2 has MTU 1400 and uplink eth0 has 1500, so that the host's own MTU would shrink: run \"ip link set br2 mtu 1500\"" '--bridge br2'
ip link set br2 mtu 9000
direct_refused "bridge br2 has MTU 9000 and uplink eth0 has 1500, so that longer frames would be lost or the bridge's MTU shrink: run \
\"ip link set br2 mtu 1500\"" '--bridge br2'
ip link set br2 mtu 1500
ip link set br2 type bridge stp_state 1
direct_refused 'bridge br2 runs the spanning tree protocol, which would cut the host off for half a minute: run "ip link set br2 type bridge stp_state 0"' \
    '--bridge br2'
ip link set br2 type bridge stp_state 0
ip link set br2 type bridge vlan_filtering 1 2>/dev/null || cover_sysfs /sys/class/net/br2/bridge vlan_filtering=1
direct_refused 'bridge br2 filters VLANs, and the PVIDs that eth0 needs there are not known: make it a port with its VLANs yourself, or run "ip link set '\
'br2 type bridge vlan_filtering 0"' '--bridge br2'
umount /sys/class/net/br2/bridge 2>/dev/null || ip link set br2 type bridge vlan_filtering 0

echo "- options that do not fit"
ip route del default
direct_refused 'option uplink is auto but the host has no default route: name the NIC, or, when the route comes later in the boot, order lxc.service '\
'after network-online.target' '--uplink auto'
ip route add default via $LAN_GATEWAY
direct_refused 'bridge br2 is of type linux but option bridge-type is openvswitch: drop the option, or name another bridge' \
    '--bridge br2 --bridge-type openvswitch'
direct_refused 'option bridge-address has no use in mode direct, where the bridge gets the addresses of the uplink: drop it' '--bridge-address 10.0.9.1/24'
make_container web1 < <(nic 0 br2 '' && nic 1 br0 '')
rm "$LXCPATH/web1/uplink.conf"
direct_refused "mode direct serves one bridge but the container's NICs are on br2 and br0: choose one NIC with option nic"
make_direct_container web1 192.0.2.77

echo "- a route that cannot be carried"
ip -6 route add nat 2001:db8:9::/64 dev eth0
direct_refused 'route 10 2001:db8:9::/64 dev eth0 table 255 metric 1024 is of a type that cannot be carried to another interface: delete it first'
ip -6 route del nat 2001:db8:9::/64 dev eth0

echo "- a second uplink for a bridge that has one"
make_direct_container web2 192.0.2.78
start_container web2
direct_refused 'bridge br1 already has the uplink eth0, and a second one may close a loop: say uplink = eth0, or name another bridge' '--uplink eth9'
direct_refused 'uplink eth0 is a port of bridge br1 already, for another container: say bridge = br1, or name another NIC in option uplink' '--bridge br2'
stop_container web2
wait_until 10 "the uplink to be back" uplink_is_back

echo "- Open vSwitch, with a port that is taken, and dead"
start_ovs
ovs-vsctl add-br ovs0
ovs-vsctl add-port ovs0 eth9
direct_refused 'uplink eth9 is already a port of Open vSwitch bridge ovs0: say bridge = ovs0, or run "ovs-vsctl del-port ovs0 eth9"' '--uplink eth9'
ovs-vsctl del-port ovs0 eth9
direct_refused 'bridge ovs0 is of type openvswitch but option bridge-type is linux: drop the option, or name another bridge' \
    '--bridge ovs0 --bridge-type linux'
daemon=$(cat /run/openvswitch/ovs-vswitchd.pid)
kill -STOP "$daemon"
for options in '--bridge ovs0' '--bridge ovs1 --bridge-type openvswitch'; do
    direct_refused "bridge $(cut -d' ' -f2 <<<"$options") needs ovs-vswitchd, which does not answer: run \"systemctl restart openvswitch-switch\"" \
        "$options"
done
kill -CONT "$daemon"

promise "and where nothing is wrong it starts"
start_container web1
uplink_is_moved br1 || fail "the uplink should be in br1"
stop_container web1
wait_until 10 "the uplink to be back" uplink_is_back
