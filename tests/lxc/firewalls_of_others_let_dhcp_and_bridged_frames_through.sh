#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Docker, ufw and firewalld beside containers that ask a DHCP server of the host's, and beside containers in mode direct.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
source "$(dirname "$0")/world/ports.sh"
source "$(dirname "$0")/world/firewalls.sh"
need_uplink
need_firewalls
enter_world "$0" "$@"

serves_dhcp_clients() { # NAME
    promise "containers get their addresses from the host's server, beside $1"
    remember_rules
    for name in web1 web2; do start_container $name; done
    for name in web1 web2; do
        wait_until 20 "the lease of $name" has_address $name
        expect_answer $name
    done
    stop_container web1
    expect_answer web2
    lxc-uplink reapply >/dev/null
    expect_answer web2
    stop_container web2
    rules_are_as_before "$1"
}

start_lan_web() {
    start_container lan-web
    serve lan-web tcp 80
}
stop_lan_web() {
    end_servers
    stop_container lan-web
}
lan_web_gets_through() {
    expect_equal "what lan-web reads from the internet host" 192.0.2.77 "$(fetch_from lan-web)"
    expect_reply "lan-web tcp 80" /run/netns/lan1 tcp 192.0.2.77 80
}
lan_web_is_cut_off() { expect_no_reply /run/netns/lan1 tcp 192.0.2.77 80; }

serves_direct_containers() { # NAME START STOP RELOAD KEEPS|LOSES: what is opened, when it is reloaded. It runs before and after this.
    promise "a container in mode direct reaches the LAN and is reached from there, beside $1"
    sysctl -qw net.bridge.bridge-nf-call-iptables=1
    "$4" # some have other rules after that
    remember_rules
    start_lan_web
    lan_web_gets_through
    "$4"
    if [ "$5" = keeps ]; then lan_web_gets_through; else lan_web_is_cut_off; fi
    lxc-uplink reapply >/dev/null
    lan_web_gets_through
    stop_lan_web
    rules_are_as_before "$1"
    "$3"

    echo "- beside $1 that is started after it too"
    start_lan_web
    "$2"
    lan_web_is_cut_off
    lxc-uplink reapply >/dev/null
    lan_web_gets_through
    stop_lan_web
    rules_are_as_before "$1"
}

lease_addresses_on br0 10.0.3
for name in web1 web2; do { nic 0 br0 '' && uplink; } | make_container $name; done
make_direct_container lan-web 192.0.2.77
echo 'lxc.net.0.hwaddr = 00:16:3e:00:00:77' >>"$LXCPATH/lan-web/config" # the LAN remembers it from one start to the next

has_no_address_and_check_says_why() { # WHO-DROPS-IT REPAIR
    promise "where coexist is off check says who drops the question for an address ($1)"
    echo 'coexist = off' >"$LXCPATH/web1/uplink.conf"
    start_container web1
    ! said=$(lxc-uplink check web1) || fail "check should find who drops"
    expect_match "what check says" "^web1: what web1 asks port 67/udp of this host is dropped by $1" "$said"
    expect_equal "the repair" "$2" "$(sed -nE 's/^    repair: //p' <<<"$said")"
    bash -c "$2" >/dev/null
    wait_until 20 "the lease of web1" has_address web1
    stop_container web1
    rm "$LXCPATH/web1/uplink.conf"
}

reload_ufw() { ufw reload >/dev/null; }
start_ufw
serves_dhcp_clients ufw
has_no_address_and_check_says_why 'iptables-nft, table ip filter' 'ufw allow in on br0 to any port 67 proto udp'
ufw delete allow in on br0 to any port 67 proto udp >/dev/null
serves_direct_containers ufw start_ufw stop_ufw reload_ufw loses
stop_ufw
take_away_chains iptables filter # which ufw leaves empty

start_docker_that_drops() { sysctl -qw net.ipv4.ip_forward=0 && start_docker; }
restart_docker() { stop_docker && start_docker; }
start_docker_that_drops
serves_dhcp_clients Docker
for flavour in nft legacy; do
    use_iptables $flavour
    [ "$flavour" = nft ] || start_docker_that_drops # which runs already
    serves_direct_containers "Docker ($flavour)" start_docker_that_drops stop_docker_and_its_rules restart_docker keeps
    stop_docker_and_its_rules
done
use_iptables nft

reload_firewalld() { firewall-cmd --reload >/dev/null; }
start_firewalld
serves_dhcp_clients firewalld
has_no_address_and_check_says_why 'nft, table inet firewalld' 'firewall-cmd --zone=trusted --add-interface=br0'
firewall-cmd --zone=trusted --remove-interface=br0 >/dev/null
serves_direct_containers firewalld start_firewalld stop_firewalld reload_firewalld loses

promise "where coexist is off, what check says opens firewalld for a container in mode direct, both ways"
echo 'coexist = off' >>"$LXCPATH/lan-web/uplink.conf"
start_lan_web
lan_web_is_cut_off
! said=$(lxc-uplink check lan-web) || fail "check should find who drops"
repair=$(sed -nE 's/^    repair: //p' <<<"$said" | sort -u)
expect_equal "the repair" "firewall-cmd --zone=public --add-interface=br1" "$repair"
bash -c "$repair" >/dev/null
lan_web_gets_through
stop_lan_web
sed -i '/coexist/d' "$LXCPATH/lan-web/uplink.conf"
reload_firewalld

promise "a zone that the NIC had until firewalld was reloaded stays the bridge's, without an error"
firewall-cmd --zone=dmz --change-interface=eth0 >/dev/null
start_lan_web
lan_web_gets_through
reload_firewalld
lan_web_is_cut_off
lxc-uplink reapply >/dev/null || fail "reapply should open firewalld again"
lan_web_gets_through
expect_equal "what reapply does once more" "" "$(lxc-uplink reapply)"
lxc-uplink status >/dev/null || fail "nothing should be wrong any more: $(lxc-uplink status)"
stop_lan_web
reload_firewalld

promise "the host's own ports stay as open as the zone of its NIC says, while that is a bridge's"
firewall-cmd --zone=trusted --change-interface=eth0 >/dev/null
remember_the_host
socat TCP-LISTEN:5000,fork,reuseaddr SYSTEM:'read -r line; echo host' 2>>"$WORLD/servers.log" &
host_server=$!
wait_until 5 "the host to serve port 5000" bash -c 'grep -q ":1388 00000000:0000 0A" /proc/net/tcp'
expect_reply host /run/netns/lan1 tcp "$HOST" 5000
start_container lan-web
expect_reply host /run/netns/lan1 tcp "$HOST" 5000
stop_container lan-web
expect_reply host /run/netns/lan1 tcp "$HOST" 5000
kill $host_server
stop_firewalld
