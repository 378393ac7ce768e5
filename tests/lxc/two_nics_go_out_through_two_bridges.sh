#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Several NICs in one container: each is served, or only the one that option nic names.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

make_bridge br1 10.0.5.1/24
go_out_by_the_second() { # CONTAINER
    inside "$1" ip route replace default via 10.0.5.1
    [ -z "${UPLINK_IPV6:-}" ] || nsenter --net="/proc/$(init_of "$1")/ns/net" -- ip -6 route replace default via "$(ipv6_of 10.0.5.1)"
}
two_nics() { nic 0 br0 10.0.3.10/24 && nic 1 br1 10.0.5.10/24 && uplink; }

promise "both NICs are masqueraded, each in the chain of its network"
two_nics | make_container web1
start_container web1
expect_masquerade web1 10.0.3.10
expect_masquerade web1 10.0.5.10
expect_answer web1
go_out_by_the_second web1
expect_answer web1
stop_container web1
nothing_is_left

promise "option nic chooses one of them"
two_nics | make_container web2
echo 'nic = 1' >"$LXCPATH/web2/uplink.conf"
start_container web2
expect_masquerade web2 10.0.5.10
rules=$(uplink_rules)
expect_no_match "the rules" 10.0.3.10 "$rules"
expect_no_answer web2
status=0
said=$(lxc-uplink check web2) || status=$?
expect_equal "what check says of what leaves by the other" \
    "web2: cannot tell whether what web2 sends gets out: its default route goes by another NIC, which is not served as lxc.net.1 is" "$said"
expect_equal "its exit status" 2 "$status"
go_out_by_the_second web2
expect_answer web2
stop_container web2
nothing_is_left
