#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The units that are shipped, under a real systemd: whoever restarts or reloads a service that loads rulesets has cut no container off, and
# what a dead container left goes by itself.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/firewalls.sh"
source "$(dirname "$0")/world/systemd.sh"
need_uplink
need_firewalls
need_systemd
enter_world "$0" "$@"

systemctl() { in_machine systemctl --quiet "$@"; }

# By the first process of the container, whose number is another one in systemd's namespace.
init_in_machine() { in_machine lxc-info -P "$LXCPATH" -n web1 -pH; }
runs() { in_machine lxc-info -P "$LXCPATH" -n web1 -sH | grep -qx RUNNING; }
source_seen() { in_machine nsenter --target "$init" --net -- timeout 2 busybox wget -q -O - "http://$INET/" || true; }
gets_out() { expect_equal "the source address that the internet host saw of web1 $1" "$HOST" "$(source_seen)"; }   # WHEN
is_cut_off() { expect_equal "the source address that the internet host saw of web1 $1" "" "$(source_seen)"; } # WHEN
start_web1() {
    systemctl start web1
    wait_until 20 "web1 to run" runs
    init=$(init_in_machine)
}

# As Debian's lxc@.service.
unit_of_web1() {
    cat >"$UNITS/web1.service" <<UNIT
[Unit]
DefaultDependencies=no
[Service]
Delegate=yes
KillMode=mixed
ExecStart=/usr/bin/lxc-start -F -P $LXCPATH -n web1 -l DEBUG -o $WORLD/lxc.log
ExecStop=/usr/bin/lxc-stop -P $LXCPATH -n web1 -k
UNIT
}

# A dockerd that has its folders here, and a containerd of its own.
dockers_folders_in_this_world() {
    cat >"$UNITS/docker.service.d/world.conf" <<UNIT
[Service]
ExecStart=
ExecStart=/usr/sbin/dockerd -H fd:// --data-root $WORLD/docker/data --exec-root $WORLD/docker/exec --pidfile $WORLD/docker/pid --storage-driver vfs
UNIT
}

make_own /etc/nftables.conf
make_own /etc/firewalld
use_iptables nft
start_ufw
stop_ufw
make_nat_container web1 10.0.3.10
echo 'firewall = nftables' >"$LXCPATH/web1/uplink.conf"
take_units nftables.service ufw.service dbus.socket dbus.service firewalld.service docker.socket docker.service lxc-uplink-gc.service lxc-uplink-gc.timer
unit_of_web1
dockers_folders_in_this_world
start_systemd
systemctl start nftables

promise "what nftables.service flushes when it reloads, restarts or starts is back when systemctl returns"
start_web1
gets_out "at first"
for verb in reload restart; do
    nft flush ruleset
    is_cut_off "after a flush"
    systemctl $verb nftables
    gets_out "after systemctl $verb nftables"
done
systemctl stop nftables
is_cut_off "without nftables"
systemctl start nftables
gets_out "after systemctl start nftables"

promise "so is what ufw.service closes when it starts or restarts"
sed -i 's/^ENABLED=.*/ENABLED=yes/' /etc/ufw/ufw.conf
for verb in start restart; do
    systemctl $verb ufw
    expect_match "the policy of ufw after systemctl $verb" '^-P FORWARD DROP$' "$(iptables-nft -S FORWARD 2>/dev/null)"
    gets_out "after systemctl $verb ufw"
done
systemctl stop ufw
iptables-nft -P FORWARD ACCEPT

promise "so is what firewalld.service closes when it starts or restarts"
for verb in start restart; do
    systemctl $verb firewalld
    gets_out "after systemctl $verb firewalld"
    expect_match "the rules of firewalld after systemctl $verb firewalld" 'reject with icmpx' "$(nft list chain inet firewalld filter_FORWARD)"
done
systemctl stop firewalld

promise "so is what docker.service closes when it starts or restarts"
sysctl -qw net.ipv4.ip_forward=0 # Docker drops what is forwarded only where it has turned that on itself
for verb in start restart; do
    systemctl $verb docker
    expect_match "the policy beside Docker after systemctl $verb docker" '^-P FORWARD DROP$' "$(iptables-nft -S FORWARD 2>/dev/null)"
    gets_out "after systemctl $verb docker"
done
systemctl stop docker docker.socket
systemctl stop web1

promise "the timer is there, and its service takes away what a dead container left"
systemctl start lxc-uplink-gc.timer
expect_match "what the timer waits for" '^NextElapseUSecRealtime=.+' "$(systemctl show --property NextElapseUSecRealtime lxc-uplink-gc.timer)"
start_web1
systemctl kill --kill-whom main --signal KILL web1
in_machine kill -s KILL "$init" 2>/dev/null || true # unless systemd was first
[ -n "$(ls /run/lxc-uplink/containers)" ] || fail "a killed monitor should leave a record"
systemctl start lxc-uplink-gc.service
expect_equal "the records" "" "$(ls /run/lxc-uplink/containers)"
