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

restart_docker() { stop_docker && start_docker; }
undo_in_docker() {
    iptables -F DOCKER-USER
    iptables -A DOCKER-USER -j RETURN
}

make_web1
for flavour in nft legacy; do
    use_iptables $flavour
    sysctl -qw net.ipv4.ip_forward=0
    let_through "Docker ($flavour)" start_docker stop_docker_and_its_rules restart_docker \
        "iptables-$flavour, table ip filter, chain FORWARD: policy drop" undo_in_docker keeps
done
