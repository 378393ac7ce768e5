#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Docker with each flavour of iptables, started before the container and after it: the container gets out, its published port is reached, and
# when it stops Docker's rules are as they were.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/let_through.sh"
need_uplink
need_firewalls
enter_world "$0" "$@"

start_it() { start_docker; }
stop_it() { stop_docker_and_its_rules; }
reload_it() { stop_docker && start_docker; }
undo_the_repair() {
    iptables -F DOCKER-USER
    iptables -A DOCKER-USER -j RETURN
}
what_its_tools_say() { iptables -S DOCKER-USER && in_docker network ls; }
its_own_rules_work() {
    local deny=(-i br0 -d "$LAN1" -p tcp --dport 2222 -j DROP)
    iptables -I DOCKER-USER "${deny[@]}"
    expect_lan_shut
    iptables -D DOCKER-USER "${deny[@]}"
    expect_lan_open
}

make_web1
serve_beside_it
for flavour in nft legacy; do
    use_iptables $flavour
    sysctl -qw net.ipv4.ip_forward=0
    let_through "Docker ($flavour)" "iptables-$flavour, table ip filter, chain FORWARD: policy drop" keeps no
done
