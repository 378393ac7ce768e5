# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source-path=SCRIPTDIR
# A throwaway world of namespaces: real LXC containers, real packets, and nothing of it touches this machine's own network.
#
#     containers ── br0 [ host ] eth0 ── sw (the LAN's switch) ── lan1, lan2
#                                        │
#                                       gw ── inet
#
# A test sources this file, calls `enter_world "$0" "$@"` and then runs inside `host`. `inet` has a route to the LAN and
# none to private networks: a container that gets an answer from there was masqueraded, there is no other way.

export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
HOST=192.0.2.10 LAN_GATEWAY=192.0.2.1 INET_GATEWAY=198.51.100.1 INET=198.51.100.2
WORLD=/run/world

source "$(dirname "${BASH_SOURCE[0]}")/world/checks.sh"
source "$(dirname "${BASH_SOURCE[0]}")/world/containers.sh"
source "$(dirname "${BASH_SOURCE[0]}")/world/ipv6.sh"

enter_world() { # SCRIPT ARGUMENTS...
    [ -n "${UPLINK_WORLD:-}" ] || run_in_a_new_world "$@"
    exec </dev/null
    cover_the_machine
    [ -z "${UPLINK_PACKAGE:-}" ] || install_the_package
    trap 'say_where_it_broke "$BASH_COMMAND" "${BASH_SOURCE[0]}" "$LINENO"' ERR
    trap 'leave_world $?' EXIT
    set -o errtrace
    gather_sanitizers_reports
    listen_to_syslog
    lay_the_cables
    make_bridge br0 10.0.3.1/24
    [ -z "${UPLINK_IPV6:-}" ] || give_ipv6_to_the_world
    make_the_rootfs
    let_users_reach_the_hooks
    PATH=${UPLINK_PREFIX:-}/bin:$PATH
}

# The outer half of a test: waits for the inner one and sweeps up behind it.
run_in_a_new_world() {
    local tool status=0
    [ "$(id -u)" = 0 ] || skip "only root can make namespaces and containers"
    for tool in lxc-start iptables-legacy nft dnsmasq busybox socat jq setpriv; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    unshare -n -m -p -f true 2>/dev/null || skip "this machine does not let us make namespaces"

    export UPLINK_WORLD=lxc-uplink-world-$$
    setpriv --pdeathsig KILL unshare -n -m -i -u -p -f --kill-child --mount-proc --propagation private bash "$@" || status=$?
    sweep_up_control_groups
    exit "$status"
}

