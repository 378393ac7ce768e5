# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packets that run while something is done to the host, and what became of them: five UDP flows of 1 kHz, four TCP ping-pongs.

PROBES=9
probe_clients=() probe_servers=()

start_probes() {
    [ -x "${UPLINK_PROBE:-}" ] || skip "UPLINK_PROBE does not name the built probe"
    rm -rf "$WORLD/probes"
    mkdir "$WORLD/probes"
    serve_probes lan1 "$LAN1"
    serve_probes lan1 "$LAN1_6"
    serve_probes host "$HOST"
    serve_probes host "$HOST6"
    serve_probes inet "$INET"

    start_probe udp-host-lan-v4 host send "$LAN1"
    start_probe udp-host-lan-v6 host send "$LAN1_6"
    start_probe udp-lan-host-v4 lan1 send "$HOST"
    start_probe udp-lan-host-v6 lan1 send "$HOST6"
    start_probe udp-host-inet-v4 host send "$INET"
    # Whoever answers datagrams takes connections too.
    wait_until 10 "an answer to each UDP probe" probes_have_answers 5
    start_probe tcp-host-lan-v4 host pingpong "$LAN1"
    start_probe tcp-host-lan-v6 host pingpong "$LAN1_6"
    start_probe tcp-lan-host-v4 lan1 pingpong "$HOST"
    start_probe tcp-lan-host-v6 lan1 pingpong "$HOST6"
    wait_until 10 "an answer to each TCP probe" probes_have_answers $PROBES
}

# Not by in_netns: as a function in the background it would be a shell that takes the signals.
serve_probes() { # NETNS ADDRESS
    nsenter --net="/run/netns/$1" -- "$UPLINK_PROBE" echo "$2" 7 2>>"$WORLD/probes/servers.err" &
    probe_servers+=($!)
}

start_probe() { # NAME NETNS COMMAND ADDRESS
    nsenter --net="/run/netns/$2" -- "$UPLINK_PROBE" "$3" "$4" 7 >"$WORLD/probes/$1.json" 2>"$WORLD/probes/$1.err" &
    probe_clients+=($!)
}

probes_have_answers() { # COUNT
    [ "$(cat "$WORLD"/probes/*.err | grep -c answered)" = "$1" ]
}

# Ends the probes. Their reports are in $WORLD/probes.
stop_probes() {
    local client lame=0
    for client in "${probe_clients[@]}"; do kill -TERM "$client" 2>/dev/null || lame=1; done
    for client in "${probe_clients[@]}"; do wait "$client" || lame=1; done
    kill -TERM "${probe_servers[@]}" || lame=1
    wait "${probe_servers[@]}" || true
    probe_clients=() probe_servers=()
    [ $lame = 0 ] || fail "a probe ended before its time: $(cat "$WORLD"/probes/*.err)"
}

# One line each, the name first.
probe_reports() {
    local report
    for report in "$WORLD"/probes/*.json; do
        jq -c --arg name "$(basename "$report" .json)" '{name: $name} + .' "$report"
    done
}

lost_datagrams() {
    probe_reports | jq -s 'map(.lost // 0) | add'
}

tcp_timeouts() {
    probe_reports | jq -s 'map(.timeouts // 0) | add'
}

# Ends the probes and judges them. Replies that stayed away for 200 ms longer than the probe slept stalled somewhere, such as at a neighbour
# whose address was asked for in vain.
probes_came_through() {
    stop_probes
    unharmed=$(probe_reports | jq -s '[.[] | select((.sent > 0 and .lost == 0 and .longest_gap_ms - .longest_pause_ms < 200) or
        (.round_trips > 0 and .unanswered == 0 and .timeouts == 0 and .retransmits == 0))] | length')
    [ "$unharmed" = $PROBES ]
}

probes_lost_nothing() {
    local unharmed
    if ! probes_came_through; then
        probe_reports >&2
        fail "only $unharmed of $PROBES probes came through unharmed"
    fi
}
