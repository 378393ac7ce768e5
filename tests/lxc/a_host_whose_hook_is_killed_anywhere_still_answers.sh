#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The hook is killed at its system calls, one a run, from where its guardian begins to watch over the uplink: the host answers at once, on
# what the killed hook left behind, and gc or the next start brings the uplink to one of its two places, where all is as it should be.
#
#     EVERY  each how manieth of the points is tried (30)
#     FIRST  which of them is the first (1), so that several worlds can share the work
#     BRIDGE_TYPE  linux, or openvswitch, where the hook's ovs-vsctl may outlive it, or die in its stead
#     CALLS  an extended pattern of the system calls; those that change nothing leave the host as the one before them did
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
need_uplink
command -v strace >/dev/null || skip "strace is not installed"
EVERY=${EVERY:-30} FIRST=${FIRST:-1} BRIDGE_TYPE=${BRIDGE_TYPE:-linux}
CALLS=${CALLS:-sendmsg|sendto|connect|setsockopt|write|rename|unlink|rmdir|mkdir|fsync|flock|wait4|exit_group}
enter_world "$0" "$@"
dress_the_host

hooks=$UPLINK_PREFIX/share/lxc/hooks
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 # LeakSanitizer cannot work under strace
options=()
if [ "$BRIDGE_TYPE" = openvswitch ]; then
    start_ovs
    options=('bridge-type = openvswitch')
fi
make_direct_container web1 192.0.2.77 "${options[@]}"
export LXC_NAME=web1 LXC_CONFIG_FILE=$LXCPATH/web1/config LXC_TARGET=stop LXC_CGNS_AWARE=1

hook() { # TYPE [COMMAND IN FRONT]...
    local options=()
    [ "$1" != pre-start ] || options=(--mode direct)
    "${@:2}" "$hooks/lxc-uplink-$1" "${options[@]}" web1 lxc "$1"
}

# All that is to be exact, in one of the uplink's two places.
state() {
    dumps
    ip -j link | jq -r '.[].ifname'
    nft -j list ruleset | jq -S '.nftables[] | del(.. | .handle?, .packets?, .bytes?)'
    [ "$BRIDGE_TYPE" = linux ] || what_ovs_has
    { find /run/lxc-uplink -type f ! -name '*lock' 2>/dev/null || true; } | sed -E 's/[0-9a-f]{16}\.[0-9.-]+/INSTANCE/'
}

what_ovs_has() {
    local table bridge
    for table in Bridge Port Interface; do ovs-vsctl --format=csv --data=bare --columns=name,external_ids list "$table" | sort; done
    for bridge in $(ovs-vsctl list-br); do ovs-ofctl --no-stats dump-flows "$bridge" | sort; done
}

remember_both_states() {
    state >"$WORLD/not moved"
    (
        hook pre-start
        state >"$WORLD/moved"
        hook post-stop
        true # so that bash does not replace the subshell
    )
    expect_state "not moved" "after a move and the way back"
}

expect_state() { # "moved" or "not moved", WHEN
    state >"$WORLD/state"
    diff -u "$WORLD/$1" "$WORLD/state" >&2 || fail "$2 the uplink should be $1 and all else in order"
}

# Within a second, in which it is asked more than once: a guardian at work may cost a packet.
host_answers() { # WHEN
    local address
    for address in "$HOST" "$HOST6"; do
        in_netns lan1 timeout 1 sh -c "until timeout 0.2 busybox ping -q -c 1 -W 1 $address; do echo $address; done" >"$WORLD/answers" ||
            fail "$1 the host should answer on $address"
        lost=$((lost + $(grep -cx "$address" "$WORLD/answers" || true)))
    done
}

# The calls that a run makes once its guardian lives, each as NAME and the how manieth of its name: strace counts them so.
calls_of() { # HOOK
    hook "$1" strace -qq -o "$WORLD/trace"
    awk -F '(' -v calls="^($CALLS)\$" '
        /^[a-z0-9_]+\(/ { ++count[$1] }
        guarded && $1 ~ calls { print $1, count[$1] }
        /^(clone|clone3|fork)\(/ && !/CLONE_VM/ { guarded = 1 } # not a program that it runs' "$WORLD/trace"
}

# How often it asks whether a thing has happened differs by hundreds: the shortest of three runs asked least.
few_calls_of() { # HOOK
    local i
    for i in 1 2 3; do
        (
            [ "$1" = pre-start ] || hook pre-start
            calls_of "$1" >"$WORLD/calls.$i"
        )
        lxc-uplink gc >/dev/null
    done
    cat "$(wc -l "$WORLD"/calls.[123] | sort -n | awk 'NR == 1 { print $2 }')"
}

# Strace does not follow the guardian, unless it is to die too: at setsid, which it alone calls, first of all.
kill_at() { # author or both, HOOK CALL NUMBER
    local killer=(strace -qq -o /dev/null -e "inject=$3:signal=KILL:when=$4")
    [ "$1" = author ] || killer+=(-f -e inject=setsid:signal=KILL)
    (
        [ "$2" = pre-start ] || hook pre-start
        hook "$2" "${killer[@]}" 2>/dev/null || [ $? != 137 ] || echo "$3 $4" >>"$WORLD/killed"
    )
}

guardian_has_ended() {
    flock -n "$(echo /run/lxc-uplink/uplinks/*:eth0.lock)" true
}

collect_garbage() { # WHEN
    wait_until 10 "the end of the guardian" guardian_has_ended
    lxc-uplink gc >/dev/null || fail "$1 gc should succeed"
    expect_state "not moved" "$1, after gc,"
}

# At once, so that it may have to wait for a guardian.
start_and_stop() { # WHEN
    (
        hook pre-start || fail "$1 the next start should succeed"
        expect_state "moved" "$1, after the next start,"
        hook post-stop || fail "$1 the next stop should succeed"
    )
    expect_state "not moved" "$1, after the next stop,"
}

dies_at_each_point() { # author or both, HOOK
    local call number when points=0 lost=0
    few_calls_of "$2" >"$WORLD/calls"
    : >"$WORLD/killed"
    [ "$(wc -l <"$WORLD/calls")" -gt 100 ] || fail "$2 should have more system calls than $(cat "$WORLD/calls")"
    while read -r call number; do
        when="after $2 died ($1) at $call number $number"
        kill_at "$1" "$2" "$call" "$number"
        host_answers "$when"
        points=$((points + 1))
        if ((points % 4)); then collect_garbage "$when"; else start_and_stop "$when"; fi
    done < <(awk -v every="$EVERY" -v first="$FIRST" 'NR % every == first % every' "$WORLD/calls")
    # A run may still end before its point.
    [ "$(wc -l <"$WORLD/killed")" -ge $((points / 2)) ] || fail "$2 should die at most points, not only at $(cat "$WORLD/killed")"
    echo "  ($points of $(wc -l <"$WORLD/calls") points, $(wc -l <"$WORLD/killed") deaths, $lost of $((2 * points + lost)) questions without an answer)"
}

remember_both_states
for hook in pre-start post-stop; do
    echo "- $hook, killed anywhere, leaves a host that answers and an uplink that its guardian brings back"
    dies_at_each_point author "$hook"
    echo "- $hook, killed anywhere together with its guardian, leaves a host that answers and an uplink that gc brings back"
    dies_at_each_point both "$hook"
done
