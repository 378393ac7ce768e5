#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Odd names, and one name under two lxcpaths.
set -euo pipefail
source "$(dirname "$0")/world.sh"
need_uplink
enter_world "$0" "$@"

promise "a name of 100 characters is cut in the rule, not in what it means"
name=$(printf 'n%.0s' {1..100})
make_nat_container "$name" 10.0.3.10
make_nat_container "${name%n}x" 10.0.3.11
start_container "$name"
start_container "${name%n}x"
expect_masquerade "$name" 10.0.3.10
expect_masquerade "${name%n}x" 10.0.3.11
stop_container "$name"
expect_masquerade "${name%n}x" 10.0.3.11
expect_answer "${name%n}x"
stop_container "${name%n}x"
nothing_is_left

promise "dots, +, :, - and _ in names are plain characters"
for name in web.1+2:3 a_b-c .hidden 1 'two words'; do
    make_nat_container "$name" 10.0.3.10
    start_container "$name"
    expect_masquerade "$name" 10.0.3.10
    expect_answer "$name"
    stop_container "$name"
done
nothing_is_left

promise "two containers of one name under two lxcpaths are two containers"
elsewhere=$WORLD/elsewhere
make_nat_container web1 10.0.3.10
LXCPATH=$elsewhere make_nat_container web1 10.0.3.11
start_container web1
LXCPATH=$elsewhere start_container web1
expect_masquerade web1 10.0.3.10
expect_masquerade web1 10.0.3.11
stop_container web1
rules=$(uplink_rules)
expect_no_match "the rules" 10.0.3.10 "$rules"
expect_masquerade web1 10.0.3.11
lxc-uplink gc
LXCPATH=$elsewhere expect_answer web1
LXCPATH=$elsewhere stop_container web1
nothing_is_left

promise "a container started from a config file somewhere else is served, and no option file beside that is read"
make_nat_container web2 10.0.3.10
mkdir "$WORLD/downloads"
mv "$LXCPATH/web2/config" "$WORLD/downloads/web2.conf"
echo 'mode = none' >"$WORLD/downloads/uplink.conf"
timeout 60 lxc-start -n web2 -f "$WORLD/downloads/web2.conf" -l DEBUG -o "$WORLD/lxc.log"
expect_masquerade web2 10.0.3.10
expect_answer web2
stop_container web2
nothing_is_left
