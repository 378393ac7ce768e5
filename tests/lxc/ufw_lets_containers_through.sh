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

reload_ufw() { ufw reload >/dev/null; }
undo_in_ufw() {
    ufw route delete allow in on br0 from 10.0.3.10 >/dev/null
    ufw route delete allow out on br0 to 10.0.3.10 port 80 proto tcp >/dev/null
}

make_web1
for flavour in nft legacy; do
    use_iptables $flavour
    let_through "ufw ($flavour)" start_ufw stop_ufw reload_ufw \
        "iptables-$flavour, table ip filter, chain FORWARD: policy drop" undo_in_ufw loses
done

promise "a plain nftables.conf that drops is nobody's to open: check says what to add"
nft 'table inet filter { chain forward { type filter hook forward priority 0; policy drop; }; }'
start_web1
expect_no_answer web1
! said=$(lxc-uplink check web1) || fail "check should find who drops"
expect_match "what check says" "^web1: what web1 sends is dropped by nft, table inet filter, chain forward: policy drop" "$said"
bash -c "$(sed -nE 's/^    repair: //p' <<<"$said")" || fail "the repair should work: $said"
gets_through
stop_web1
