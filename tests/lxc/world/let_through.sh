# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source-path=SCRIPTDIR
# What is promised beside each firewall of somebody else: web1 gets out and its published port is reached, whoever was first, and when it
# stops, that firewall's rules are as they were.
# shellcheck disable=SC2153 # HOST is world.sh's, which the test has read before this

source "$(dirname "${BASH_SOURCE[0]}")/ports.sh"
source "$(dirname "${BASH_SOURCE[0]}")/firewalls.sh"

make_web1() {
    make_nat_container web1 10.0.3.10
    echo 'publish = 8080:80' >"$LXCPATH/web1/uplink.conf"
}

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

# Docker does so only where it has turned forwarding on itself.
drop_what_is_forwarded() { [ "$(iptables -S DOCKER-USER 2>/dev/null)" = "" ] || iptables -P FORWARD DROP; }
