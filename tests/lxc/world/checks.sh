# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a test can say about the host: sentences when it is not as promised, and snapshots to prove that nothing is left.

skip() { # WHY
    echo "skipped: $1"
    exit 77
}

fail() { # SENTENCE
    echo "FAILED: $1" >&2
    trap - ERR
    exit 1
}

say_where_it_broke() { # COMMAND FILE LINE
    echo "FAILED: '$1' at ${2##*/}:$3" >&2
}

leave_world() { # STATUS
    local status=$1
    trap - EXIT ERR
    if grep -h '' "$WORLD"/sanitizers/* 2>/dev/null ||
        grep -hE 'AddressSanitizer|LeakSanitizer|runtime error:' "$WORLD"/*.log "$WORLD/syslog"; then
        echo "FAILED: the sanitizers have reported what is above"
        status=1
    fi >&2
    if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
        echo "--- the last lines of LXC's log: errors and hooks" >&2
        { grep -hE "ERROR|run_buffer|run_script" "$WORLD/lxc.log" || true; } | tail -n 50 >&2
        echo "--- the last lines of syslog" >&2
        syslog | tail -n 50 >&2
    fi
    exit "$status"
}

wait_until() { # SECONDS WHAT COMMAND...
    local deadline=$((SECONDS + $1)) seconds=$1 what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS <= deadline)) || fail "waited $seconds seconds for $what"
        sleep 0.05
    done
}

expect_equal() { # WHAT EXPECTED SEEN
    [ "$2" = "$3" ] || fail "$1 should be '$2' but is '$3'"
}

expect_match() { # WHAT PATTERN TEXT: some line of the text has the extended pattern
    grep -qE -e "$2" <<<"$3" || fail "$1 should have a line like '$2' but is '$3'"
}

expect_no_match() { # WHAT PATTERN TEXT
    ! grep -qE -e "$2" <<<"$3" || fail "$1 should have no line like '$2' but is '$3'"
}

expect_logged() { # PATTERN: lxc-uplink said so in syslog
    local ours # read to the end: a writer whose reader has found enough dies of SIGPIPE, which would be a failure too
    ours=$(syslog | grep -E 'lxc-uplink(\[[0-9]+\])?: ' || true)
    grep -qE -e "$1" <<<"$ours" || fail "lxc-uplink should have logged '$1'"
}

# Everything that a container may change on its host, as text. What the kernel itself keeps moving is left out: counters, carrier, comments with the time.
snapshot() { # FILE
    {
        local table
        for table in nat filter raw; do # the first look at a table makes the kernel create it, for ever
            iptables-legacy -t $table -S >/dev/null
            ip6tables-legacy -t $table -S >/dev/null
        done
        { iptables-legacy-save && ip6tables-legacy-save; } | sed -E '/^#/d; s/ \[[0-9]+:[0-9]+\]$//'
        nft list ruleset
        local what
        for what in addr link "-4 route show table all" "-6 route show table all" rule; do
            echo "$what"
            # shellcheck disable=SC2086
            ip -j $what | jq -S '.[] | del(.operstate) | if .flags then .flags -= ["NO-CARRIER", "LOWER_UP", "linkdown"] else . end'
        done
        bridge -j -d link | jq -S '.[] | del(.operstate, .state, .flags)'
        { find /run/lxc-uplink/containers /run/lxc-uplink/shared -mindepth 1 2>/dev/null || true; } | sort
    } >"$1"
}

same_snapshot() { # BEFORE AFTER
    diff -u "$1" "$2"
}

# Opens a test case: says what is promised and remembers the host.
promise() { # SENTENCE
    echo "- $1"
    remember_the_host
}

remember_the_host() {
    snapshot "$WORLD/before"
}

nothing_is_left() {
    local deadline=$((SECONDS + 5))
    # Once the monitor has ended nobody but the kernel acts, and it takes a dead netns down (and the veth with it) in its own time.
    until snapshot "$WORLD/after" && same_snapshot "$WORLD/before" "$WORLD/after" >"$WORLD/difference"; do
        if ((SECONDS > deadline)); then
            cat "$WORLD/difference" >&2
            fail "the host is not as it was before"
        fi
        sleep 0.05
    done
}

# Which engine the host is told to use; what a test says of rules holds for both.
engine=${UPLINK_ENGINE:-iptables}

# Our rules as iptables prints them, with a word for each part of a tag that is new at every start. Whoever looks for what should not be
# there assigns them first: a dump that fails is noticed by an assignment alone.
uplink_rules() {
    if [ "$engine" = nftables ]; then
        nft list ruleset inet | sed -n '/^table inet lxc_uplink {/,/^}/p'
    else
        iptables-legacy -t nat -S |
            sed -nE '/LXC-UPLINK/ { s/lxc-uplink:[0-9a-f]{16}:[0-9]+-[0-9]+-[0-9]+:/lxc-uplink:HASH:INSTANCE:/; p }'
    fi
}

no_rules_are_left() {
    local rules
    rules=$(uplink_rules)
    expect_equal "the rules of lxc-uplink" "" "$rules"
}

# Whichever tool shows the rules.
nothing_of_ours_is_in_any_table() {
    local rules
    rules=$({ iptables-nft-save && ip6tables-nft-save && iptables-legacy-save && ip6tables-legacy-save && nft list ruleset; } 2>"$WORLD/warnings")
    expect_no_match "what is left of ours" '(lxc|LXC)[-_](uplink|UPLINK)' "$rules"
}

# The element of the container's own rule in nf_tables, for its address.
nft_rules_of() { # ADDRESS
    nft list table inet lxc_uplink 2>/dev/null | sed 's|[{},]|\n|g' |
        sed -nE "s#^[[:space:]]*$1 counter packets [0-9]+ bytes [0-9]+ comment \"lxc-uplink:[0-9a-f]{16}:[0-9]+-[0-9]+-[0-9]+:(.*)\" : jump leaving-.*#\1#p"
}

# The rule of a whole network for those on the bridge whose address nobody knows beforehand: the line of each, by whichever engine.
shared_rules() { # BRIDGE
    if [ "$engine" = nftables ]; then
        nft list map inet lxc_uplink network4 | sed 's|[{},]|\n|g' |
            sed -nE "/lxc-uplink:shared:$1\"/ { s/counter packets [0-9]+ bytes [0-9]+ //; s/^[[:space:]]+|[[:space:]]+\$//g; p }"
    else
        uplink_rules | sed -n "/lxc-uplink:shared:$1\"/p"
    fi
}

# The sources of own rules, as iptables writes them.
masqueraded_sources() {
    if [ "$engine" = nftables ]; then
        uplink_rules | sed 's|[{},]|\n|g' | sed -nE 's#^[[:space:]]*([0-9.]+) counter .* : jump leaving-.*#\1/32#p' | sort
    else
        uplink_rules | sed -nE 's/^-A LXC-UPLINK-10.0.3.0\/24 -s (\S+) .* -j MASQUERADE$/\1/p' | sort
    fi
}

expect_masquerade() { # NAME ADDRESS: one rule of its own for the container
    local network="${2%.*}.0/24" seen
    if [ "$engine" = nftables ]; then
        expect_equal "the name at the rule for $2" "${1:0:64}" "$(nft_rules_of "$2")"
        return
    fi
    seen=$(uplink_rules | grep -F -e "-s $2/32" || true)
    expect_equal "the rule for $1" \
        "-A LXC-UPLINK-$network -s $2/32 ! -d $network -m comment --comment \"lxc-uplink:HASH:INSTANCE:${1:0:64}\" -j MASQUERADE" "$seen"
}

# The rule for 10.0.3.10 takes what leaves by the uplink eth0 alone.
expect_masquerade_by_eth0() {
    local rule='^-A LXC-UPLINK-10\.0\.3\.0/24 -s 10\.0\.3\.10/32 ! -d 10\.0\.3\.0/24 -o eth0 '
    [ "$engine" = iptables ] || rule='10\.0\.3\.10 \. "eth0" counter'
    expect_match "the rules" "$rule" "$(uplink_rules)"
}

expect_answer() { # CONTAINER
    expect_equal "the source address that the internet host saw from $1" "$HOST" "$(fetch_from "$1")"
    [ -z "${UPLINK_IPV6:-}" ] || expect_answer_by_ipv6 "$1"
}

expect_no_answer() { # CONTAINER
    local seen
    if seen=$(fetch_from "$1"); then fail "$1 should get no answer from the internet host, but that saw $seen"; fi
    [ -z "${UPLINK_IPV6:-}" ] || expect_no_answer_by_ipv6 "$1"
}
