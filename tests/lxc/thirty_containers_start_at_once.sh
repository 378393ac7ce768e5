#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Many at the same time: no rule lost, none left over. UPLINK_ROUNDS sets how often the living change.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

all_of() { # start_container|stop_container NUMBERS...: at once, each must succeed
    local action=$1 number workers=() worker
    shift
    for number in "$@"; do
        "$action" "c$number" &
        workers+=($!)
    done
    for worker in "${workers[@]}"; do wait "$worker" || fail "$action failed for one of c$1 ... c${*: -1}"; done
}
expect_rules_of() { # NUMBERS...
    local living=("$@")
    expect_equal "the addresses that have a rule" "$(printf '10.0.3.%s/32\n' "${living[@]/#/1}" | sort)" \
        "$(masqueraded_sources)"
}
mapfile -t numbers < <(seq 10 54)
for number in "${numbers[@]}"; do make_nat_container "c$number" "10.0.3.1$number"; done

promise "thirty started at once have thirty rules"
awake=("${numbers[@]:0:30}") asleep=("${numbers[@]:30}")
all_of start_container "${awake[@]}"
expect_rules_of "${awake[@]}"
expect_answer c10
expect_answer c39

rounds=${UPLINK_ROUNDS:-10}
echo "- fifteen stop while fifteen others start, $rounds times: exactly the living ones' rules"
for ((round = 1; round <= rounds; round++)); do
    leaving=("${awake[@]:0:15}")
    all_of stop_container "${leaving[@]}" &
    stopping=$!
    all_of start_container "${asleep[@]}"
    wait "$stopping" || fail "some containers did not stop in round $round"
    awake=("${awake[@]:15}" "${asleep[@]}")
    asleep=("${leaving[@]}")
    expect_rules_of "${awake[@]}"
done
all_of stop_container "${awake[@]}"
expect_no_match "the messages in syslog" 'lxc-uplink.*(cannot|failed|error)' "$(syslog)"
nothing_is_left
