#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Reboots from inside and by lxc-stop -r: one monitor, several lives.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

make_nat_container web1 10.0.3.10

promise "after a reboot from inside the container still gets out, by one rule"
start_container web1
init=$(init_of web1)
inside web1 reboot
wait_until 20 "the reboot" has_rebooted web1 "$init"
expect_masquerade web1 10.0.3.10
expect_answer web1

echo "- after lxc-stop -r too"
init=$(init_of web1)
timeout 60 lxc-stop -P "$LXCPATH" -n web1 -r
wait_until 20 "the reboot" has_rebooted web1 "$init"
expect_masquerade web1 10.0.3.10
expect_answer web1
stop_container web1
nothing_is_left

promise "a bridge that was made for the container is there again after its reboot"
{ nic 0 '' 10.0.4.10/24 && uplink; } | make_container web1
options_of_a_made_bridge >"$LXCPATH/web1/uplink.conf"
start_container web1
init=$(init_of web1)
inside web1 reboot
wait_until 20 "the reboot" has_rebooted web1 "$init"
expect_answer web1
stop_container web1
nothing_is_left

promise "a shutdown from inside ends as cleanly as lxc-stop"
make_nat_container web2 10.0.3.10
start_container web2
inside web2 poweroff
wait_until 20 "the end of web2" no_monitor_of web2
nothing_is_left
