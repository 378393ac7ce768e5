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

let_through() { # NAME START STOP RELOAD
    local before
    promise "$1 that was there before the container"
    "$2"
    "$4" # some have other rules after that, whoever asks for it
    before=$(rules_of_others)
    echo 'coexist = off' >>"$LXCPATH/web1/uplink.conf"
    start_web1
    expect_no_answer web1
    stop_web1
    sed -i '/coexist/d' "$LXCPATH/web1/uplink.conf"
    start_web1
    gets_through
    stop_web1
    expect_equal "the rules of $1 after the container" "$before" "$(rules_of_others)"

    promise "$1 that is restarted under the container"
    start_web1
    "$4"
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
# Nor does it take its chains away again.
stop_docker_and_its_rules() {
    stop_docker
    local table
    for table in filter nat; do
        iptables -t $table -F
        iptables -t $table -X
    done
    iptables -P FORWARD ACCEPT
}

make_nat_container web1 10.0.3.10
echo 'publish = 8080:80' >"$LXCPATH/web1/uplink.conf"
for flavour in nft legacy; do
    use_iptables $flavour
    sysctl -qw net.ipv4.ip_forward=0
    let_through "Docker ($flavour)" start_docker stop_docker_and_its_rules restart_docker
    let_through "ufw ($flavour)" start_ufw stop_ufw reload_ufw
done
let_through firewalld start_firewalld stop_firewalld reload_firewalld
