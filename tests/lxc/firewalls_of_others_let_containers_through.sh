#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Docker, ufw and firewalld, started before the container and after it: it gets out, its published port is reached, and when it stops
# their rules are as they were.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
source "$(dirname "$0")/world/firewalls.sh"
need_uplink
need_firewalls
enter_world "$0" "$@"

gets_through() {
    expect_answer web1
    expect_reply "web1 tcp 80" /run/netns/lan1 tcp "$HOST" 8080
    expect_no_reply /run/netns/lan1 tcp 10.0.3.10 80
    lxc-uplink status >/dev/null || fail "status should find nothing wrong: $(lxc-uplink status | tail -n 1)"
}
start_web1() {
    start_container web1
    serve web1 tcp 80
}
stop_web1() {
    end_servers
    stop_container web1
}

let_through() { # NAME START STOP RELOAD WHAT-DROPS UNDO-THE-REPAIR KEEPS|LOSES: what is opened, when it is reloaded
    local before said
    promise "$1 that was there before the container"
    "$2"
    "$4" # some have other rules after that, whoever asks for it
    before=$(rules_of_others)
    echo 'coexist = off' >>"$LXCPATH/web1/uplink.conf"
    start_web1
    expect_no_answer web1
    ! said=$(lxc-uplink check web1) || fail "check should find who drops"
    expect_match "what check says beside $1" "^web1: what web1 sends is dropped by $5" "$said"
    bash -c "$(sed -nE 's/^    repair: //p' <<<"$said" | sort -u)" >/dev/null || fail "the repair should work: $said"
    expect_answer web1
    expect_reply "web1 tcp 80" /run/netns/lan1 tcp "$HOST" 8080
    "$6"
    stop_web1
    sed -i '/coexist/d' "$LXCPATH/web1/uplink.conf"
    start_web1
    gets_through
    stop_web1
    expect_equal "the rules of $1 after the container" "$before" "$(rules_of_others)"

    promise "$1 that is restarted under the container"
    start_web1
    "$4"
    if [ "$7" = keeps ]; then gets_through; else expect_no_answer web1; fi
    lxc-uplink reapply >/dev/null
    gets_through
    expect_equal "what reapply does when all is well" "" "$(lxc-uplink reapply)"
    stop_web1
    expect_equal "the rules of $1 after the container" "$before" "$(rules_of_others)"
    "$3"

    promise "$1 that is started after the container"
    start_web1
    "$2"
    drop_what_is_forwarded
    expect_no_answer web1
    ! said=$(lxc-uplink status) || fail "status should tell that $1 is in the way"
    expect_match "what status says" "^web1: somebody's firewall is in the way" "$said"
    expect_match "what reapply says" "^(web1: )?open " "$(lxc-uplink reapply)"
    gets_through
    stop_web1
    "$3"
}

restart_docker() { stop_docker && start_docker; }
reload_ufw() { ufw reload >/dev/null; }
reload_firewalld() { firewall-cmd --reload >/dev/null; }

# Docker does so only where it has turned forwarding on itself.
drop_what_is_forwarded() { [ "$(iptables -S DOCKER-USER 2>/dev/null)" = "" ] || iptables -P FORWARD DROP; }

undo_in_docker() {
    iptables -F DOCKER-USER
    iptables -A DOCKER-USER -j RETURN
}
undo_in_ufw() {
    ufw route delete allow in on br0 from 10.0.3.10 >/dev/null
    ufw route delete allow out on br0 to 10.0.3.10 port 80 proto tcp >/dev/null
}

make_nat_container web1 10.0.3.10
echo 'publish = 8080:80' >"$LXCPATH/web1/uplink.conf"
for flavour in nft legacy; do
    use_iptables $flavour
    sysctl -qw net.ipv4.ip_forward=0
    let_through "Docker ($flavour)" start_docker stop_docker_and_its_rules restart_docker \
        "iptables-$flavour, table ip filter, chain FORWARD: policy drop" undo_in_docker keeps
    let_through "ufw ($flavour)" start_ufw stop_ufw reload_ufw \
        "iptables-$flavour, table ip filter, chain FORWARD: policy drop" undo_in_ufw loses
done
let_through firewalld start_firewalld stop_firewalld reload_firewalld \
    "nft, table inet firewalld, chain filter_FWD_public: reject with icmpx admin-prohibited" reload_firewalld loses

promise "a plain nftables.conf that drops is nobody's to open: check says what to add"
nft 'table inet filter { chain forward { type filter hook forward priority 0; policy drop; }; }'
start_web1
expect_no_answer web1
! said=$(lxc-uplink check web1) || fail "check should find who drops"
expect_match "what check says" "^web1: what web1 sends is dropped by nft, table inet filter, chain forward: policy drop" "$said"
bash -c "$(sed -nE 's/^    repair: //p' <<<"$said")" || fail "the repair should work: $said"
gets_through
stop_web1
