#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A kernel built without ip_tables has no list of its tables. The hooks find none here, since strace keeps it from them.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
command -v strace >/dev/null || skip "strace is not installed"
enter_world "$0" "$@"

export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 # LeakSanitizer cannot work under strace

without_legacy_tables() { # HOOK...
    local hook
    for hook in "$@"; do
        echo "lxc.hook.$hook = strace -f -o $WORLD/strace.$hook -P /proc/net/ip_tables_names -P /proc/net/ip6_tables_names \
-e trace=%file -e inject=%file:error=ENOENT $UPLINK_PREFIX/share/lxc/hooks/lxc-uplink-$hook"
    done
}

promise "firewall = auto takes nftables, and the container gets out"
{ nic 0 br0 10.0.3.10/24 && without_legacy_tables pre-start start-host post-stop; } | make_container web1
start_container web1
expect_match "what the hook found" '/ip_tables_names.*ENOENT.*INJECTED' "$(cat "$WORLD/strace.pre-start")"
expect_answer web1
expect_match "our table" '10\.0\.3\.10 .*comment "lxc-uplink:[0-9a-f]{16}:.*:web1"' "$(nft list table inet lxc_uplink)"
no_rules_are_left
expect_match "status" '^the rules are in nftables, since this kernel has no legacy tables$' "$(lxc-uplink status)"
stop_container web1
nothing_is_left

promise "firewall = iptables is refused, with what to do"
echo 'firewall = iptables' >"$LXCPATH/web1/uplink.conf"
start_is_refused web1
expect_logged 'web1: pre-start: firewall = iptables cannot be had, since this kernel has no legacy tables: run "modprobe iptable_nat", or say firewall = nftables$'
nothing_is_left
