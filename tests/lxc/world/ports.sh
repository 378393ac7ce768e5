# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Programs that answer at a port of a container, and those who ask them, each by a file of /proc or /run that is its netns.

HOST_ULA=fd01::10 LAN1_ULA=fd01::21
servers=()

give_addresses_of_ipv6() {
    ip addr add $HOST_ULA/64 dev eth0 nodad
    ip -n lan1 addr add $LAN1_ULA/64 dev eth0 nodad
}

netns_of() { # CONTAINER
    echo "/proc/$(init_of "$1")/ns/net"
}

# Not by a process of the container: its small file system has no program for it. Whoever stops the container ends these first.
serve() { # CONTAINER PROTOCOL PORT...
    local port netns
    netns=$(netns_of "$1")
    for port in "${@:3}"; do
        case $2 in
            tcp) set -- "$1" "$2" "TCP6-LISTEN:$port,fork,reuseaddr,ipv6only=0" ;;
            udp) set -- "$1" "$2" "UDP6-RECVFROM:$port,fork,reuseaddr,ipv6only=0" ;;
        esac
        nsenter --net="$netns" -- socat "$3" "SYSTEM:read -r line; echo $1 $2 $port" 2>>"$WORLD/servers.log" &
        servers+=($!)
        wait_until 5 "$1 to serve port $port/$2" is_bound "$netns" "$2" "$port"
    done
}

is_bound() { # NETNS PROTOCOL PORT
    nsenter --net="$1" -- cat "/proc/net/${2}6" | grep -qi ": 0*:$(printf %04X "$3") "
}

end_servers() {
    kill "${servers[@]}"
    wait "${servers[@]}" || true
    servers=()
}

# Not by `read`, which reads byte by byte and so loses all of a datagram but its first.
ask() { # SECONDS NETNS PROTOCOL ADDRESS PORT: prints the answer
    # shellcheck disable=SC2016 # for the inner shell
    timeout "$1" nsenter --net="$2" -- bash -c 'exec 3<>"/dev/$1/$2/$3" && echo hello >&3 && head -n 1 <&3 | grep .' \
        - "$3" "$4" "$5" 2>/dev/null
}

expect_reply() { # REPLY NETNS PROTOCOL ADDRESS PORT
    expect_equal "what ${2#/run/netns/} reads from $4, port $5/$3" "$1" "$(ask 5 "${@:2}" || true)"
}

expect_no_reply() { # NETNS PROTOCOL ADDRESS PORT
    local reply
    if reply=$(ask 1 "$@"); then fail "${1#/run/netns/} should read nothing from $3, port $4/$2, but reads '$reply'"; fi
}

# Of the flows that the host tracks: those to these ports of its own.
tracked_flows_to() { # PORT/PROTOCOL...
    local port
    for port in "$@"; do grep -E " ${port#*/} .* dport=${port%/*} " /proc/net/nf_conntrack || true; done
}
