#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# What other people's hooks, edits and deletions do to a running container, seen from our post-stop.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/refusals.sh"
need_uplink
enter_world "$0" "$@"

with_ours() { { nic 0 br0 10.0.3.10/24 && "$@"; } | make_container web1; }
a_failing_post_stop_first() { echo 'lxc.hook.post-stop = /bin/false' && uplink; }
our_hooks_twice() { uplink && uplink; }
our_hooks_and_those_of_mode_direct() { uplink && uplink | sed 's/uplink.conf/uplink-direct.conf/'; }
a_container_that_deletes_itself() { echo "lxc.hook.post-stop = sh -c 'rm -r $LXCPATH/web1'" && uplink; }
no_post_stop() { uplink && echo 'lxc.hook.post-stop ='; }

promise "somebody else's post-stop fails before ours, which LXC then skips: gc does the work"
with_ours a_failing_post_stop_first
start_container web1
stop_container web1
lxc-uplink gc
nothing_is_left

promise "or the next start does"
start_container web1
stop_container web1
start_container web1
expect_masquerade web1 10.0.3.10
expect_answer web1
stop_container web1
lxc-uplink gc
nothing_is_left

promise "our post-stop line was taken away: gc does the work"
with_ours no_post_stop
start_container web1
stop_container web1
lxc-uplink gc
nothing_is_left

promise "our hook lines twice are as good as once"
with_ours our_hooks_twice
start_container web1
expect_masquerade web1 10.0.3.10
expect_answer web1
stop_container web1
nothing_is_left

promise "with other options the second time they are refused, by plan and at the first of them"
sysctl -qw net.ipv4.ip_forward=0
remember_everything
with_ours our_hooks_and_those_of_mode_direct
hook="lxc.hook.pre-start = $UPLINK_PREFIX/share/lxc/hooks/lxc-uplink-pre-start"
twice="the configuration runs lxc-uplink-pre-start twice with different options, by \"$hook\" and \"$hook --mode direct\": keep one of the lines, or of the lines lxc.include that bring them"
status=0
said=$(lxc-uplink plan web1 2>&1) || status=$?
expect_equal "what plan says" "lxc-uplink: $twice" "$said"
expect_equal "the exit status of plan" 1 "$status"
start_is_refused_with web1 "web1: pre-start: $twice"

promise "the config is gone when post-stop runs"
with_ours a_container_that_deletes_itself
start_container web1
stop_container web1
[ ! -e "$LXCPATH/web1" ] || fail "the folder of web1 should be gone"
nothing_is_left

promise "the config was edited meanwhile: what was done is undone, not what the config says now"
make_nat_container web1 10.0.3.10
start_container web1
make_nat_container web1 10.0.3.77
stop_container web1
nothing_is_left

promise "the record is gone when post-stop runs: the tags are enough"
make_nat_container web1 10.0.3.10
start_container web1
find /run/lxc-uplink/containers -mindepth 1 -delete
stop_container web1
nothing_is_left

promise "all of our state is gone when post-stop runs"
start_container web1
rm -r /run/lxc-uplink
stop_container web1
nothing_is_left

leads_loopback() { [ "$(cat /proc/sys/net/ipv4/conf/br0/route_localnet)" = 1 ]; }
all_rules() { { iptables-legacy-save && nft list ruleset; } | sed -E '/^#/d; s/\[[0-9]+:[0-9]+\]|packets [0-9]+ bytes [0-9]+//'; }

promise "all of our state is gone while a port is published: its guard stays as long as the container lives, and nothing of it longer"
echo 'publish = 8080:80' >"$LXCPATH/web1/uplink.conf"
start_container web1
rules=$(all_rules)
rm -r /run/lxc-uplink
expect_equal "what gc does beside a container without a record" "" "$(lxc-uplink gc)"
expect_equal "the rules after gc" "$rules" "$(all_rules)"
leads_loopback || fail "the published port should still lead to 127.0.0.1"
lost='web1 runs, and its record is lost or damaged, so that nothing of it is put back: run "lxc-stop -n web1 && lxc-start -n web1"'
said=$(lxc-uplink status) && fail "status should fail beside a container without a record"
expect_equal "what status says" "$lost" "$(grep '^web1 runs' <<<"$said")"
for name in web1 ""; do
    # shellcheck disable=SC2086 # no word where it is empty
    said=$(lxc-uplink check $name) && fail "check $name should fail beside a container without a record"
    expect_match "what check $name says" '^web1: the record of web1 is lost or damaged' "$said"
    expect_match "the repair" '^    repair: lxc-stop -n web1 && lxc-start -n web1$' "$said"
