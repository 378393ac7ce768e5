#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Each hook is killed at each of its system calls in turn, as the OOM killer might; gc then finds all that is left, since what is to be
# done is on record before it is done. A subshell stands in for the monitor; strace counts as a wrapper around the hook.
#
#     CALLS  an extended pattern of the system calls; those that change nothing leave the host as the one before them did
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
command -v strace >/dev/null || skip "strace is not installed"
CALLS=${CALLS:-sendmsg|sendto|connect|setsockopt|p?write(64)?|(rename|unlink|mkdir)(at2?)?|rmdir|fsync|flock|ftruncate|kill|clone3?|v?fork|wait4}
enter_world "$0" "$@"

hooks=$UPLINK_PREFIX/share/lxc/hooks
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 # LeakSanitizer cannot work under strace

# One NIC with an address of its own on a bridge that is there, one with neither address nor link on a bridge that is made.
{ nic 0 br0 10.0.3.10/24 && nic 1 '' '' && uplink; } | make_container web1
cat >"$LXCPATH/web1/uplink.conf" <<'OPTIONS'
bridge-address = 10.0.4.1/24
bridge-address = fd00:4::1/64
nic = 1
bridge = upbr0
OPTIONS
export LXC_NAME=web1 LXC_CONFIG_FILE=$LXCPATH/web1/config LXC_TARGET=stop LXC_CGNS_AWARE=1

# A container's network as start-host finds it, on a host that does not forward yet: what pre-start has turned on stays on.
new_network() {
    sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
    unshare -n sleep 300 &
    init=$!
    export LXC_PID=$init
    wait_until 5 "a network namespace" sh -c "[ \"\$(readlink /proc/$init/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
    for n in 0 1; do ip link add "veth-web1-$n" type veth peer name "eth$n" netns "$init"; done
    ip link set veth-web1-0 master br0 up
    ip link set veth-web1-1 up
}
end_network() {
    kill "$init"
    wait "$init" 2>/dev/null || true
    ip link del veth-web1-0 2>/dev/null || true
    ip link del veth-web1-1 2>/dev/null || true
}

# The parts of a snapshot that a hook can change, without the cost of the others: this runs some thousand times.
traces() {
    local rules # of all tables that are there
    rules=$(iptables-legacy-save && ip6tables-legacy-save) || return
    grep -F -i uplink <<<"$rules" || true
    ip -j link show type bridge | jq -r '.[].ifname' || return
    find /run/lxc-uplink/containers /run/lxc-uplink/shared -mindepth 1 2>/dev/null || true
}

# All system calls of a run, each as NAME and the how manieth of its name: strace counts them so.
calls_of() { # HOOK
    strace -qq -o "$WORLD/trace" "$hooks/lxc-uplink-$1" web1 lxc "$1"
    sed -nE 's/^([a-z0-9_]+)\(.*/\1/p' "$WORLD/trace" | grep -xE "$CALLS" | awk '{ print $1, ++count[$1] }'
}

run_hooks() { # HOOK...
    local hook
    for hook in "$@"; do "$hooks/lxc-uplink-$hook" web1 lxc "$hook"; done
}

lead_up_to() { # HOOK
    case $1 in
    start-host) run_hooks pre-start ;;
    post-stop) run_hooks pre-start start-host ;;
    esac
}

kill_at() { # HOOK CALL NUMBER
    (
        lead_up_to "$1"
        { strace -qq -o /dev/null -e "inject=$2:signal=KILL:when=$3" "$hooks/lxc-uplink-$1" web1 lxc "$1"; } 2>/dev/null ||
            { [ $? = 137 ] && echo "$2 $3" >>"$WORLD/killed"; }
    )
}

expect_no_trace() { # WHEN
    local now
    now=$(traces)
    expect_equal "what is left $1" "$before" "$now"
}

before=$(traces)
for hook in pre-start start-host post-stop; do
    echo "- $hook, killed anywhere, leaves nothing that gc does not find"
    new_network
    (
        lead_up_to "$hook"
        calls_of "$hook" >"$WORLD/calls"
    )
    end_network
    lxc-uplink gc >/dev/null
    expect_no_trace "after $hook was watched"
    points=0
    : >"$WORLD/killed"
    while read -r call number; do
        new_network
        kill_at "$hook" "$call" "$number"
        end_network
        lxc-uplink gc >/dev/null || fail "gc should succeed after $hook was killed at $call number $number"
        expect_no_trace "after $hook was killed at $call number $number"
        points=$((points + 1))
    done <"$WORLD/calls"
    [ "$points" -gt 20 ] || fail "$hook should have more than $points system calls"
    # A run may still end before its point.
    deaths=$(wc -l <"$WORLD/killed")
    [ "$deaths" -ge $((points * 9 / 10)) ] || fail "$hook should die at nearly all of $points points, not only at $(cat "$WORLD/killed")"
    echo "  ($points system calls, $deaths deaths)"
done
