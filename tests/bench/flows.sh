# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# New flows of a container, for the scripts beside it: a program that sends datagrams to one port after another and tells what each cost.
# It is timed by the hundred, and of these times the median counts: what a hundred met of the machine's other work spoils that one alone.
build_flows() {
    cat >"$WORLD/flows.c" <<'SOURCE'
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
enum { batch = 100, most = 600 };
static int by_size(const void* a, const void* b) { return *(const long*)a < *(const long*)b ? -1 : 1; }
int main(int count, char** words)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct timespec begin, end;
    long took[most];
    int first = atoi(words[2]), batches = atoi(words[3]) / batch, s = socket(AF_INET, SOCK_DGRAM, 0);
    if (batches > most)
        return 1;
    inet_pton(AF_INET, words[1], &to.sin_addr);
    for (int i = 0; i < batches; ++i) {
        clock_gettime(CLOCK_MONOTONIC, &begin);
        for (int j = 0; j < batch; ++j) {
            to.sin_port = htons(first + i * batch + j);
            sendto(s, "x", 1, 0, (struct sockaddr*)&to, sizeof to);
        }
        clock_gettime(CLOCK_MONOTONIC, &end);
        took[i] = (end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec;
    }
    qsort(took, batches, sizeof took[0], by_size);
    printf("%ld\n", took[batches / 2] / batch);
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
