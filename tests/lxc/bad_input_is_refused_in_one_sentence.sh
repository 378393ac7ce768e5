#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Wrong options, wherever they stand: the sentence names the place, the option and what would be right.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/refusals.sh"
need_uplink
enter_world "$0" "$@"

make_nat_container web1 10.0.3.10
own=$LXCPATH/web1/uplink.conf hosts=/etc/lxc/uplink.conf
all_options='mode, bridge, bridge-address, nic, uplink, bridge-type, dhcp-guard, confirm-timeout, hairpin, isolate, ipv6, firewall, publish, inbound, snat-to, masquerade-ports, random-fully and coexist'
dashed_options=--${all_options//, /, --}
dashed_options=${dashed_options/and /and --}

on_the_line() { refused "web1: pre-start: the hook line: $2" pre-start "$1"; } # OPTIONS SENTENCE
in_file() { # FILE TEXT LINE SENTENCE
    printf '%b' "$2" >"$1"
    refused "web1: pre-start: $1:$3: $4" pre-start
    rm "$1"
}
in_own() { in_file "$own" "# ours\n$1\n" 2 "$2"; } # LINE SENTENCE

echo "- an unknown option is told with the nearest name, or with all names when none is near"
remember_everything
on_the_line '--brigde br0' 'unknown option --brigde: the nearest is --bridge'
on_the_line '--bridge-adress=10.0.3.1/24' 'unknown option --bridge-adress: the nearest is --bridge-address'
on_the_line '--qqqqqqqq 80:80' "unknown option --qqqqqqqq: there are $dashed_options"
in_own 'brigde = br0' 'unknown option brigde: the nearest is bridge'
in_own 'lxc.net.0.link = br0' "unknown option lxc.net.0.link: there are $all_options"
in_file "$hosts" 'nic = 0\n\n  hairpn=yes' 3 'unknown option hairpn: the nearest is hairpin'

echo "- a hook line that is no list of options"
on_the_line 'br0' '"br0" is no option: write for example --bridge br0'
on_the_line '--mode nat br0' '"br0" is no option: write for example --bridge br0'
on_the_line '--bridge' "the required argument for option '--bridge' is missing"
on_the_line '--nic 0 --nic 0' 'option nic is given twice: keep one'

echo "- a file with a line that is no option is told with that line"
for line in 'bridge br0' '[nat]' '= br0' 'hairpin' '--bridge br0'; do
    in_own "  $line " "\"$line\" is not of the form NAME = VALUE"
done
in_file "$own" "$(printf '# %s\\n' {1..199})mode = none\nisolate" 201 '"isolate" is not of the form NAME = VALUE'
in_file "$own" 'mode = nat\nbridge = br0\nmode = nat\n' 3 'option mode is given twice: keep one'

echo "- bad addresses of a bridge"
for address in 10.0.3.1 10.0.3.1/33 10.0.3.256/24 10.0.3.01/24 10.0.3/24 fd00::1/129 fd00::g/64 /24; do
    on_the_line "--bridge-address $address" \
        "bridge-address: \"$address\" is not an address with a prefix length: write for example 10.0.3.1/24"
done
in_own 'bridge-address = 10.0.3.1/24, 10.0.4.1/24' \
    'bridge-address: "10.0.3.1/24, 10.0.4.1/24" is not an address with a prefix length: write for example 10.0.3.1/24'
for address in 10.0.4.0/24 10.0.4.255/24 10.0.4.1/0 0.0.0.0/24 127.0.0.1/8 224.0.0.1/24; do
    on_the_line "--bridge-address $address" "bridge-address: \"$address\" is no address that a host can have: write for example 10.0.3.1/24"
done

echo "- bad names of interfaces"
forbidden='(spaces, slashes, colons and quotes are not allowed)'
on_the_line '--bridge br/0' "bridge: \"br/0\" is not an interface name $forbidden: write for example br0"
on_the_line "--bridge 'br 0'" "bridge: \"br 0\" is not an interface name $forbidden: write for example br0"
on_the_line '--uplink eth0:1' "uplink: \"eth0:1\" is not an interface name $forbidden: write for example eth0"
on_the_line '--bridge ..' 'bridge: ".." is not an interface name (the kernel keeps it for itself): write for example br0'
on_the_line '--bridge 0123456789abcdef' \
    'bridge: "0123456789abcdef" is not an interface name (it is longer than 15 characters): write for example br0'
in_own 'bridge =' 'bridge: "" is not an interface name (it is empty): write for example br0'

echo "- bad values of the others"
on_the_line '--mode bridged' 'mode: "bridged" is not a mode: write nat, direct or none'
in_own 'mode = NAT' 'mode: "NAT" is not a mode: write nat, direct or none'
in_own 'mode = none ; for now' 'mode: "none ; for now" is not a mode: write nat, direct or none'
on_the_line '--hairpin maybe' 'hairpin: "maybe" is neither yes nor no'
in_own 'isolate = 1' 'isolate: "1" is neither yes nor no'
on_the_line '--coexist yes' 'coexist: "yes" is neither auto (the firewalls of others are opened for the container) nor off'
on_the_line '--dhcp-guard off' 'dhcp-guard: "off" is neither yes nor no'
on_the_line '--bridge-type ovs' 'bridge-type: "ovs" is not a type of bridge: write linux or openvswitch'
for seconds in 0 301 -1 1.5 10s; do
    on_the_line "--confirm-timeout=$seconds" "confirm-timeout: \"$seconds\" is not a number of seconds from 1 to 300: write for example 10"
done
on_the_line '--ipv6 on' 'ipv6: "on" is neither yes nor no'
on_the_line '--nic eth0' 'nic: "eth0" is not the number of a NIC: write N of lxc.net.N, for example 0'
in_file "$hosts" 'nic = 0,1' 1 'nic: "0,1" is not the number of a NIC: write N of lxc.net.N, for example 0'

echo "- start-host refuses a bad line of its own as pre-start does"
refused 'web1: start-host: the hook line: unknown option --hairpn: the nearest is --hairpin' start-host '--hairpn yes'

echo "- option files that somebody else could have written are not trusted"
not_a_file() { refused "web1: pre-start: option file $1 is not a regular file: put one there or remove it" pre-start; } # FILE
for file in "$own" "$hosts"; do
    mkdir "$file"
    not_a_file "$file"
    rmdir "$file"
    mkfifo "$file"
    not_a_file "$file"
    rm "$file"
    echo 'mode = none' >"$WORLD/options"
    ln -s "$WORLD/options" "$file"
    refused "web1: pre-start: option file $file is a symbolic link: put the file itself there" pre-start
    mv "$WORLD/options" "$file"
    chown 65534 "$file"
    refused "web1: pre-start: option file $file belongs to user 65534, who could then change the host's network: run \"chown root $file\"" pre-start
    chown 0 "$file"
    for mode in 620 602; do
        chmod $mode "$file"
        refused "web1: pre-start: option file $file may be written by others than its owner: run \"chmod go-w $file\"" pre-start
    done
    rm "$file"
done
socat -u "UNIX-LISTEN:$own" /dev/null &
wait_until 5 "the socket" test -S "$own"
not_a_file "$own"
# Only after its end: socat itself removes the socket, or whatever has its name by then.
kill $!
wait $! || true
rm -f "$own"

echo "- lxc-start fails with the same sentence in LXC's own log"
echo 'mode = bridged' >"$own"
start_is_refused_with web1 "web1: pre-start: $own:1: mode: \"bridged\" is not a mode: write nat, direct or none"
echo 'brigde = br0' >"$own"
start_is_refused_with web1 "web1: pre-start: $own:1: unknown option brigde: the nearest is bridge"
rm "$own"

promise "and put right it starts"
start_container web1
expect_answer web1
stop_container web1
nothing_is_left
