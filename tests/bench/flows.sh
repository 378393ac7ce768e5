# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# New flows of a container, for the scripts beside it: a program that sends datagrams to one port after another and tells what each cost.
build_flows() {
    cat >"$WORLD/flows.c" <<'SOURCE'
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(int count, char** words)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct timespec begin, end;
    int first = atoi(words[2]), flows = atoi(words[3]), s = socket(AF_INET, SOCK_DGRAM, 0);
    inet_pton(AF_INET, words[1], &to.sin_addr);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < flows; ++i) {
        to.sin_port = htons(first + i);
        sendto(s, "x", 1, 0, (struct sockaddr*)&to, sizeof to);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%ld\n", ((end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec) / flows);
    return count != 4;
}
SOURCE
    cc -O2 -o "$WORLD/flows" "$WORLD/flows.c"
}

# A namespace c1 at br0 that stands for a container.
connect_sender() { # ADDRESS/LENGTH GATEWAY
    ip netns add c1
    ip link add c1 type veth peer name eth0 netns c1
    ip link set c1 master br0 up
    ip -n c1 addr add "$1" dev eth0
    ip -n c1 link set eth0 up
    ip -n c1 route add default via "$2"
    in_netns inet nft -f - <<<'table inet quiet { chain in { type filter hook input priority 0; udp dport 1-65535 drop; }; }' # no ICMP errors back
    wait_until 10 "a way out of the namespace" in_netns c1 timeout 2 busybox ping -c 1 -W 1 "$2"
}

declare -A samples
sorted() { tr ' ' '\n' <<<"${samples[$1]}" | sed '/^$/d' | sort -n; } # NAME
median() { sorted "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
least() { sorted "$1" | head -n 1; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }

print_head() { printf '%-32s %14s %8s %14s %8s\n' "$1" "$2" ratio least ratio; } # WHAT UNIT
print_row() {                                                                 # NAME BASE
    printf '%-32s %14d %8s %14d %8s\n' "$1" "$(median "$1")" "$(ratio "$(median "$1")" "$(median "$2")")" \
        "$(least "$1")" "$(ratio "$(least "$1")" "$(least "$2")")"
}
