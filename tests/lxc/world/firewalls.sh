# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Other people's firewalls, the real ones, in a world of their own: what they write to /etc is seen by nobody else.

need_firewalls() {
    local tool
    for tool in docker dockerd ufw firewalld dbus-daemon iptables-nft; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
}

# What proves, while a daemon runs, that its rules have been read: without them nothing would be the same as nothing.
chain_of_daemon='' firewalld=''

# A copy that this world alone has, in the place of the machine's own.
make_own() { # FOLDER-OR-FILE...
    local path copy
    for path in "$@"; do
        copy=$WORLD/own$path
        [ ! -e "$copy" ] || continue
        mkdir -p "${copy%/*}"
        cp -a "$path" "$copy"
        mount --bind "$copy" "$path"
    done
}

# Which tables `iptables` means, as Debian's alternatives say it.
use_iptables() { # nft|legacy
    make_own /etc/alternatives
    local program
    for program in iptables ip6tables; do
        ln -sfn "/usr/sbin/$program-$1" "/etc/alternatives/$program"
        ln -sfn "/usr/sbin/$program-$1-save" "/etc/alternatives/$program-save"
        ln -sfn "/usr/sbin/$program-$1-restore" "/etc/alternatives/$program-restore"
    done
}

take_away_chains() { # iptables|ip6tables TABLE...
    local table
    for table in "${@:2}"; do
        "$1" -t "$table" -F
        "$1" -t "$table" -X
    done
}

docker_answers() { [ -S "$WORLD/docker/socket" ] && curl -sf --unix-socket "$WORLD/docker/socket" http://docker/_ping; }

start_docker() {
    mkdir -p "$WORLD/docker"
    rm -f "$WORLD/docker/pid"
    dockerd --data-root "$WORLD/docker/data" --exec-root "$WORLD/docker/exec" -H "unix://$WORLD/docker/socket" \
        --pidfile "$WORLD/docker/pid" --storage-driver vfs >>"$WORLD/docker.log" 2>&1 &
    docker=$!
    wait_until 30 "dockerd to answer" docker_answers
    chain_of_daemon=DOCKER-USER
}

stop_docker() {
    kill "$docker"
    wait "$docker" || true
    chain_of_daemon=''
}

in_docker() { docker -H "unix://$WORLD/docker/socket" "$@"; }

# It does not take its chains away itself.
stop_docker_and_its_rules() {
    stop_docker
    take_away_chains iptables filter nat
    iptables -P FORWARD ACCEPT
}

start_ufw() {
    make_own /etc/ufw /etc/default/ufw
    ufw --force enable >>"$WORLD/ufw.log"
    chain_of_daemon=ufw-user-forward
}

stop_ufw() {
    ufw disable >>"$WORLD/ufw.log"
    chain_of_daemon=''
}

firewalld_answers() { firewall-cmd --state; }

start_firewalld() {
    mkdir -p /run/dbus
    if ! [ -S /run/dbus/system_bus_socket ]; then
        dbus-daemon --system --nofork --nopidfile >>"$WORLD/dbus.log" 2>&1 &
        wait_until 10 "the system's D-Bus" test -S /run/dbus/system_bus_socket
    fi
    make_own /etc/firewalld
    firewalld --nofork --nopid --log-file "$WORLD/firewalld.log" >>"$WORLD/firewalld-output.log" 2>&1 &
    firewalld=$!
    wait_until 30 "firewalld to answer" firewalld_answers
}

stop_firewalld() {
    kill "$firewalld"
    wait "$firewalld" || true
    firewalld=''
}

# What the daemons have, without counters. firewalld makes the chains of a zone when it is first used, and never takes them away. It has a table
# by one of its backends alone.
rules_of_others() {
    local rules zones='' table=''
    rules=$({ iptables-nft-save && iptables-legacy-save && ip6tables-nft-save && ip6tables-legacy-save; } 2>"$WORLD/warnings") ||
        fail "the tools of iptables should read the rules: $(<"$WORLD/warnings")"
    [[ "$rules" == *"$chain_of_daemon"* ]] || fail "$chain_of_daemon should be among the rules: $rules"
    if [ -n "$firewalld" ]; then
        zones=$(firewall-cmd --list-all-zones) || fail "firewall-cmd should list its zones"
        table=$(nft list ruleset inet) || fail "nft should list the tables of its family inet"
    fi
    sed -E '/^#/d; /^(:|-A )\w+_trusted/d; s/\[[0-9]+:[0-9]+\]//; /LXC-UPLINK/d' <<<"$rules" | sort
    sed -nE '/^table inet firewalld /,/^\}/ { /^\tchain \w+_trusted/,/^\t\}/d; /./p }' <<<"$table"
    echo "$zones"
}

remember_rules() { rules_of_others >"$WORLD/rules-before"; }

rules_are_as_before() { # OF-WHOM
    rules_of_others >"$WORLD/rules-after"
    diff -u "$WORLD"/rules-{before,after} >&2 || fail "the rules of $1 should be as before"
}

need_libvirt() {
    local tool
    for tool in libvirtd virsh; do
        command -v $tool >/dev/null || skip "$tool is not installed"
    done
}

in_libvirt() { timeout 20 virsh --quiet --connect network:///system "$@"; }

# Of its drivers that of networks alone: another would ask for a user that the world has not.
start_libvirt() {
    local drivers=$WORLD/libvirt/drivers
    if ! [ -d "$drivers" ]; then
        hide_state_of_services
        make_own /etc/libvirt
        mkdir -p "$drivers"
        ln -s /usr/lib/*/libvirt/connection-driver/libvirt_driver_network.so "$drivers"
    fi
    LIBVIRT_DRIVER_DIR=$drivers libvirtd >>"$WORLD/libvirt.log" 2>&1 &
    libvirt=$!
    wait_until 10 "libvirt to answer" in_libvirt net-list
}

# What they keep in /var is seen by nobody else; LXC's containers stay where they are.
hide_state_of_services() {
    mkdir "$WORLD/lxc"
    mount --move /var/lib/lxc "$WORLD/lxc"
    mount -t tmpfs -o mode=755 tmpfs /var/lib
    mount -t tmpfs -o mode=755 tmpfs /var/cache
    mkdir /var/lib/lxc
    mount --move "$WORLD/lxc" /var/lib/lxc
}

# The network that libvirt calls "default", as it ships it.
start_libvirts_network() {
    cat >"$WORLD/libvirt/default.xml" <<'XML'
<network>
  <name>default</name>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>
  </ip>
</network>
XML
    in_libvirt net-create "$WORLD/libvirt/default.xml"
}

# It does not take its chains away itself.
stop_libvirt_and_its_rules() {
    in_libvirt net-destroy default
    kill "$libvirt"
    wait "$libvirt" || true
    take_away_chains iptables filter nat mangle
    take_away_chains ip6tables filter nat mangle
}
