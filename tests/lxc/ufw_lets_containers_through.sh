#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# ufw with each flavour of iptables, started before the container and after it: the container gets out, its published port is reached, and
# when it stops ufw's rules are as they were.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/let_through.sh"
need_uplink
need_firewalls
enter_world "$0" "$@"

start_it() { start_ufw; }
stop_it() { stop_ufw; }
reload_it() { ufw reload >/dev/null; }
undo_the_repair() {
    local address
    for address in $WEB1 $WEB1_6; do
        ufw route delete allow in on br0 from "$address" >/dev/null
        ufw route delete allow out on br0 to "$address" port 80 proto tcp >/dev/null
    done
}
what_its_tools_say() {
    ufw status verbose && ufw show raw | sed -E '/^Chain LXC-UPLINK/,/^$/d; s/^ *[0-9]+ +[0-9]+ //; s/ [0-9]+ packets, [0-9]+ bytes//; s/ \([0-9]+ references\)//'
}
deny=(deny in on br0 to "$LAN1" port 2222 proto tcp)
its_own_rules_work() {
    ufw allow 2222/tcp >/dev/null
    expect_host_open
    expect_lan_shut
    ufw delete allow 2222/tcp >/dev/null
    expect_host_shut
    ufw route delete "${deny[@]}" >/dev/null
    lxc-uplink gc >/dev/null # since ufw has loaded all of its rules anew, as it does whenever one is deleted
    expect_lan_open
    ufw route "${deny[@]}" >/dev/null
}

make_web1
serve_beside_it
start_ufw
ufw route "${deny[@]}" >/dev/null
stop_ufw
for flavour in nft legacy; do
    use_iptables $flavour
    let_through "ufw ($flavour)" "iptables-$flavour, table ip filter, chain FORWARD: policy drop" loses yes
done

promise "a plain nftables.conf that drops is nobody's to open: check says what to add"
nft 'table inet filter { chain forward { type filter hook forward priority 0; policy drop; }; }'
start_web1
is_cut_off yes
! said=$(lxc-uplink check web1) || fail "check should find who drops"
expect_match "what check says" "^web1: what web1 sends is dropped by nft, table inet filter, chain forward: policy drop" "$said"
bash -c "$(sed -nE 's/^    repair: //p' <<<"$said")" || fail "the repair should work: $said"
gets_through
stop_web1
