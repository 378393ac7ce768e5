# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# An Open vSwitch of this world's own, on the userspace datapath, which every kernel has.

# Its socket is where everybody looks for it, since /run belongs to the world.
start_ovs() {
    command -v ovs-vswitchd >/dev/null || skip "openvswitch-switch is not installed"
    mkdir -p "$WORLD/ovs" /run/openvswitch /dev/net
    [ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
    cp "$(command -v ovs-vsctl)" "$WORLD/ovs/ovs-vsctl.real"
    mount --bind "$(dirname "${BASH_SOURCE[0]}")/ovs-vsctl" "$(command -v ovs-vsctl)"
    nft add table netdev ovs

    ovsdb-tool create "$WORLD/ovs/conf.db" /usr/share/openvswitch/vswitch.ovsschema
    start_ovsdb_server
    # Or TCP's large segments would not get through the userspace datapath. Read once, when the daemon starts.
    ovs-vsctl --no-wait init -- set Open_vSwitch . other_config:userspace-tso-enable=true
    start_ovs_vswitchd
}

start_ovsdb_server() {
    ovsdb-server "$WORLD/ovs/conf.db" --remote=punix:/run/openvswitch/db.sock --pidfile --detach --no-chdir \
        --log-file="$WORLD/ovs/ovsdb-server.log" -vconsole:off 2>>"$WORLD/servers.log"
}

start_ovs_vswitchd() {
    ovs-vswitchd --pidfile --detach --no-chdir --log-file="$WORLD/ovs/ovs-vswitchd.log" -vconsole:off 2>>"$WORLD/servers.log"
}
