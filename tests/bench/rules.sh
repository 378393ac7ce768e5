# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Rules of other containers, laid out as the hooks lay them out: 250 to a /24.
other_rules() { # COUNT
    local i
    echo '*nat'
    if [ "$1" -gt 0 ]; then
        echo ':LXC-UPLINK - [0:0]'
        echo '-A POSTROUTING -m comment --comment lxc-uplink -j LXC-UPLINK'
        echo '-A LXC-UPLINK -d 224.0.0.0/4 -j RETURN'
        echo '-A LXC-UPLINK -d 255.255.255.255/32 -j RETURN'
    fi
    for ((i = 0; i < $1; i++)); do
        if ((i % 250 == 0)); then
            echo ":LXC-UPLINK-10.9.$((i / 250)).0/24 - [0:0]"
            echo "-A LXC-UPLINK -s 10.9.$((i / 250)).0/24 -j LXC-UPLINK-10.9.$((i / 250)).0/24"
        fi
        echo "-A LXC-UPLINK-10.9.$((i / 250)).0/24 -s 10.9.$((i / 250)).$((i % 250 + 2))/32 ! -d 10.9.$((i / 250)).0/24" \
            "-m comment --comment lxc-uplink:0123456789abcdef:1-1-1:other -j MASQUERADE"
    done
    echo COMMIT
}
