# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A real systemd in this world's network: the first process of a pid namespace, with no units but those that the test gives it.

UNITS=$WORLD/units

need_systemd() {
    local tool
    for tool in /lib/systemd/systemd systemctl; do
        command -v $tool >/dev/null || skip "$tool is not installed"
    done
}

# Those of this machine, with whatever the installed tree adds to them.
take_units() { # NAME...
    local name
    mkdir -p "$UNITS"
    for name in "$@"; do
        [ ! -e "/lib/systemd/system/$name" ] || cp "/lib/systemd/system/$name" "$UNITS"
        [ ! -e "$UPLINK_PREFIX/lib/systemd/system/$name" ] || cp "$UPLINK_PREFIX/lib/systemd/system/$name" "$UNITS"
        [ ! -e "$UPLINK_PREFIX/lib/systemd/system/$name.d" ] || cp -r "$UPLINK_PREFIX/lib/systemd/system/$name.d" "$UNITS"
    done
}

# It takes the control groups for its own, down from where it is, and makes what it finds mounted there read-only: so it gets a group of
# this world's, and a mount of its own. The limits of open files that it would raise are the machine's.
start_systemd() {
    local group target
    group=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET)/$UPLINK_WORLD/machine
    mkdir -p "$group" "$UNITS"
    for target in nothing sysinit basic timers shutdown time-sync time-set; do # by default units depend on these, which here do nothing
        printf '%s\n' '[Unit]' 'DefaultDependencies=no' >"$UNITS/$target.target"
    done
    # shellcheck disable=SC2016 # for the inner shells
    SYSTEMD_UNIT_PATH=$UNITS SYSTEMD_GENERATOR_PATH='' SYSTEMD_ENVIRONMENT_GENERATOR_PATH='' container=other \
        bash -c 'echo $$ >"$1/cgroup.procs" && exec unshare --cgroup --mount --pid --fork --kill-child --mount-proc bash -c "$2"' - "$group" \
        'umount --recursive /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
            mount --bind /proc/sys/fs /proc/sys/fs && mount -o remount,bind,ro /proc/sys/fs && exec /lib/systemd/systemd --system \
            --unit=nothing.target --machine-id=00000000000000000000000000000001 --log-target=console --show-status=no' \
        </dev/null >>"$WORLD/systemd.log" 2>&1 &
    unshared=$!
    wait_until 20 "systemd to answer" systemd_answers
}

systemd_answers() { in_machine systemctl list-units; }

# The first process of the new pid namespace, as this world counts.
machine() { pgrep -P "$unshared"; }

in_machine() { nsenter --target "$(machine)" --pid --mount --cgroup -- "$@"; }
