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

start_it() { start_firewalld; }
stop_it() { stop_firewalld; }
reload_it() { firewall-cmd --reload >/dev/null; }
undo_the_repair() { reload_it; }
# By its name, since firewall-cmd else remarks that another zone is the only one in use, which is so beside the container.
what_its_tools_say() { firewall-cmd --zone=public --list-all; }
its_own_rules_work() {
    firewall-cmd --add-port=2222/tcp >/dev/null
    expect_host_open
    firewall-cmd --remove-port=2222/tcp >/dev/null
    expect_host_shut
}

make_web1
serve_beside_it
let_through firewalld "nft, table inet firewalld, chain filter_FWD_public: reject with icmpx admin-prohibited" loses yes
use_iptables nft
sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf
let_through "firewalld (iptables)" "iptables-nft, table ip filter, chain FWD_public: -A FWD_public -j REJECT" loses yes

promise "an address that somebody has put into a zone stays there"
start_it
for zone in trusted dmz; do
    firewall-cmd --zone=$zone --change-source=$WEB1 >/dev/null
    start_web1
    [ $zone != trusted ] || expect_answer web1
    said=$(lxc-uplink status) || fail "status should find nothing wrong: $said"
    [[ $zone == trusted || "$said" == *"web1: address $WEB1 is in firewalld's zone dmz, "* ]] || fail "status should tell of the zone: $said"
    stop_web1
    expect_equal "the zone of $WEB1 afterwards" $zone "$(firewall-cmd --get-zone-of-source=$WEB1)"
done
stop_it
