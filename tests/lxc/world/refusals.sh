# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A refusal is one sentence on stderr and the same in syslog, exit status 1, and a host that is as it was.

# What stands in front of the hook: a namespace to enter, another user; and what `env` does to its variables.
through=()
variables=()

# Runs a hook by hand as LXC's monitor would, with the words that LXC appends, and keeps what came of it.
run_hook() { # TYPE [OPTIONS, as they stand on the hook line]
    heard=$(errors_in_syslog)
    status=0
    said=$("${through[@]}" env LXC_NAME=web1 LXC_CONFIG_FILE="$LXCPATH/web1/config" LXC_CGNS_AWARE=1 env "${variables[@]}" \
        sh -c "exec $UPLINK_PREFIX/libexec/lxc/hooks/lxc-uplink-$1 ${2:-} web1 lxc ${AS:-$1}" 2>&1 >"$WORLD/stdout") || status=$?
}

# Those of a daemon (3) with priority err (3), a line each.
errors_in_syslog() {
    sed -E 's/<([0-9]+)>([A-Z][a-z]{2} )/\n<\1>\2/g' "$WORLD/syslog" | sed -nE 's/^<27>[A-Za-z]{3} [ 0-9]{2} [0-9:]{8} lxc-uplink\[[0-9]+\]: //p'
}

more_is_logged() {
    [ "$(errors_in_syslog)" != "$heard" ]
}

expect_error_in_syslog() { # SENTENCE: this one since `heard`, and no other
    local errors
    wait_until 5 "an error of lxc-uplink in syslog" more_is_logged
    errors=$(errors_in_syslog)
    errors=${errors#"$heard"}
    expect_equal "what the hook says in syslog" "$1" "${errors#$'\n'}"
}

expect_sentence() { # SENTENCE
    expect_equal "what the hook says on stderr" "lxc-uplink: $1" "$said"
    expect_equal "what the hook says on stdout" "" "$(cat "$WORLD/stdout")"
    expect_error_in_syslog "$1"
    expect_equal "the exit status of the hook" 1 "$status"
}

refused() { # SENTENCE TYPE [OPTIONS]
    run_hook "${@:2}"
    expect_sentence "$1"
    nothing_has_changed
}

# LXC itself shows what a hook says in its log alone, at level DEBUG.
start_is_refused_with() { # NAME SENTENCE
    heard=$(errors_in_syslog)
    : >"$WORLD/lxc.log"
    start_is_refused "$1"
    expect_equal "what LXC logs of its hooks" "lxc-uplink: $2" "$(sed -n 's/.* produced output: //p' "$WORLD/lxc.log")"
    expect_error_in_syslog "$2"
    nothing_is_left
    nothing_has_changed
}

# Beside the snapshot: the switch that is left on once it was turned on, and what the records say.
remember_everything() {
    remember_the_host
    records_and_switches >"$WORLD/records-before"
}

nothing_has_changed() {
    snapshot "$WORLD/after"
    same_snapshot "$WORLD/before" "$WORLD/after" >&2 || fail "a refusal should leave the host as it was"
    records_and_switches | diff -u "$WORLD/records-before" - >&2 || fail "a refusal should leave the records as they were"
}

records_and_switches() {
    cat /proc/sys/net/ipv4/ip_forward
    { find /run/lxc-uplink -type f ! -name '*lock' -exec sha256sum {} + 2>/dev/null || true; } | sort
}