# Control groups outlive their world; so do those of a world that was killed together with its test, found here by the next one. Another
# test may sweep at the same time, and `find` then fails for what has gone under it.
sweep_up_control_groups() {
    local group world
    { find /sys/fs/cgroup -depth -type d -path '*/lxc-uplink-world-*' 2>/dev/null || true; } | while read -r group; do
        world=${group##*/lxc-uplink-world-}
        world=${world%%/*}
        if [ "$world" = $$ ] || [ ! -e "/proc/$world" ]; then rmdir "$group" 2>/dev/null || true; fi
    done
}

cover_the_machine() {
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p "$WORLD"/{cgroup,dev} /run/netns

    # LXC reads /sys/class/net, which shows the netns that mounted /sys.
    mount --rbind /sys/fs/cgroup "$WORLD/cgroup"
    mount -t sysfs sysfs /sys
    mount --move "$WORLD/cgroup" /sys/fs/cgroup

    mount -t tmpfs -o mode=755 tmpfs "$WORLD/dev"
    cp -a /dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr} "$WORLD/dev"
    mkdir "$WORLD"/dev/{pts,shm}
    ln -s pts/ptmx "$WORLD/dev/ptmx"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$WORLD/dev/pts"
    mount --rbind "$WORLD/dev" /dev

    mount -t tmpfs -o mode=755 tmpfs /var/lib/lxc
    mount -t tmpfs -o mode=755 tmpfs /etc/lxc
    echo "lxc.cgroup.pattern = $UPLINK_WORLD/%n" >/etc/lxc/lxc.conf
    [ -z "${UPLINK_ENGINE:-}" ] || echo "firewall = $UPLINK_ENGINE" >/etc/lxc/uplink.conf
}

# Its files, laid over this machine's in the test's own mount namespace; UPLINK_PACKAGE is the folder that packaging/build-deb left it in.
install_the_package() {
    dpkg-deb -x "$UPLINK_PACKAGE"/lxc-uplink_*.deb "$WORLD/package"
    mount -t overlay overlay -o "lowerdir=$WORLD/package/usr:/usr" /usr
    UPLINK_PREFIX=/usr
}

# Nobody reads the stderr of a detached process. Ordinary users run our programs too, so that all may write to the folder. As GCC links
# them, beside AddressSanitizer the other one takes no path, but writes to syslog.
gather_sanitizers_reports() {
    mkdir -m 1777 "$WORLD/sanitizers"
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$WORLD/sanitizers/asan
    export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_to_syslog=1
}

listen_to_syslog() {
    : >"$WORLD/syslog"
    socat -u UNIX-RECV:/dev/log,mode=666 "OPEN:$WORLD/syslog,append" &
    wait_until 5 "the listener of syslog" test -S /dev/log
}

# What was logged, one message a line: datagrams come without an end, so the priority in front is what parts them.
syslog() { sed -E 's/<[0-9]+>([A-Z][a-z]{2} )/\n\1/g' "$WORLD/syslog" | sed '/^$/d'; }

in_netns() { # NETNS COMMAND...: /sys and the control groups stay as they are, which `ip netns exec` would not grant
    nsenter --net="/run/netns/$1" -- "${@:2}"
}

# A tree below /root, say, is out of an ordinary user's reach, who could not even be refused by a hook that he cannot run.
let_users_reach_the_hooks() {
    local tree=${UPLINK_PREFIX:-}
    [ -x "$tree/bin/lxc-uplink" ] || return 0
    setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$tree/bin/lxc-uplink" 2>/dev/null && return 0
    cp -a "$tree" "$WORLD/uplink"
    sed -i "s#$tree/#$WORLD/uplink/#" "$WORLD"/uplink/share/lxc/config/*.conf
    UPLINK_PREFIX=$WORLD/uplink
}

lay_the_cables() {
    local netns
    ip netns attach host $$
    for netns in sw lan1 lan2 gw inet; do ip netns add "$netns"; done
    for netns in host sw lan1 lan2 gw inet; do ip -n "$netns" link set lo up; done
    sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.{all,default}.accept_dad=0
    in_netns gw sysctl -qw net.ipv4.ip_forward=1

    ip -n sw link add lan type bridge
    ip -n sw link set lan up
    plug_into_the_switch host eth0 $HOST/24
    plug_into_the_switch lan1 eth0 192.0.2.21/24
    plug_into_the_switch lan2 eth0 192.0.2.22/24
    plug_into_the_switch gw lan0 $LAN_GATEWAY/24
    for netns in host lan1 lan2; do ip -n "$netns" route add default via $LAN_GATEWAY; done

    ip -n gw link add wan0 type veth peer name eth0 netns inet
    ip -n gw addr add $INET_GATEWAY/24 dev wan0
    ip -n gw link set wan0 up
    ip -n inet addr add $INET/24 dev eth0
    ip -n inet link set eth0 up
    ip -n inet route add 192.0.2.0/24 via $INET_GATEWAY

    answer_with_the_peers_address
    wait_until 10 "an answer from the internet host" timeout 2 busybox wget -q -O - "http://$INET/"
}

plug_into_the_switch() { # NETNS DEVICE ADDRESS
    ip -n "$1" link add "$2" type veth peer name "$1" netns sw
    ip -n "$1" addr add "$3" dev "$2"
    ip -n "$1" link set "$2" up
    ip -n sw link set "$1" master lan up
}

answer_with_the_peers_address() {
    cat >"$WORLD/answer" <<'SCRIPT'
#!/bin/sh
while read -r line && [ "${#line}" -gt 1 ]; do :; done
printf 'HTTP/1.0 200 OK\r\n\r\n%s\n' "$SOCAT_PEERADDR"
SCRIPT
    chmod +x "$WORLD/answer"
    in_netns inet socat "TCP-LISTEN:80,fork,reuseaddr,backlog=64" "EXEC:$WORLD/answer" 2>>"$WORLD/servers.log" &
}

# A bridge as an administrator would make it, with a MAC of its own. Its first carrier gives a bridge a link-local address and routes for
# good, so it has one here, before any snapshot.
make_bridge() { # NAME ADDRESS [MTU]
    ip link add "$1" address 00:16:3e:00:00:01 type bridge
    ip link set "$1" mtu "${3:-1500}" up
    ip addr add "$2" dev "$1"
    ip link add first-port type veth peer name its-cable
    ip link set its-cable up
    ip link set first-port master "$1" up
    wait_until 5 "the link-local address of $1" grep -q "$1\$" /proc/net/if_inet6
    ip link del first-port
    [ -z "${UPLINK_IPV6:-}" ] || ip addr add "$(ipv6_of "$2")" dev "$1" nodad
}

lease_addresses_on() { # BRIDGE NETWORK-PREFIX, such as 10.0.3
    dnsmasq --conf-file=/dev/null --user=root --pid-file="$WORLD/dnsmasq.pid" --no-ping --port=0 --interface="$1" --bind-interfaces \
        --dhcp-authoritative --dhcp-leasefile="$WORLD/leases" --dhcp-range="$2.100,$2.150,1h" --keep-in-foreground --log-facility="$WORLD/dnsmasq.log" &
}
