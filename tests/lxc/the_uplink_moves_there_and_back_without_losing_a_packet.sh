#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Mode direct, by real containers that start and stop while probes of 1 kHz run.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
ROUNDS=${ROUNDS:-20}
enter_world "$0" "$@"
need_uplink
dress_the_host

starts_and_stops_lose_nothing() {
    remember_dumps
    start_probes
    for ((round = 1; round <= ROUNDS; round++)); do
        start_container web1
        uplink_is_moved br1 || fail "in round $round the uplink should be in br1"
        stop_container web1
    done
    probes_lost_nothing
    dumps_are_the_same
}

promise "$ROUNDS starts and stops on a Linux bridge lose no packet, and all is as it was"
make_direct_container web1 192.0.2.77
starts_and_stops_lose_nothing

promise "$ROUNDS starts and stops on Open vSwitch lose no packet, and all is as it was"
start_ovs
make_direct_container web1 192.0.2.77 'bridge-type = openvswitch'
starts_and_stops_lose_nothing
