#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Open vSwitch's database outlives a power failure. What lxc-uplink-boot.service runs is run here after one: another boot id, no container, no
# daemon, nothing on the NIC.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
need_uplink
enter_world "$0" "$@"

at_boot() { # what the unit runs, its words kept in `said`
    local command
    command=$(sed -n 's/^ExecStart=//p' "$UPLINK_PREFIX/lib/systemd/system/lxc-uplink-boot.service")
    # shellcheck disable=SC2086
    said=$($command 2>&1) || fail "'$command' should end well but says: $said"
}

kill_ovs() {
    local daemon pid
    for daemon in ovs-vswitchd ovsdb-server; do
        pid=$(cat "/run/openvswitch/$daemon.pid")
        kill -KILL "$pid"
        wait_until 10 "the end of $daemon" gone "$pid"
    done
}

# What a machine is like when it has come up again, before its network is configured.
reboot_the_host() { # BOOT-ID
    kill_monitor web1
    kill_ovs
    ip link del br1 # the userspace datapath's outlive its daemon
    ip addr flush dev eth0
    echo "$1" >"$WORLD/boot_id"
    mountpoint -q /proc/sys/kernel/random/boot_id || mount --bind "$WORLD/boot_id" /proc/sys/kernel/random/boot_id
    start_ovsdb_server
    start_ovs_vswitchd
}

configure_the_network() {
    ip addr replace $HOST/24 dev eth0
}

lan_reaches_the_host() {
    in_netns lan1 busybox ping -c 1 -W 1 $HOST >/dev/null
}

promise "without Open vSwitch there is nothing to do"
at_boot
expect_equal "what it says" "" "$said"

start_ovs
ovs-vsctl --timeout=10 add-br other -- add-port other other0 -- set Interface other0 type=internal
give_ipv6_to_the_lan
make_direct_container web1 192.0.2.77 'bridge-type = openvswitch'
start_container web1
uplink_is_moved br1 || fail "the uplink should be in br1"

promise "in the boot that it was moved in it is left alone"
at_boot
expect_equal "what it says" "" "$said"
expect_equal "the bridge of eth0" br1 "$(ovs-vsctl --timeout=10 iface-to-br eth0)"
lan_reaches_the_host || fail "the host should answer"

promise "after a power failure the NIC is captive, and free after the unit"
rm -r /run/lxc-uplink # which is a tmpfs
reboot_the_host 11111111-1111-4111-8111-111111111111
expect_equal "the bridges" $'br1\nother' "$(ovs-vsctl --timeout=10 list-br)"
configure_the_network
if lan_reaches_the_host; then fail "a NIC that is a port should not answer: this test could not fail"; fi
at_boot
expect_equal "what it says" "removed port eth0 of Open vSwitch bridge br1 of an earlier boot
removed Open vSwitch bridge br1 of an earlier boot" "$(grep -v veth <<<"$said")"
wait_until 5 "an answer of the host" lan_reaches_the_host
expect_equal "the bridges" other "$(ovs-vsctl --timeout=10 list-br)"
expect_equal "the ports of the other bridge" other0 "$(ovs-vsctl --timeout=10 list-ports other)"
at_boot
expect_equal "what it says the second time" "" "$said"

promise "where /run is kept, what is noted there goes too, and containers start"
start_container web1
uplink_is_moved br1 || fail "the uplink should be in br1"
reboot_the_host 22222222-2222-4222-8222-222222222222
at_boot
for word in record journal bridge; do [[ $said == *"$word"* ]] || fail "it should have removed a $word but says: $said"; done
expect_equal "what is left in /run" "" "$(find /run/lxc-uplink -type f ! -name '*lock')"
expect_equal "the status" "No container is served." "$(lxc-uplink status)"
configure_the_network
lan_reaches_the_host || fail "the host should answer"
start_container web1
uplink_is_moved br1 || fail "the uplink should be in br1"
stop_container web1
uplink_is_back || fail "the uplink should be back"
