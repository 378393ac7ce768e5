#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Containers beside libvirt's network and on its own bridge get out, and its rules stay as they were. To publish a port into its network
# takes what libvirt forbids: check names that, and the repair that it prints opens the way.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
source "$(dirname "$0")/world/firewalls.sh"
need_uplink
need_libvirt
enter_world "$0" "$@"

port_leads_inside() { lxc-uplink status | grep -q 'port 8081/tcp leads'; }

make_nat_container web1 10.0.3.10
echo 'publish = 8080:80' >"$LXCPATH/web1/uplink.conf"
{ nic 0 virbr0 '' && uplink; } | make_container web2
echo 'publish = 8081:80' >"$LXCPATH/web2/uplink.conf"
for flavour in nft legacy; do
    use_iptables $flavour
    start_libvirt
    start_libvirts_network
    promise "a container beside libvirt's network gets out and is reached (iptables-$flavour)"
    before=$(rules_of_others)
    expect_match "the rules of libvirt" "LIBVIRT_FWI" "$before"
    start_container web1
    serve web1 tcp 80
    expect_answer web1
    expect_reply "web1 tcp 80" /run/netns/lan1 tcp "$HOST" 8080

    promise "a container on libvirt's bridge gets out (iptables-$flavour)"
    start_container web2
    wait_until 20 "the lease of web2" has_address web2 192.168.122.
    expect_answer web2
    wait_until 20 "the port of web2" port_leads_inside
    serve web2 tcp 80
    expect_equal "the rules of libvirt beside our containers" "$before" "$(rules_of_others)"

    promise "check names libvirt's rule that keeps a published port closed, and its repair opens it (iptables-$flavour)"
    status=0
    said=$(lxc-uplink check web2 2>"$WORLD/warnings") || status=$?
    expect_equal "the exit status of check" 1 "$status"
    expect_match "what check says" "port 8081/tcp is dropped by iptables-$flavour, table (ip )?filter, chain LIBVIRT_FWI: .*-j REJECT" "$said"
    expect_equal "the number of findings" 1 "$(grep -c '    repair: ' <<<"$said")"
    repair=$(sed -nE 's/^    repair: //p' <<<"$said")
    bash -c "$repair"
    expect_reply "web2 tcp 80" /run/netns/lan1 tcp "$HOST" 8081
    lxc-uplink check web2 >/dev/null 2>&1 || fail "check should find no fault after the repair"
    bash -c "${repair// -I / -D }"

    end_servers
    stop_container web2
    stop_container web1
    expect_equal "the rules of libvirt after our containers" "$before" "$(rules_of_others)"
    nothing_of_ours_is_in_any_table
    stop_libvirt_and_its_rules
done
