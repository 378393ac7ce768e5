#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Beside IPv4: a container with a unique local address reaches an internet host that has no way back to it, by the host's address.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
export UPLINK_IPV6=yes
enter_world "$0" "$@"

promise "a container of both families gets out by both"
make_nat_container web1 10.0.3.10
sysctl -qw net.ipv6.conf.all.forwarding=0
start_container web1
expect_answer web1
expect_equal "net.ipv6.conf.all.forwarding" 1 "$(sysctl -n net.ipv6.conf.all.forwarding)"
stop_container web1
nothing_is_left

promise "with ipv6 = no it gets out by IPv4 alone"
echo 'ipv6 = no' >>"$LXCPATH/web1/uplink.conf"
start_container web1
expect_equal "the source address that the internet host saw" "$HOST" "$(fetch_from web1)"
wait_until 5 "the addresses of web1" has_settled_addresses web1
expect_no_answer_by_ipv6 web1
stop_container web1
nothing_is_left

promise "two containers are masqueraded each by itself, and one outlives the other"
for number in 11 12; do make_nat_container web$number 10.0.3.$number; done
for number in 11 12; do start_container web$number; done
for number in 11 12; do expect_answer web$number; done
stop_container web11
expect_answer web12
stop_container web12
nothing_is_left
