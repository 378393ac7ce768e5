#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures the samples anew, from the real daemons, each in namespaces of its own: capture.sh [docker-nft|docker-legacy|ufw|firewalld|nftables|iptables]...
# Needs root and Debian's packages docker.io, ufw, firewalld, dbus-daemon, nftables and iptables. Everything that it starts dies with it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" != --inside ]; then
    [ $# -gt 0 ] || set -- docker-nft docker-legacy ufw firewalld nftables iptables
    for kind in "$@"; do
        echo "$kind ..."
        unshare -n -m -i -u -p -f --kill-child --mount-proc --propagation private timeout 120 "$here/capture.sh" --inside "$kind"
    done
    exit
fi
kind=$2

wait_for() { # COMMAND...
    for _ in $(seq 300); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    echo "$* does not become true" >&2 && exit 1
}

without_times() {
    grep -v '^#' | sed 's/\[[0-9]*:[0-9]*\]/[0:0]/'
}

save_nft() {
    nft --json --handle --numeric list ruleset >"$here/$kind.json"
    nft --handle --stateless list ruleset >"$here/$kind.nft" 2>/dev/null
}

own_copy() { # FOLDER: what is written there is gone afterwards
    mkdir -p "/run/copies$1"
    cp -a "$1/." "/run/copies$1"
    mount --bind "/run/copies$1" "$1"
}

mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/dbus /run/bin
echo 0 >/proc/sys/net/ipv4/ip_forward # so that dockerd turns it on itself, with its policy
ip link set lo up
for bridge in br0 br1; do ip link add $bridge type bridge && ip link set $bridge up; done
ip link add eth0 type veth peer name peer
ip address add 10.0.3.1/24 dev br0
ip address add 192.0.2.1/24 dev eth0
ip link set eth0 up
ip link set peer up

case $kind in
docker-*)
    flavour=${kind#docker-}
    for tool in "" -save -restore; do
        ln -s "/usr/sbin/iptables-$flavour$tool" "/run/bin/iptables$tool"
        ln -s "/usr/sbin/ip6tables-$flavour$tool" "/run/bin/ip6tables$tool"
    done
    export PATH=/run/bin:$PATH DOCKER_HOST=unix:///run/docker/d.sock
    mkdir /run/docker
    dockerd --data-root /run/docker/data --exec-root /run/docker/exec -H "$DOCKER_HOST" --pidfile /run/docker/d.pid --storage-driver vfs \
        >/run/docker/log 2>&1 &
    wait_for docker version
    docker network create --subnet 172.31.0.0/16 --opt com.docker.network.bridge.name=shop0 shop >/dev/null
    # What opens Docker for the containers of br0, and leaves it shut for those of br1.
    iptables -I DOCKER-USER -o br0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    iptables -I DOCKER-USER -i br0 -j ACCEPT
    "iptables-$flavour-save" | without_times >"$here/$kind.iptables"
    [ "$flavour" = legacy ] || save_nft
    ;;
ufw)
    for folder in /etc/ufw /etc/default /lib/ufw; do own_copy $folder; done
    ufw --force enable >/dev/null
    ufw allow 22/tcp >/dev/null
    ufw route allow in on br0 >/dev/null
    iptables-nft-save | without_times >"$here/ufw.iptables"
    ip6tables-nft-save | without_times >"$here/ufw.ip6tables"
    ;;
firewalld)
    own_copy /etc/firewalld
    dbus-daemon --system --fork
    firewalld --nofork --nopid >/dev/null 2>&1 &
    wait_for firewall-cmd --state
    firewall-cmd --zone=trusted --add-interface=br0 >/dev/null
    save_nft
    ;;
nftables)
    nft -f "$here/nftables.conf"
    save_nft
    ;;
iptables)
    iptables-legacy-restore <"$here/iptables.rules"
    iptables-legacy-save -t filter | without_times >"$here/iptables.iptables"
    ;;
esac
