#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A broadcast that comes in while the uplink moves must not leave by it again: the switch would look for its sender at the host's port, and
# whatever is sent to him would be lost until he speaks.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/direct.sh"
source "$(dirname "$0")/world/uplinks.sh"
need_uplink
enter_world "$0" "$@"

ROUNDS=${ROUNDS:-10}
make_direct_container web1 192.0.2.77
gateway=$(ip -n gw -j link show lan0 | jq -r '.[0].address')
in_netns sw nft "table bridge watch { chain seen {
    type filter hook prerouting priority 0
    iifname gw ether saddr $gateway counter
    iifname host ether saddr $gateway counter; }; }"
frames_seen() { in_netns sw nft list chain bridge watch seen | sed -nE "s/.*iifname \"$1\" .* packets ([0-9]+) .*/\1/p"; }
in_netns gw socat -u EXEC:'yes x',pipes UDP-DATAGRAM:192.0.2.255:9999,broadcast 2>>"$WORLD/servers.log" &
wait_until 5 "broadcasts" bash -c "[ \"\$(nsenter --net=/run/netns/sw -- nft list chain bridge watch seen | grep -c 'packets 0')\" = 1 ]"

promise "$ROUNDS starts and stops, with broadcasts of the gateway on the LAN all the while"
for ((round = 1; round <= ROUNDS; round++)); do
    start_container web1
    stop_container web1
done
[ "$(frames_seen gw)" -gt 1000 ] || fail "the gateway should have sent more than $(frames_seen gw) broadcasts"
expect_equal "the frames of the gateway's that came back from the host" 0 "$(frames_seen host)"
