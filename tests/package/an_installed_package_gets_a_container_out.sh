#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
source "$(dirname "$0")/../lxc/world.sh"
enter_world "$0" "$@"
package=$WORLD/package
cp "$package/etc/lxc/uplink.conf" /etc/lxc/

promise "one line in a container's config is enough"
make_nat_container web1 10.0.3.10
expect_match "the config" '^lxc.include = /usr/share/lxc/config/lxc-uplink.conf$' "$(cat "$LXCPATH/web1/config")"
start_container web1
expect_masquerade web1 10.0.3.10
expect_answer web1
expect_match "the status" '^web1 ' "$(lxc-uplink status)"

stop_container web1
nothing_is_left

promise "it is not removed under a container that needs its hooks"
start_container web1
dpkg-deb --ctrl-tarfile "$UPLINK_PACKAGE"/lxc-uplink_*.deb | tar -C "$WORLD" -xf - ./prerm
said=$("$WORLD/prerm" remove 2>&1) && fail "the package should not let itself be removed"
expect_match "what its removal says" '^web1 ' "$said"
expect_match "what its removal says" '^lxc-uplink: running containers need its hooks .*: stop those listed above' "$said"
mv /run/lxc-uplink/containers "$WORLD/records"
said=$("$WORLD/prerm" remove 2>&1) && fail "the package should not let itself be removed beside a container without a record"
expect_match "what its removal says" '^web1 runs, and its record is lost' "$said"
mkdir -p /run/lxc-uplink/containers
mv "$WORLD/records"/* /run/lxc-uplink/containers
"$WORLD/prerm" upgrade 0.2 || fail "the package should let itself be upgraded"
expect_masquerade web1 10.0.3.10
stop_container web1
"$WORLD/prerm" remove || fail "the package should let itself be removed when no container is served"
nothing_is_left

promise "systemd finds nothing wrong with its units"
cp -r "$package/lib/systemd/system/." /run/systemd-units
expect_equal "what systemd-analyze finds" "" \
    "$(SYSTEMD_UNIT_PATH=/run/systemd-units: systemd-analyze verify --man=no lxc-uplink-boot.service lxc-uplink-gc.timer lxc.service 2>&1)"
nothing_is_left

promise "the other snippet is there too"
{ nic 0 br0 10.0.3.10/24 && echo "lxc.include = /usr/share/lxc/config/lxc-uplink-nat.conf"; } | make_container web2
start_container web2
expect_answer web2
stop_container web2
nothing_is_left

promise "the host's option file is the one that the package brings"
echo 'mode = none' >>/etc/lxc/uplink.conf
start_container web1
no_rules_are_left
stop_container web1
nothing_is_left
