#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
# A container of Docker's with a published port gets out and is reached before ours, beside it and after it, and so does ours.
set -euo pipefail
source "$(dirname "$0")/world.sh"
source "$(dirname "$0")/world/ports.sh"
source "$(dirname "$0")/world/firewalls.sh"
need_uplink
need_firewalls
enter_world "$0" "$@"

start_dockers_container() {
    tar -C "$WORLD/rootfs" -c . | in_docker import - busybox >/dev/null
    in_docker run --detach --name its --publish 8090:80 busybox \
        /bin/busybox sh -c 'mkdir /w; echo hello >/w/index.html; exec busybox httpd -f -h /w -p 80' >>"$WORLD/docker.log"
    wait_until 10 "an answer of Docker's container" dockers_container_is_reached
}
dockers_container_is_reached() { [ "$(in_netns lan1 timeout 2 busybox wget -q -O - "http://$HOST:8090/")" = hello ]; }
dockers_container_works() {
    dockers_container_is_reached || fail "Docker's container should be reached at its published port"
    expect_equal "the address that the internet host saw of Docker's container" "$HOST" \
        "$(in_docker exec its timeout 3 /bin/busybox wget -q -O - "http://$INET/" || true)"
}

make_nat_container web1 10.0.3.10
echo 'publish = 8080:80' >"$LXCPATH/web1/uplink.conf"
for flavour in nft legacy; do
    promise "beside Docker with iptables-$flavour"
    use_iptables $flavour
    start_docker
    start_dockers_container
    dockers_container_works
    before=$(rules_of_others)
    start_container web1
    serve web1 tcp 80
    expect_answer web1
    expect_reply "web1 tcp 80" /run/netns/lan1 tcp "$HOST" 8080
    dockers_container_works
    end_servers
    stop_container web1
    dockers_container_works
    expect_equal "the rules of Docker after our container" "$before" "$(rules_of_others)"
    nothing_of_ours_is_in_any_table
    in_docker rm --force its >>"$WORLD/docker.log"
    stop_docker_and_its_rules
done
