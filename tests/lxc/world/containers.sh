# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Containers of one small busybox file system that all of them share, read-only. LXCPATH may be set in front of any of these.

LXCPATH=/var/lib/lxc

make_the_rootfs() {
    local rootfs=$WORLD/rootfs
    mkdir -p "$rootfs"/{bin,sbin,usr/bin,usr/sbin,dev,proc,sys,tmp,root,mnt,run,var,etc/init.d,etc/udhcpc}
    cp "$(command -v busybox)" "$rootfs/bin/busybox"
    chroot "$rootfs" /bin/busybox --install -s
    ln -sf /bin/busybox "$rootfs/sbin/init"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$rootfs/etc/passwd"
    echo '::sysinit:/etc/init.d/rcS' >"$rootfs/etc/inittab"
    # udhcpc wipes the address that LXC has set, so it may run only where there is none.
    cat >"$rootfs/etc/init.d/rcS" <<'SCRIPT'
#!/bin/sh
ip -4 addr show dev eth0 2>/dev/null | grep -q inet || udhcpc -i eth0 -t 100 -T 1 -b >/dev/null 2>&1
SCRIPT
    cat >"$rootfs/etc/udhcpc/default.script" <<'SCRIPT'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route replace default via "$router"
SCRIPT
    chmod +x "$rootfs/etc/init.d/rcS" "$rootfs/etc/udhcpc/default.script"
}

# Configuration lines. The address decides the gateway: the network's first, on the first NIC only. In a world of both families it decides the
# IPv6 address too: 10.0.3.10 is fd00:0:0:3::10.
nic() { # N LINK ADDRESS, the last two may be empty
    printf "lxc.net.$1.%s\n" 'type = veth' 'flags = up'
    [ -z "$2" ] || echo "lxc.net.$1.link = $2"
    [ -z "$3" ] || echo "lxc.net.$1.ipv4.address = $3"
    [ -z "$3" ] || [ "$1" != 0 ] || echo "lxc.net.$1.ipv4.gateway = ${3%.*}.1"
    [ -n "${UPLINK_IPV6:-}" ] && [ -n "$3" ] || return 0
    echo "lxc.net.$1.ipv6.address = $(ipv6_of "$3")"
    [ "$1" != 0 ] || echo "lxc.net.$1.ipv6.gateway = $(ipv6_of "${3%.*}.1")"
}

ipv6_of() { # 10.0.3.10/24, or without the length
    local address=${1%/*} length=
    [ "$1" = "$address" ] || length=/64
    local last=${address##*.} network=${address%.*}
    echo "fd00:0:0:${network##*.}::$last$length"
}

options_of_a_made_bridge() {
    printf 'bridge = upbr0\nbridge-address = 10.0.4.1/24\n'
    [ -z "${UPLINK_IPV6:-}" ] || echo "bridge-address = $(ipv6_of 10.0.4.1/24)"
}

uplink() { # the one line that a user adds
    echo "lxc.include = ${UPLINK_PREFIX:?}/share/lxc/config/lxc-uplink.conf"
}

need_uplink() {
    [ -n "${UPLINK_PACKAGE:-}" ] || [ -x "${UPLINK_PREFIX:-}/bin/lxc-uplink" ] || skip "UPLINK_PREFIX does not name an installed lxc-uplink"
}

make_container() { # NAME <LINES
    mkdir -p "$LXCPATH/$1"
    {
        echo "lxc.include = /usr/share/lxc/config/common.conf"
        echo "lxc.rootfs.path = dir:$WORLD/rootfs"
        echo "lxc.rootfs.options = ro"
        echo "lxc.apparmor.profile = unconfined"
        # busybox's init has its own signals
        echo "lxc.signal.halt = SIGUSR1"
        echo "lxc.signal.reboot = SIGTERM"
        cat
    } >"$LXCPATH/$1/config"
}

make_nat_container() { # NAME ADDRESS: the usual one, on br0
    { nic 0 br0 "$2/24" && uplink; } | make_container "$1"
}

lxc_start() { # NAME
    timeout 60 lxc-start -P "$LXCPATH" -n "$1" -l DEBUG -o "$WORLD/lxc.log" 2>>"$WORLD/lxc-stderr.log"
}

start_container() { # NAME
    lxc_start "$1" || fail "container $1 should start"
}

# Returns when the monitor has ended, and post-stop with it: lxc-start itself does not wait for that.
start_is_refused() { # NAME
    if lxc_start "$1"; then fail "container $1 should not have started"; fi
    wait_until 20 "the monitor of $1 to end" no_monitor_of "$1"
}

# LXC reports STOPPED while post-stop is still at work, so it is the monitor's end that counts.
stop_container() { # NAME [LXC-STOP OPTIONS]
    local options=("${@:2}")
    timeout 60 lxc-stop -P "$LXCPATH" -n "$1" "${options[@]:--k}"
    wait_until 20 "the monitor of $1 to end" no_monitor_of "$1"
}

init_of() { # NAME
    timeout 20 lxc-info -P "$LXCPATH" -n "$1" -pH
}

monitor_of() { # NAME
    sed -n 's/^PPid:\t//p' "/proc/$(init_of "$1")/status"
}

no_monitor_of() { # NAME
    local cmdline title
    for cmdline in /proc/[0-9]*/cmdline; do
        { IFS= read -r -d '' title <"$cmdline"; } 2>/dev/null || continue
        [ "$title" != "[lxc monitor] $LXCPATH $1" ] || return 1
    done
}

gone() { # PID
    [ ! -e "/proc/$1" ]
}

inside() { # NAME COMMAND...
    timeout 30 lxc-attach -P "$LXCPATH" -n "$1" --clear-env -- "${@:2}"
}

has_address() { # NAME [BEGINNING OF THE ADDRESS]
    inside "$1" ip -4 addr show dev eth0 | grep -qF "inet ${2:-}"
}

has_rebooted() { # NAME ITS-FORMER-INIT
    local now
    now=$(init_of "$1") && [ -n "$now" ] && [ "$now" != "$2" ] && lxc-wait -P "$LXCPATH" -n "$1" -s RUNNING -t 1
}

# The address that the internet host saw.
fetch_from() { # NAME
    inside "$1" timeout 3 wget -q -O - "http://$INET/"
}

# The host end of the container's NIC, known by its index, since LXC gives it a random name.
host_end_of() { # NAME [DEVICE]
    local index
    index=$(inside "$1" cat "/sys/class/net/${2:-eth0}/iflink")
    ip -j link | jq -r --argjson index "$index" '.[] | select(.ifindex == $index) | .ifname'
}

# As the OOM killer or an administrator would do it. LXC's own pdeath signal ends the container too, unless its config says no.
kill_monitor() { # NAME
    local init monitor
    init=$(init_of "$1")
    monitor=$(monitor_of "$1")
    kill -KILL "$monitor"
    wait_until 10 "the end of $1's monitor" gone "$monitor"
    wait_until 10 "the end of $1" gone "$init"
}

# newuidmap asks these files, even when root is the one who maps.
give_subordinate_ids() { # USER FIRST
    local file
    for file in subuid subgid; do
        echo "$1:$2:65536" >"$WORLD/$file"
        mount --bind "$WORLD/$file" "/etc/$file"
    done
}

map_ids_to() { # FIRST
    printf 'lxc.idmap = %s 0 '"$1"' 65536\n' u g
}
