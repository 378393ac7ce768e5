#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A user's own script around a hook makes the hook a grandchild of the monitor, and hook.version 1 changes how it is called.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

hooks=$UPLINK_PREFIX/share/lxc/hooks
cat >"$WORLD/wrapper" <<'SCRIPT'
#!/bin/sh
"$@"
status=$?
exit $status
SCRIPT
chmod +x "$WORLD/wrapper"
wrapped() { # HOOK...
    local hook
    for hook in "$@"; do echo "lxc.hook.$hook = $WORLD/wrapper $hooks/lxc-uplink-$hook"; done
}
plain() { local hook; for hook in "$@"; do echo "lxc.hook.$hook = $hooks/lxc-uplink-$hook"; done; }
on_br0() { { nic 0 br0 10.0.3.10/24 && cat; } | make_container web1; }

comes_and_goes() {
    start_container web1
    expect_masquerade web1 10.0.3.10
    expect_answer web1
    lxc-uplink gc
    expect_masquerade web1 10.0.3.10
    stop_container web1
    nothing_is_left
}
is_killed() {
    start_container web1
    kill_monitor web1
    lxc-uplink gc
    nothing_is_left
}

promise "three wrapped hooks work like plain ones"
wrapped pre-start start-host post-stop | on_br0
comes_and_goes
is_killed

for hook in pre-start start-host post-stop; do
    promise "so does $hook alone, wrapped"
    mapfile -t others < <(printf '%s\n' pre-start start-host post-stop | grep -vx "$hook")
    { wrapped "$hook" && plain "${others[@]}"; } | on_br0
    comes_and_goes
    is_killed
done

promise "a gc between a wrapped pre-start and start-host takes nothing away"
printf '#!/bin/sh\nexec %s gc\n' "$UPLINK_PREFIX/bin/lxc-uplink" >"$WORLD/collect" # LXC appends words that gc does not take
chmod +x "$WORLD/collect"
{ wrapped pre-start && echo "lxc.hook.pre-start = $WORLD/collect" && wrapped start-host post-stop; } | on_br0
comes_and_goes

promise "lxc.hook.version = 1 works, plain and wrapped"
{ echo 'lxc.hook.version = 1' && uplink; } | on_br0
comes_and_goes
{ echo 'lxc.hook.version = 1' && wrapped pre-start start-host post-stop; } | on_br0
comes_and_goes

promise "plan tells which of our hooks is missing, and runs none in their place"
plain pre-start | on_br0
said=$(lxc-uplink plan web1)
for hook in start-host post-stop; do
    expect_match "what plan says" "^note: no line lxc.hook.$hook runs lxc-uplink-$hook, .*: add \"lxc.hook.$hook = $hooks/lxc-uplink-$hook\"\$" "$said"
done
plain pre-start start-host post-stop | on_br0
expect_no_match "what plan says of all three" '^note: no line' "$(lxc-uplink plan web1)"

promise "a comment on the hook line is none of its options"
{ echo "lxc.hook.pre-start = $hooks/lxc-uplink-pre-start --hairpin yes # for the cameras" && plain start-host post-stop; } | on_br0
expect_match "what plan says" '^start-host: .*hairpin' "$(lxc-uplink plan web1)"
start_container web1
stop_container web1
nothing_is_left

promise "options on the hook line win over the container's file"
{
    echo "lxc.hook.pre-start = $hooks/lxc-uplink-pre-start --uplink eth0"
    plain start-host post-stop
} | on_br0
echo 'uplink = lo' >"$LXCPATH/web1/uplink.conf"
start_container web1
expect_masquerade_by_eth0
stop_container web1
rm "$LXCPATH/web1/uplink.conf"
nothing_is_left
