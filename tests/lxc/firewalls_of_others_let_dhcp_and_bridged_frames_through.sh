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

has_address() { inside "$1" ip -4 addr show dev eth0 | grep -q inet; }

serves_dhcp_clients() { # NAME
    local before
    promise "containers get their addresses from the host's server, beside $1"
    before=$(rules_of_others)
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
    expect_equal "the rules of $1 after the containers" "$before" "$(rules_of_others)"
}

serves_direct_containers() { # NAME
    local before
    promise "a container in mode direct reaches the LAN and is reached from there, beside $1"
    before=$(rules_of_others)
    sysctl -qw net.bridge.bridge-nf-call-iptables=1
    start_container lan-web
    expect_equal "what lan-web reads from the internet host" 192.0.2.77 "$(fetch_from lan-web)"
    serve lan-web tcp 80
    expect_reply "lan-web tcp 80" /run/netns/lan1 tcp 192.0.2.77 80
    end_servers
    stop_container lan-web
    expect_equal "the rules of $1 after the container" "$before" "$(rules_of_others)"
}

lease_addresses_on br0 10.0.3
for name in web1 web2; do { nic 0 br0 '' && uplink; } | make_container $name; done
make_direct_container lan-web 192.0.2.77


start_ufw
serves_dhcp_clients ufw
serves_direct_containers ufw
stop_ufw

sysctl -qw net.ipv4.ip_forward=0
start_docker
serves_dhcp_clients Docker
serves_direct_containers Docker
stop_docker
iptables -P FORWARD ACCEPT
iptables -F

start_firewalld
serves_dhcp_clients firewalld
serves_direct_containers firewalld

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
