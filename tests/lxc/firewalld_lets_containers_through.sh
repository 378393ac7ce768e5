#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# firewalld with each of its backends, started before the container and after it: the container gets out, its published port is reached,
# and when it stops firewalld's rules are as they were.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/let_through.sh"
need_uplink
need_firewalls
enter_world "$0" "$@"

reload_firewalld() { firewall-cmd --reload >/dev/null; }

make_web1
let_through firewalld start_firewalld stop_firewalld reload_firewalld \
    "nft, table inet firewalld, chain filter_FWD_public: reject with icmpx admin-prohibited" reload_firewalld loses
use_iptables nft
sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf
let_through "firewalld (iptables)" start_firewalld stop_firewalld reload_firewalld \
    "iptables-nft, table ip filter, chain FWD_public: -A FWD_public -j REJECT" reload_firewalld loses
