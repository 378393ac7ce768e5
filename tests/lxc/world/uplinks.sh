# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Containers that go out by the host's own NIC.

make_direct_container() { # NAME [ADDRESS [OPTION LINES]...]: on br1, which lxc-uplink makes from eth0
    local name=$1 address=${2:-}
    {
        nic 0 "" "${address:+$address/24}"
        echo "lxc.include = ${UPLINK_PREFIX:?}/share/lxc/config/lxc-uplink-direct.conf"
    } | make_container "$name"
    printf '%s\n' 'bridge = br1' 'uplink = eth0' "${@:3}" >"$LXCPATH/$name/uplink.conf"
}

uplink_is_moved() { # BRIDGE
    [[ $(ip -4 addr show dev "$1") == *"inet $HOST/"* && $(ip -4 addr show dev eth0) != *inet* ]]
}

uplink_is_back() {
    [[ $(ip -4 addr show dev eth0) == *"inet $HOST/"* && ! -e /sys/class/net/eth0/master ]] && ! compgen -G '/run/lxc-uplink/uplinks/*.json' >/dev/null
}

switch_reflects() { # on|off
    bridge -n sw link set dev host hairpin "$1"
}

reaches() { # CONTAINER ADDRESS
    inside "$1" ping -c 1 -W 1 "$2" >/dev/null
}
