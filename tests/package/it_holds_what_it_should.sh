#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# UPLINK_PACKAGE is where packaging/build-deb left the package.
set -euo pipefail
package=("${UPLINK_PACKAGE:-build/deb}"/lxc-uplink_*.deb)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

expect_equal() { # WHAT EXPECTED SEEN
    diff --label "$1, as expected" --label "as it is" -u <(echo "$2") <(echo "$3") >&2 || failures=$((failures + 1))
}

dpkg-deb --ctrl-tarfile "${package[0]}" | tar -C "$scratch" -xf -
expect_equal "the conffiles" /etc/lxc/uplink.conf "$(cat "$scratch/conffiles")"
expect_equal "what it enables" $'lxc-uplink-boot.service\nlxc-uplink-gc.timer' \
    "$(sed -nE "s/.*deb-systemd-helper enable '(.*)' .*/\1/p" "$scratch/postinst")"
beside_units() { sed '/^# Automatically added by dh_installsystemd/,/^# End/d' "$@"; }
expect_equal "what it does at installation and removal beside starting and stopping units" "" \
    "$(beside_units "$scratch"/{postinst,postrm} | grep -vxE '#!/bin/sh|set -e')"
expect_equal "what it does before its removal" "$(grep -v '^#DEBHELPER#' "$(dirname "$0")/../../packaging/debian/lxc-uplink.prerm")" "$(beside_units "$scratch/prerm")"
expect_equal "its name" lxc-uplink "$(dpkg-deb -f "${package[0]}" Package)"
for dependency in libip4tc2 liblxc1 lxc; do
    grep -qE "(^|, )$dependency( |,|\$)" <<<"$(dpkg-deb -f "${package[0]}" Depends)" || expect_equal "a dependency" "$dependency" ""
done

# Mode, owner and path of each file; modes of folders and of links are everybody's.
expect_equal "the files" \
    '-rw-r--r-- root/root ./etc/lxc/uplink.conf
-rw-r--r-- root/root ./lib/systemd/system/docker.service.d/lxc-uplink.conf
-rw-r--r-- root/root ./lib/systemd/system/firewalld.service.d/lxc-uplink.conf
-rw-r--r-- root/root ./lib/systemd/system/lxc-uplink-boot.service
-rw-r--r-- root/root ./lib/systemd/system/lxc-uplink-gc.service
-rw-r--r-- root/root ./lib/systemd/system/lxc-uplink-gc.timer
-rw-r--r-- root/root ./lib/systemd/system/lxc.service.d/lxc-uplink.conf
-rw-r--r-- root/root ./lib/systemd/system/netfilter-persistent.service.d/lxc-uplink.conf
-rw-r--r-- root/root ./lib/systemd/system/nftables.service.d/lxc-uplink-reload.conf
-rw-r--r-- root/root ./lib/systemd/system/nftables.service.d/lxc-uplink.conf
-rw-r--r-- root/root ./lib/systemd/system/ufw.service.d/lxc-uplink.conf
-rwxr-xr-x root/root ./usr/bin/lxc-uplink
-rwxr-xr-x root/root ./usr/libexec/lxc/hooks/lxc-uplink-post-stop
-rwxr-xr-x root/root ./usr/libexec/lxc/hooks/lxc-uplink-pre-start
-rwxr-xr-x root/root ./usr/libexec/lxc/hooks/lxc-uplink-start-host
-rw-r--r-- root/root ./usr/share/doc/lxc-uplink/NEWS.md.gz
-rw-r--r-- root/root ./usr/share/doc/lxc-uplink/README.md.gz
-rw-r--r-- root/root ./usr/share/doc/lxc-uplink/changelog.Debian.gz
-rw-r--r-- root/root ./usr/share/doc/lxc-uplink/copyright
-rw-r--r-- root/root ./usr/share/doc/lxc-uplink/examples/uplink.conf
-rw-r--r-- root/root ./usr/share/lxc/config/lxc-uplink-direct.conf
-rw-r--r-- root/root ./usr/share/lxc/config/lxc-uplink-nat.conf
-rw-r--r-- root/root ./usr/share/lxc/config/lxc-uplink.conf
lrwxrwxrwx root/root ./usr/share/lxc/hooks/lxc-uplink-post-stop -> ../../../libexec/lxc/hooks/lxc-uplink-post-stop
lrwxrwxrwx root/root ./usr/share/lxc/hooks/lxc-uplink-pre-start -> ../../../libexec/lxc/hooks/lxc-uplink-pre-start
lrwxrwxrwx root/root ./usr/share/lxc/hooks/lxc-uplink-start-host -> ../../../libexec/lxc/hooks/lxc-uplink-start-host
-rw-r--r-- root/root ./usr/share/man/man8/lxc-uplink.8.gz' \
    "$(dpkg-deb -c "${package[0]}" | grep -v '/$' | awk '{ $3 = $4 = $5 = ""; print }' | tr -s ' ' | LC_ALL=C sort -k3,3)"
expect_equal "folders that only root can write" "" "$(dpkg-deb -c "${package[0]}" | grep '/$' | grep -v '^drwxr-xr-x root/root ')"

dpkg-deb -x "${package[0]}" "$scratch/root"
expect_equal "the active lines of uplink.conf" "" "$(grep -vE '^(#|$)' "$scratch/root/etc/lxc/uplink.conf")"
expect_equal "what the snippets run" \
    'lxc.hook.post-stop = /usr/share/lxc/hooks/lxc-uplink-post-stop
lxc.hook.pre-start = /usr/share/lxc/hooks/lxc-uplink-pre-start
lxc.hook.pre-start = /usr/share/lxc/hooks/lxc-uplink-pre-start --mode direct
lxc.hook.pre-start = /usr/share/lxc/hooks/lxc-uplink-pre-start --mode nat
lxc.hook.start-host = /usr/share/lxc/hooks/lxc-uplink-start-host' \
    "$(grep -hv '^#' "$scratch"/root/usr/share/lxc/config/*.conf | LC_ALL=C sort -u)"
expect_equal "what its units run" $'/usr/bin/lxc-uplink gc\n/usr/bin/lxc-uplink gc --boot' \
    "$(sed -n 's/^ExecStart=//p' "$scratch"/root/lib/systemd/system/*.service | LC_ALL=C sort)"
expect_equal "what other services run after they have changed the ruleset" \
    $'ExecReload=-+/usr/bin/lxc-uplink reapply\nExecStartPost=-+/usr/bin/lxc-uplink reapply' \
    "$(sed -n '/^Exec/p' "$scratch"/root/lib/systemd/system/nftables.service.d/*.conf | LC_ALL=C sort)"
expect_equal "what a service without a reload of its own reloads by" "" \
    "$(grep -l '^ExecReload' "$scratch"/root/lib/systemd/system/{docker,firewalld,netfilter-persistent,ufw}.service.d/*)"
expect_equal "its version" "lxc-uplink $(dpkg-deb -f "${package[0]}" Version | sed 's/-[^-]*$//')" "$("$scratch/root/usr/bin/lxc-uplink" --version)"

exit $((failures > 0))
