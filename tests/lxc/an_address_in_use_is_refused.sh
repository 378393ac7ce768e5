#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Two living containers with one address on one bridge: the second is told who has it.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

promise "the second container is refused by name, and the first one keeps its way out"
make_nat_container web1 10.0.3.10
make_nat_container web2 10.0.3.10
start_container web1
start_is_refused web2
expect_logged 'web2: pre-start: .*10\.0\.3\.10.*web1'
expect_masquerade web1 10.0.3.10
expect_answer web1
stop_container web1
nothing_is_left

promise "once the first one has stopped, the second one starts"
start_container web2
expect_answer web2
stop_container web2
nothing_is_left

promise "a killed container does not keep its address"
start_container web1
kill_monitor web1
start_container web2
expect_answer web2
stop_container web2
lxc-uplink gc
nothing_is_left

promise "the same address on another bridge is another address, but not where an address is an element of a set"
make_bridge br1 10.0.3.1/24
remember_the_host
{ nic 0 br1 10.0.3.10/24 && uplink; } | make_container web3
start_container web1
if [ "$engine" = nftables ]; then
    start_is_refused web3
    expect_logged 'web3: pre-start: an address of this container is that of the running container web1 on another bridge, and nftables'
else
    start_container web3
    stop_container web3
fi
expect_answer web1
stop_container web1
nothing_is_left
