# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash source-path=SCRIPTDIR
# What is promised beside each firewall of somebody else, by IPv4 and by IPv6: web1 gets out and its published port is reached, whoever was
# first; that firewall's own tools and rules go on, and when web1 stops, its rules are as they were. Whoever sources this tells how that
# firewall is handled, by functions: start_it, stop_it, reload_it, undo_the_repair, what_its_tools_say, its_own_rules_work.
# shellcheck disable=SC2153 # HOST is world.sh's, which the test has read before this

source "$(dirname "${BASH_SOURCE[0]}")/ports.sh"
source "$(dirname "${BASH_SOURCE[0]}")/firewalls.sh"

export UPLINK_IPV6=yes
WEB1=10.0.3.10 WEB1_6=fd00:0:0:3::10
LAN1=192.0.2.21 lan1=/run/netns/lan1

# The LAN knows the way to the container's own addresses: so it is a firewall alone that keeps them out of reach.
make_web1() {
    give_addresses_of_ipv6
    ip -n lan1 route add $WEB1 via "$HOST"
    ip -n lan1 route add $WEB1_6 via $HOST_ULA
    make_nat_container web1 $WEB1
    echo 'publish = 8080:80' >"$LXCPATH/web1/uplink.conf"
}

is_reached() {
    expect_reply "web1 tcp 80" $lan1 tcp "$HOST" 8080
    expect_reply "web1 tcp 80" $lan1 tcp $HOST_ULA 8080
}
gets_through() {
    expect_answer web1
    is_reached
    lxc-uplink status >/dev/null || fail "status should find nothing wrong: $(lxc-uplink status | tail -n 1)"
}

is_cut_off() { # BY-IPV6-TOO: yes|no
    local netns
    netns=$(netns_of web1)
    expect_no_reply "$netns" tcp "$INET" 81
    [ "$1" = yes ] || return 0
    wait_until 5 "the addresses of web1" has_settled_addresses web1
    expect_no_reply "$netns" tcp "$INET_IPV6" 81
}

start_web1() {
    start_container web1
    serve web1 tcp 80
}
stop_web1() {
    end_servers
    stop_container web1
}

# Beside the container they may show what is ours, which bears our name.
expect_tools_to_say() { # WHEN WHAT
    local said
    said=$(what_its_tools_say) || fail "its own tools should read its rules $1"
    said=$(comm -3 <(sort -u <<<"$2") <(sort -u <<<"$said") | sed '/lxc-uplink:/d; /LXC-UPLINK/d')
    expect_equal "what its tools say otherwise $1" "" "$said"
}

let_through() { # NAME WHAT-DROPS KEEPS|LOSES DROPS-IPV6: what is opened, when it is reloaded; yes|no
    local said tools address again=reapply
    [ "$3" = keeps ] || again=gc # as the timer does it where no unit is restarted
    promise "$1 that was there before the container"
    start_it
    reload_it # some have other rules after that, whoever asks for it
    tools=$(what_its_tools_say) # which makes tables by reading them
    remember_rules
    echo 'coexist = off' >>"$LXCPATH/web1/uplink.conf"
    start_web1
    is_cut_off "$4"
    ! said=$(lxc-uplink check web1) || fail "check should find who drops"
    expect_match "what check says beside $1" "^web1: what web1 sends is dropped by $2" "$said"
    [ "$4" = no ] || expect_match "what check says beside $1" "what web1 sends by IPv6" "$said"
    bash -c "$(sed -nE 's/^    repair: //p' <<<"$said" | sort -u)" >/dev/null || fail "the repair should work: $said"
    expect_answer web1
    is_reached
    undo_the_repair
    stop_web1
    sed -i '/coexist/d' "$LXCPATH/web1/uplink.conf"
    start_web1
    gets_through
    for address in $WEB1 $WEB1_6; do expect_no_reply $lan1 tcp "$address" 80; done
    expect_tools_to_say "beside the container" "$tools"
    its_own_rules_work
    stop_web1
    rules_are_as_before "$1"
    expect_tools_to_say "after the container" "$tools"

    promise "$1 that is restarted under the container, and then lxc-uplink $again"
    start_web1
    reload_it
    if [ "$3" = keeps ]; then gets_through; else is_cut_off "$4"; fi
    lxc-uplink $again >/dev/null
    gets_through
    expect_equal "what $again does when all is well" "" "$(lxc-uplink $again)"
    stop_web1
    rules_are_as_before "$1"
    stop_it

    promise "$1 that is started after the container"
    start_web1
    start_it
    drop_what_is_forwarded
    is_cut_off "$4"
    ! said=$(lxc-uplink status) || fail "status should tell that $1 has not been opened"
    expect_match "what status says" "^web1: a firewall that was started or reloaded since has not been opened for it" "$said"
    expect_match "what reapply says" "^(web1: )?open " "$(lxc-uplink reapply)"
    gets_through
    stop_web1
    stop_it
}

# Docker does so only where it has turned forwarding on itself.
drop_what_is_forwarded() { [ "$(iptables -S DOCKER-USER 2>/dev/null)" = "" ] || iptables -P FORWARD DROP; }

# An administrator's own rules: he opens a port of the host's, and shuts one of the LAN's to web1.
serve_beside_it() {
    local netns
    for netns in host lan1; do
        in_netns $netns socat TCP6-LISTEN:2222,fork,reuseaddr,ipv6only=0 "SYSTEM:read -r line; echo $netns" 2>>"$WORLD/servers.log" &
        wait_until 5 "$netns to serve port 2222" is_bound /run/netns/$netns tcp 2222
    done
}
expect_host_open() {
    expect_reply host $lan1 tcp "$HOST" 2222
    expect_reply host $lan1 tcp $HOST_ULA 2222
}
expect_host_shut() { expect_no_reply $lan1 tcp "$HOST" 2222; }
expect_lan_open() { expect_reply lan1 "$(netns_of web1)" tcp "$LAN1" 2222; }
expect_lan_shut() { expect_no_reply "$(netns_of web1)" tcp "$LAN1" 2222; }