done
stop_container web1
expect_equal "what status says when it has stopped" "No container is served." "$(lxc-uplink status | head -n 1)"
lxc-uplink status >/dev/null || fail "nothing should be wrong any more: $(lxc-uplink status)"
expect_equal "what is left for gc" "" "$(lxc-uplink gc)"
nothing_is_left
! leads_loopback || fail "what let the loopback address lead into br0 should be off"

promise "or until the next start, which takes it for its own"
start_container web1
rm -r /run/lxc-uplink
stop_container web1
start_container web1
leads_loopback || fail "the published port should lead to 127.0.0.1"
stop_container web1
nothing_is_left
! leads_loopback || fail "what let the loopback address lead into br0 should be off"

promise "who holds what is shared is gone: gc finds it in the records"
start_container web1
rules=$(all_rules)
rm -r /run/lxc-uplink/shared
said=$(lxc-uplink status) && fail "status should fail where the files in shared/ are gone"
expect_match "what status says" '^the files in /run/lxc-uplink/shared that say what web1 holds are gone: run "lxc-uplink gc"$' "$said"
expect_equal "what gc would do without holders" "" "$(lxc-uplink gc --dry-run)"
expect_equal "what gc does without holders" "" "$(lxc-uplink gc)"
expect_equal "the rules after gc" "$rules" "$(all_rules)"
stop_container web1
nothing_is_left
! leads_loopback || fail "what let the loopback address lead into br0 should be off"
rm "$LXCPATH/web1/uplink.conf"

promise "all of our state is gone under two containers that share one rule: it stays for the one that is left"
has_address() { inside "$1" ip -4 addr show dev eth0 | grep -q 'inet 10.0.3'; }
lease_addresses_on br0 10.0.3
for name in web4 web5; do
    { nic 0 br0 '' && uplink; } | make_container "$name"
    start_container "$name"
    wait_until 15 "the lease of $name" has_address "$name"
done
rm -r /run/lxc-uplink
stop_container web4
lxc-uplink gc >/dev/null
expect_equal "the source address that the internet host saw from web5" "$HOST" "$(fetch_from web5)"
stop_container web5
nothing_is_left
kill "$(cat "$WORLD/dnsmasq.pid")"

promise "a bridge that was made, and holds a port of somebody's, is not spoken of by gc"
ip link add mine type veth peer name its-cable
remember_the_host
{ nic 0 "" 10.0.7.10/24 && uplink; } | make_container web3
printf '%s\n' 'bridge = br7' 'bridge-address = 10.0.7.1/24' >"$LXCPATH/web3/uplink.conf"
start_container web3
ip link set mine master br7
rm -r /run/lxc-uplink
stop_container web3
expect_equal "what gc says of br7" "" "$(lxc-uplink gc | grep 'bridge br7$' || true)"
ip link set mine nomaster
expect_match "what gc does without the port" '^remove bridge br7$' "$(lxc-uplink gc)"
nothing_is_left
ip link del mine
remember_the_host

promise "the record is damaged: status says so, and gc and its dry run what becomes of it"
start_container web1
record=$(find /run/lxc-uplink/containers -type f)
cp "$record" "$WORLD/record"
find /run/lxc-uplink/containers -type f -exec sh -c 'head -c 20 "$1" >"$1.cut" && cat "$1.cut" >"$1" && rm "$1.cut"' _ {} \;
damaged="record $record is damaged (it is cut off, or no JSON at all)"
status=$(lxc-uplink status) && fail "status should fail while a record is damaged"
expect_equal "what status says of the record" "$damaged: run \"lxc-uplink gc\"" "$(grep ^record <<<"$status")"
expect_equal "what gc would do" "$damaged: it would be set aside" "$(lxc-uplink gc --dry-run)"
expect_equal "what gc does" "$damaged: it was set aside as /run/lxc-uplink/damaged/${record##*/}" "$(lxc-uplink gc)"
cmp -s <(head -c 20 "$WORLD/record") "/run/lxc-uplink/damaged/${record##*/}" || fail "what was set aside should be what was there"
stop_container web1
no_rules_are_left

promise "somebody flushed the nat table while the container ran"
start_container web1
iptables-legacy -t nat -F
iptables-legacy -t nat -X
stop_container web1
nothing_is_left

promise "somebody deleted the bridge under the container"
make_bridge br9 10.0.9.1/24
remember_the_host
{ nic 0 br9 10.0.9.10/24 && uplink; } | make_container web2
start_container web2
ip link del br9
stop_container web2
make_bridge br9 10.0.9.1/24
no_rules_are_left
