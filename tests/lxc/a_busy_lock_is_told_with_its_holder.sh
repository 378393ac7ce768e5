#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# No hook waits for ever: after its deadline it says who is in the way.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/refusals.sh"
need_uplink
enter_world "$0" "$@"

make_nat_container web1 10.0.3.10
mkdir -p /run/lxc-uplink

hold() { # LOCK
    flock --no-fork "$1" sleep 120 &
    holder=$!
    wait_until 5 "somebody to hold $1" is_held "$1"
}
is_held() { ! flock --nonblock "$1" true; } # LOCK
let_go() {
    kill "$holder"
    wait "$holder" || true
}
tried_for() { # SECONDS: the deadline, and not much more than that
    local begun=$SECONDS
    run_hook pre-start
    local seconds=$((SECONDS - begun))
    ((seconds >= $1 - 1 && seconds <= $1 + 4)) || fail "the hook should have tried for $1 seconds, not for $seconds"
}

echo "- our own lock"
remember_everything
hold /run/lxc-uplink/lock
tried_for 20
expect_sentence "web1: pre-start: lock /run/lxc-uplink/lock was not free within 20 seconds: sleep (pid $holder) holds it; try again when that has ended"
nothing_has_changed # although the lock is still held: status and gc of others are what an administrator looks with
expect_equal "what status shows" "No container is served." "$(lxc-uplink status)"
let_go

echo "- the lock of all programs that change the tables"
hold /run/xtables.lock
tried_for 10
let_go
expect_sentence "web1: pre-start: cannot masquerade 10.0.3.10 leaving 10.0.3.0/24; guard 10.0.3.10 against what comes in unasked: lock /run/xtables.lock was not free within 10 seconds: sleep (pid $holder) holds it; try again when that has ended"
nothing_has_changed

echo "- and when it is free again, the container starts"
start_container web1
expect_answer web1
stop_container web1
nothing_is_left
