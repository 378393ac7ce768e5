#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A container that reboots keeps its uplink, and its monitor dies when a pre-start hook fails then, without another post-stop: gc is left to do it.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
need_uplink
enter_world "$0" "$@"
dress_the_host

# Somebody else's hook, before ours: it fails at a reboot, when the test says so.
cat >"$WORLD/somebodys-hook" <<'SCRIPT'
#!/bin/sh
[ -e /run/world/fails ] || exit 0
read -r _ </run/world/fails
exit 1
SCRIPT
chmod +x "$WORLD/somebodys-hook"
make_direct_container web1 192.0.2.77
sed -i "1i lxc.hook.pre-start = $WORLD/somebodys-hook" "$LXCPATH/web1/config"
make_direct_container web2 192.0.2.78

gc() { # as the timer does it
    local command
    command=$(sed -n 's/^ExecStart=//p' "$UPLINK_PREFIX/lib/systemd/system/lxc-uplink-gc.service")
    $command >/dev/null || fail "'$command' should end well"
}

start_to_reboot() {
    monitor=$(monitor_of web1)
    mkfifo "$WORLD/fails"
    inside web1 reboot
    wait_until 20 "post-stop" bash -c "jq -se 'any(.rebooting)' /run/lxc-uplink/containers/*.json"
    wait_until 20 "the next pre-start" pgrep -f "$WORLD/somebodys-hook"
}

fail_to_reboot() {
    echo now >"$WORLD/fails"
    wait_until 20 "the monitor's end" gone "$monitor"
    rm "$WORLD/fails"
}

promise "as long as the monitor lives the uplink stays, whatever gc is called"
remember_dumps
start_container web1
start_to_reboot
gc
uplink_is_moved br1 || fail "the uplink should still be in br1"

promise "when the monitor has died, gc brings it back"
fail_to_reboot
uplink_is_moved br1 || fail "nobody should have moved the uplink back yet"
gc
uplink_is_back || fail "the uplink should be back"
dumps_are_the_same
expect_equal "the status" "No container is served." "$(lxc-uplink status)"

promise "what somebody is moving is neither garbage nor a fault, until he has gone"
start_container web1
journal=$(echo /run/lxc-uplink/uplinks/*.json)
jq '.moved = false | .complete = false' "$journal" >"$WORLD/journal"
mkfifo "$WORLD/done"
flock "${journal%.json}.lock" cat "$WORLD/done" &
is_locked() { ! flock --nonblock "${journal%.json}.lock" true; }
wait_until 5 "the lock" is_locked
cp "$WORLD/journal" "$journal"
gc
uplink_is_moved br1 || fail "the uplink should still be in br1"
expect_no_match "the status" "cut short" "$(lxc-uplink status)"
: >"$WORLD/done"
wait $!
expect_match "the status" "cut short" "$(lxc-uplink status || true)"
gc
uplink_is_back || fail "the uplink should be back"
stop_container web1
dumps_are_the_same

promise "not as long as another container goes out by it"
start_container web1
start_container web2
start_to_reboot
fail_to_reboot
gc
uplink_is_moved br1 || fail "the uplink should still be in br1"
stop_container web2
uplink_is_back || fail "the uplink should be back"
dumps_are_the_same
