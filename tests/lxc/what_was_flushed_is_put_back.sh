#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Somebody flushes the ruleset under ten running containers: reapply, and gc, put back what was there, and nothing twice.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
need_uplink
enter_world "$0" "$@"

rules() { rules_as_they_stand | sort; }
rules_as_they_stand() { # of both engines, without counters
    local table
    for table in nat filter raw; do
        { iptables-legacy-save -t "$table" && ip6tables-legacy-save -t "$table"; } | grep -F -- LXC-UPLINK | sed -E 's/\[[0-9]+:[0-9]+\]//' || true
    done
    nft list tables | grep -qF 'inet lxc_uplink' || return 0
    nft list table inet lxc_uplink | sed -E 's/packets [0-9]+ bytes [0-9]+//g'
}
flush_everything() {
    local program table
    for program in iptables-legacy ip6tables-legacy; do
        for table in nat filter raw; do
            $program -t "$table" -F
            $program -t "$table" -X
        done
    done
    nft flush ruleset
}
lose() { # COMMAND...
    "$@"
    local status
    status=$(lxc-uplink status) && fail "status should fail after $*"
    expect_match "what status says after $*" 'run "lxc-uplink reapply"$' "$status"
}
all_is_back() { # AFTER-WHAT
    expect_equal "the rules after $1" "$whole" "$(rules)"
    lxc-uplink status >/dev/null || fail "status should find nothing wrong after $1"
    for number in {0..9}; do expect_answer "c$number"; done
    expect_reply "c0 tcp 80" /run/netns/lan1 tcp "$HOST" 8080
    expect_equal "what reapply does when all is well" "" "$(lxc-uplink reapply)"
}

for number in {0..9}; do make_nat_container "c$number" "10.0.3.1$number"; done
echo 'publish = 8080:80' >>"$LXCPATH/c0/uplink.conf"
for number in {0..9}; do start_container "c$number"; done
serve c0 tcp 80
whole=$(rules)

promise "the whole ruleset is flushed, and reapply puts it back"
lose flush_everything
expect_no_answer c5
expect_match "what reapply says" '^c5: masquerade 10.0.3.15 ' "$(lxc-uplink reapply)"
all_is_back reapply

promise "the nat table alone is flushed: the chains stay, and what leads to them goes"
if [ -z "${UPLINK_ENGINE:-}" ]; then
    lose iptables-legacy -t nat -F
else
    lose nft flush chain inet lxc_uplink postrouting
fi
lxc-uplink reapply >/dev/null
all_is_back reapply

promise "forwarding is turned off"
lose sysctl -qw net.ipv4.ip_forward=0
lxc-uplink reapply >/dev/null
all_is_back reapply

promise "forwarding comes back for those that are left, whoever had it turned on"
stop_container c9
lose sysctl -qw net.ipv4.ip_forward=0
lxc-uplink reapply >/dev/null
expect_answer c5
start_container c9
whole=$(rules)

promise "gc puts back what reapply does"
lose flush_everything
lxc-uplink gc >/dev/null
all_is_back gc

end_servers
for number in {0..9}; do stop_container "c$number"; done
