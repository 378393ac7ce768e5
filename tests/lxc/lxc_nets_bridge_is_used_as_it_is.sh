#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# The real lxc-net with its bridge, its dnsmasq and its rules, as Debian's containers have it: ours stand beside them, and go.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
need_uplink
enter_world "$0" "$@"

lxc_net=/usr/libexec/lxc/lxc-net
[ -x $lxc_net ] || skip "lxc-net is not installed"
port_leads_inside() { lxc-uplink status | grep -q 'port 8080/tcp leads'; }
rules_of_lxc_net() { nft list ruleset | sed '/^table inet lxc_uplink {/,/^}/d; s/packets [0-9]* bytes [0-9]*//'; }

for use_nft in true false; do
    promise "with LXC_USE_NFT=$use_nft a container on lxcbr0 gets out, its port is reached, and lxc-net's rules stay"
    printf 'USE_LXC_BRIDGE=true\nLXC_USE_NFT=%s\nLXC_DHCP_RANGE=10.0.3.100,10.0.3.150\n' $use_nft >"$WORLD/lxc-net"
    ip link del br0 2>/dev/null || true
    mount --bind "$WORLD/lxc-net" /etc/default/lxc-net
    $lxc_net start
    before=$(rules_of_lxc_net)
    { nic 0 lxcbr0 '' && uplink; } | make_container web1
    echo 'publish = 8080:80' >"$LXCPATH/web1/uplink.conf"
    start_container web1
    wait_until 20 "the lease of web1" has_address web1
    expect_answer web1
    wait_until 20 "the port of web1" port_leads_inside
    serve web1 tcp 80
    expect_reply "web1 tcp 80" /run/netns/lan1 tcp "$HOST" 8080
    expect_equal "lxc-net's rules beside ours" "$before" "$(rules_of_lxc_net)"
    end_servers
    stop_container web1
    expect_equal "lxc-net's rules after the container" "$before" "$(rules_of_lxc_net)"
    $lxc_net stop
    umount /etc/default/lxc-net
done
