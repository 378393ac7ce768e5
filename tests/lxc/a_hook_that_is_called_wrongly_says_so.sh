#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# Hooks without LXC around them or on a wrong line, and the command line's own mistakes.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/refusals.sh"
need_uplink
enter_world "$0" "$@"

make_nat_container web1 10.0.3.10
remember_everything

echo "- a hook that LXC does not run"
for hook in pre-start start-host post-stop; do
    variables=(-u LXC_NAME)
    refused "$hook: LXC_NAME is not set: this program is run by LXC, from a line \"lxc.hook.$hook = ...\"; to look at a container use \"lxc-uplink plan NAME\"" $hook
    variables=(-u LXC_CONFIG_FILE)
    refused "web1: $hook: LXC_CONFIG_FILE is not set: start the container from a configuration file" $hook
    variables=(LXC_CONFIG_FILE=web1.conf)
    refused "web1: $hook: LXC_CONFIG_FILE is the relative path web1.conf, which a hook cannot find: start the container with an absolute path behind -f" $hook
done
variables=()

echo "- a hook on the line of another one, whichever way LXC tells it"
AS=post-stop refused 'web1: pre-start: LXC runs this program as its post-stop hook: put it on a line lxc.hook.pre-start' pre-start
AS=pre-start refused 'web1: post-stop: LXC runs this program as its pre-start hook: put it on a line lxc.hook.post-stop' post-stop
AS=mount refused 'web1: start-host: LXC runs this program as its mount hook: put it on a line lxc.hook.start-host' start-host
variables=(LXC_HOOK_TYPE=post-stop LXC_HOOK_SECTION=lxc)
run_hook_with_version_1() { # TYPE
    status=0
    said=$(env LXC_NAME=web1 LXC_CONFIG_FILE="$LXCPATH/web1/config" "${variables[@]}" \
        "$UPLINK_PREFIX/libexec/lxc/hooks/lxc-uplink-$1" 2>&1) || status=$?
}
run_hook_with_version_1 pre-start
expect_equal "what the hook says" 'lxc-uplink: web1: pre-start: LXC runs this program as its post-stop hook: put it on a line lxc.hook.pre-start' "$said"
expect_equal "the exit status of the hook" 1 "$status"
variables=()

echo "- start-host of a container whose pre-start line is missing"
variables=(LXC_PID=$$)
refused 'web1: start-host: there is no record of this start: the configuration also needs a line lxc.hook.pre-start that runs lxc-uplink-pre-start' start-host
variables=()
{ nic 0 br0 10.0.3.10/24 && echo "lxc.hook.start-host = $UPLINK_PREFIX/share/lxc/hooks/lxc-uplink-start-host"; } | make_container web2
start_is_refused_with web2 'web2: start-host: there is no record of this start: the configuration also needs a line lxc.hook.pre-start that runs lxc-uplink-pre-start'

echo "- lxc-start with a relative path"
cd "$LXCPATH/web1"
: >"$WORLD/lxc.log"
! timeout 60 lxc-start -n web1 -f config -l DEBUG -o "$WORLD/lxc.log" 2>/dev/null || fail "web1 should not have started"
wait_until 20 "the monitor of web1 to end" no_monitor_of web1
expect_match "LXC's log" 'produced output: lxc-uplink: web1: pre-start: LXC_CONFIG_FILE is the relative path config, which a hook cannot find: start the container with an absolute path behind -f$' \
    "$(cat "$WORLD/lxc.log")"
cd /
nothing_is_left

usage() { # MESSAGE ARGUMENTS...
    answers 2 "$@"
}
answers() { # STATUS MESSAGE ARGUMENTS...
    local status=0 said
    said=$("${through[@]}" lxc-uplink "${@:3}" 2>&1 >"$WORLD/stdout") || status=$?
    expect_equal "what lxc-uplink ${*:3} says" "lxc-uplink: $2" "$said"
    expect_equal "what lxc-uplink ${*:3} prints" "" "$(cat "$WORLD/stdout")"
    expect_equal "the exit status of lxc-uplink ${*:3}" "$1" "$status"
    nothing_has_changed
}
help=': see lxc-uplink --help'

echo "- words that make no sense to the command line"
remember_everything
usage "a command is missing$help"
usage 'unknown command statsu: the nearest is status' statsu
usage 'unknown command repair: there are plan, status, check, gc and reapply' repair
usage "unrecognised option '--bogus'$help" --bogus
usage "unrecognised option '--dryrun'$help" gc --dryrun
usage "status takes no option --dry-run$help" status --dry-run
usage "check --vepa takes no option --json$help" check --json --vepa eth0
usage "gc cannot use the word \"now\"$help" gc now
usage "plan wants the name of a container or -f CONFIG$help" plan
usage "plan wants the name of a container or -f CONFIG$help" plan web1 -f "$LXCPATH/web1/config"
usage "plan cannot use the word \"web2\"$help" plan web1 web2
usage "the required argument for option '--lxcpath' is missing$help" plan web1 -P

echo "- containers and files that do not exist"
answers 1 "there is no container web9: $LXCPATH/web9/config does not exist; say -P LXCPATH if it is elsewhere" plan web9
answers 1 "there is no container web1: /srv/lxc/web1/config does not exist; say -P LXCPATH if it is elsewhere" plan -P /srv/lxc web1
nic 0 br0 10.0.3.10/24 | make_container web3
answers 1 "$LXCPATH/web3/config does not run the hooks, so that a start would do nothing: add the line \"$(uplink)\"" plan web3
answers 1 "cannot read /no/such/config: there is no such file" plan -f /no/such/config
answers 1 "cannot read $LXCPATH/web1: there is no such file" plan -f "$LXCPATH/web1"

echo "- an ordinary user"
through=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all)
for command in status gc; do
    answers 1 "only root can see and change what containers have on this host: run lxc-uplink $command as root" $command
done
answers 1 'only root can see and change what containers have on this host: run lxc-uplink plan as root' plan web1
