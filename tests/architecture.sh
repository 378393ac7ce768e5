#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Keeps the house in order: hooks and cli include run, run includes host, host includes core, and core the standard library alone.
# Each C library has its place, and what it hands out is released by host/owned.h alone.
# Prints what breaks this as FILE:LINE: REASON and then ends with 1. Usage: tests/architecture.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

standard_headers=" algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts condition_variable coroutine deque \
exception execution filesystem forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list \
locale map memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set \
shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view syncstream system_error thread tuple type_traits \
typeindex typeinfo unordered_map unordered_set utility valarray variant vector version cassert cctype cerrno cfenv cfloat cinttypes climits clocale \
cmath csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype "

may_include() { # ROOM HEADER, with its quotes or brackets
    case "$1 $2" in
    *..*) false ;;
    core\ \"core/* | host\ \"core/* | host\ \"host/* | run\ \"core/* | run\ \"host/*) ;;
    cli\ \"core/* | cli\ \"host/* | cli\ \"cli/* | hooks\ \"cli/* | hooks\ \"host/lxc_config.h\") ;;
    *\ \"*/*) false ;;
    run\ \"* | cli\ \"*) ;;
    core\ \<*) [[ $standard_headers == *" ${2:1:-1} "* ]] ;;
    host\ \<* | run\ \<* | cli\ \<*) ;;
    *) false ;;
    esac
}

may_use_library() { # FILE HEADER
    case "$2" in
    \<boost/*) [[ $1 == src/cli/* ]] ;;
    \<libiptc/*) [[ $1 == src/host/iptables_* ]] ;;
    \<netlink/*) [[ $1 == src/host/netlink* ]] ;;
    \<lxc/*) [[ $1 == src/host/lxc_config.* ]] ;;
    \<nftables/*) [[ $1 == src/host/nftables.* ]] ;;
    \<nlohmann/*) [[ $1 =~ ^src/(host/(json_values|uplink_journal|iproute|nft_condition|nft_field|nft_rule|nft_test|nftables_elements|nftables_guard|ovs).*|cli/(status_json|check_command).cpp)$ ]] ;;
    esac
}

broken_includes() {
    local file line text header room
    grep -rnE --include='*.h' --include='*.cpp' '^[[:space:]]*#[[:space:]]*include' src hooks | sort -t: -k1,1 -k2,2n |
        while IFS=: read -r file line text; do
            [[ $text =~ include[[:space:]]*(\"[^\"]*\"|\<[^\>]*\>) ]] && header=${BASH_REMATCH[1]} || header=$text
            [[ $file =~ ^(hooks|src/(.*))/[^/]*$ ]] && room=${BASH_REMATCH[2]:-hooks} || room=run
            if ! may_include "$room" "$header"; then
                echo "$file:$line: $room must not include $header"
            elif ! may_use_library "$file" "$header"; then
                echo "$file:$line: it is not this file that uses ${header%%/*}/...>"
            fi
        done
}

# Calls, so neither methods nor what stands in comments and strings. nla_put() releases nothing: it writes an attribute.
naked_releases() {
    find src hooks -name '*.h' -o -name '*.cpp' | sort | grep -vxF src/host/owned.h | xargs awk '
        {
            gsub(/\047\\?"\047/, "")
            gsub(/"([^"\\]|\\.)*"/, "")
            sub(/\/\/.*/, "")
            gsub(/nla_put *\(/, "")
        }
        /(^|[^.>A-Za-z0-9_])([fp]?close|closedir|free|freeaddrinfo|freeifaddrs|[A-Za-z0-9_]+_(put|free)) *\(/ {
            print FILENAME ":" FNR ": only host/owned.h releases by hand: give the thing an owner where it is obtained"
        }'
}

found=$(broken_includes && naked_releases)
[ -z "$found" ] || { echo "$found" && exit 1; }
