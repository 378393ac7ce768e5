# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Real programs that look after eth0, and a LAN whose leases and advertisements end soon. Sourced after world.sh and direct.sh.

BEYOND=2001:db8:99::1 # behind the gateway
NETWORK_FILE=/run/systemd/network/10-eth0.network
networkd='' dhclient=''

need_managers() {
    local tool
    for tool in dhclient radvd /lib/systemd/systemd-networkd; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
}

# Only the loopback and the link-local address stay.
take_away_the_static_addresses() {
    give_ipv6_to_the_lan
    ip -n gw addr add $BEYOND/128 dev lo
    in_netns gw sysctl -qw net.ipv6.conf.all.forwarding=1
    ip -4 addr flush dev eth0
    ip -6 addr flush dev eth0 scope global
    ip -6 route del default dev eth0
}

# Of dnsmasq no lease is shorter than two minutes.
start_short_leases() { # SECONDS
    printf '%s\n' 'start 192.0.2.100' 'end 192.0.2.150' 'interface lan0' "pidfile $WORLD/udhcpd.pid" "lease_file $WORLD/udhcpd.leases" \
        'min_lease 1' "opt lease $1" "opt router $LAN_GATEWAY" 'opt subnet 255.255.255.0' >"$WORLD/udhcpd.conf"
    : >"$WORLD/udhcpd.leases"
    in_netns gw busybox udhcpd -f "$WORLD/udhcpd.conf" 2>>"$WORLD/servers.log" &
}

# radvd advertises as often as it may. Of dnsmasq no prefix expires before two minutes.
start_advertising() { # SECONDS for which the router and its prefix are good
    cat >"$WORLD/radvd.conf" <<CONF
interface lan0 {
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    AdvDefaultLifetime $1;
    prefix 2001:db8:1::/64 { AdvValidLifetime $1; AdvPreferredLifetime $1; };
};
CONF
    in_netns gw radvd --config="$WORLD/radvd.conf" --pidfile="$WORLD/radvd.pid" --logmethod=logfile --logfile="$WORLD/radvd.log" --nodaemon &
}

write_network_file() { # MATCH NETWORK...
    mkdir -p "$(dirname "$NETWORK_FILE")"
    printf '%s\n' '[Match]' "$1" '[Network]' "${@:2}" >"$NETWORK_FILE"
}

# It waits for udev's word on each link, except where /sys cannot be written, as in a container.
start_networkd() {
    mkdir -p /run/systemd/netif/{links,leases,lldp}
    chown -R systemd-network:systemd-network /run/systemd/netif
    unshare -m sh -c 'mount -o remount,bind,ro /sys && exec /lib/systemd/systemd-networkd' 2>>"$WORLD/networkd.log" &
    networkd=$!
}

stop_networkd() {
    kill "$networkd"
    wait "$networkd" || true
}

networkd_says() { # STATE [LINK]
    [[ $(cat "/run/systemd/netif/links/$(cat "/sys/class/net/${2:-eth0}/ifindex")") == *"ADMIN_STATE=$1"* ]]
}

# Its script would write this machine's own /etc/resolv.conf.
start_dhclient() {
    mountpoint -q /etc/dhcp || mount -t tmpfs tmpfs /etc/dhcp
    mkdir -p /etc/dhcp/dhclient-enter-hooks.d
    echo 'make_resolv_conf() { :; }' >/etc/dhcp/dhclient-enter-hooks.d/leave-resolv-conf
    echo 'request subnet-mask, broadcast-address, routers;' >/etc/dhcp/dhclient.conf
    dhclient -4 -d -pf "$WORLD/dhclient.pid" -lf "$WORLD/dhclient.leases" eth0 >"$WORLD/dhclient.log" 2>&1 &
    # shellcheck disable=SC2034 # for the test that calls this
    dhclient=$!
}
