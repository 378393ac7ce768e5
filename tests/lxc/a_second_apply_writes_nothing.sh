#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What is there already is only read: of all that the program sends to the kernel then nothing is a change.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

# Messages of netlink but questions, rules of legacy tables, settings. strace has no names for those of nf_tables and of tracked flows:
# 0xa is the one's subsystem, 1 the other's, and behind that are the numbers of what begins with NFT_MSG_GET and IPCTNL_MSG_CT_GET.
changes_in() { # FILE-OF-STRACE
    local asks='nlmsg_type=([^,]*GET|0xa(01|04|07|0a|0d|10|13|16) |0x101 )|nlmsg_flags=[^,]*(NLM_F_DUMP|0x300)'
    sed -nE "/^[0-9]+ +send(to|msg)\(.*nlmsg_type=/{/$asks/!p}; /setsockopt\(.*(SET_REPLACE|SET_ADD_COUNTERS|SOL_IP, 0x4[01]|SOL_IPV6, 0x4[01])/p; /openat\(.*\/proc\/sys\/.*O_(WRONLY|RDWR)/p" "$1"
}
reapply_counted() { # FILE: reapply, and what it changes in the kernel
    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -o "$1" -e trace=sendto,sendmsg,setsockopt,openat lxc-uplink reapply
}

for number in 1 2 3; do make_nat_container "web$number" "10.0.3.1$number"; done
echo 'publish = 8080:80' >>"$LXCPATH/web1/uplink.conf"
for number in 1 2 3; do start_container "web$number"; done

promise "the count sees changes where there are some"
if [ -z "${UPLINK_ENGINE:-}" ]; then iptables-legacy -t nat -F; else nft delete table inet lxc_uplink; fi
sysctl -qw net.ipv4.ip_forward=0
expect_match "what reapply says" '^web1: masquerade ' "$(reapply_counted "$WORLD/first")"
changes_in "$WORLD/first" >"$WORLD/changes"
expect_match "the change of a setting" '/proc/sys/net/ipv4/ip_forward' "$(cat "$WORLD/changes")"
expect_match "the change of rules" 'SET_REPLACE|SOL_IP, 0x40|BATCH_BEGIN|nlmsg_type=0x10,' "$(cat "$WORLD/changes")"
for number in 1 2 3; do expect_answer "web$number"; done

promise "a second apply of the same state changes nothing in the kernel"
expect_equal "what reapply says" "" "$(reapply_counted "$WORLD/second")"
expect_equal "what it changed" "" "$(changes_in "$WORLD/second")"
[ "$(grep -c 'nlmsg_type=\|getsockopt\|setsockopt' "$WORLD/second")" -gt 0 ] || fail "it should have asked the kernel"
