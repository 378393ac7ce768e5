#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guard itself is tested: each kind of broken rule is planted in a copy of the tree, and must be named by its file and line.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cp -a src hooks "$root"
failures=0

check() { # what is said of FILE with LINE as its second
    printf '// SPDX-License-Identifier: GPL-2.0-or-later\n%s\n' "$2" >"$root/$1"
    tests/architecture.sh "$root" && status=0 || status=$?
    rm "$root/$1"
    return "$status"
}

found() { # FILE LINE REASON
    local seen
    if seen=$(check "$1" "$2") || [[ $seen != "$1:2: "*"$3"* ]] || [ "$(wc -l <<<"$seen")" != 1 ]; then
        echo "FAILED: '$2' in $1 should be found, and nothing else; said was '$seen'" >&2
        failures=$((failures + 1))
    fi
}

fine() { # FILE LINE
    local seen
    if ! seen=$(check "$1" "$2"); then
        echo "FAILED: '$2' in $1 is fine, but said was '$seen'" >&2
        failures=$((failures + 1))
    fi
}

echo "- the tree itself is in order"
tests/architecture.sh "$root"

echo "- core includes only itself and the standard library"
for header in '"host/file.h"' '"cli/options.h"' '"run.h"' '"plan.h"' '"../host/file.h"' '"core/../host/file.h"' '<unistd.h>' '<sys/stat.h>' \
    '<linux/if.h>' '<boost/any.hpp>' '<nlohmann/json.hpp>' '<netlink/netlink.h>' '<lxc/lxccontainer.h>' '<libiptc/libiptc.h>'; do
    found src/core/planted.h "#include $header" "core must not include $header"
done
found src/core/planted.cpp '  #  include   <unistd.h> // spelt in another way' "core must not include <unistd.h>"
for header in '"core/plan.h"' '<vector>' '<cstdint>'; do fine src/core/planted.cpp "#include $header"; done

echo "- host includes host and core"
for header in '"cli/options.h"' '"run_hook.h"' '"file.h"'; do
    found src/host/planted.cpp "#include $header" "host must not include $header"
done
for header in '"host/file.h"' '"core/plan.h"' '<unistd.h>'; do fine src/host/planted.h "#include $header"; done

echo "- run does not know cli"
found src/planted.cpp '#include "cli/options.h"' "run must not include"
for header in '"run.h"' '"host/file.h"' '"core/plan.h"'; do fine src/planted.h "#include $header"; done

echo "- hooks know cli, and what reads LXC's configuration"
for header in '"run_hook.h"' '"host/file.h"' '"core/plan.h"' '<string>'; do
    found hooks/planted.cpp "#include $header" "hooks must not include $header"
done
for header in '"cli/hook_main.h"' '"host/lxc_config.h"'; do fine hooks/planted.cpp "#include $header"; done

echo "- cli may include all but what lies beside itself"
for header in '"run.h"' '"host/file.h"' '"cli/options.h"' '<boost/program_options.hpp>'; do fine src/cli/planted.cpp "#include $header"; done
found src/cli/planted.cpp '#include "../run.h"' "cli must not include"

echo "- each library has its place"
for room in src src/host; do
    for header in '<boost/program_options.hpp>' '<libiptc/libiptc.h>' '<netlink/socket.h>' '<lxc/lxccontainer.h>' '<nlohmann/json.hpp>'; do
        found $room/planted.cpp "#include $header" "it is not this file"
    done
done
for header in '<libiptc/libiptc.h>' '<netlink/socket.h>' '<lxc/lxccontainer.h>' '<nlohmann/json.hpp>'; do
    found src/cli/planted.cpp "#include $header" "it is not this file"
done
fine src/host/iptables_planted.cpp '#include <libiptc/libiptc.h>'

echo "- nothing is released by hand"
for call in '::close(fd);' 'close (fd);' 'std::fclose(file);' 'free(text);' 'nl_socket_free(socket);' 'lxc_container_put(container);' \
    'if (x) closedir(folder);' 'log("a \" text"); free(text);' "find('\"'); free(text);"; do
    found src/host/planted.cpp "$call" "owned.h"
    found src/planted.h "$call" "owned.h"
done
for text in 'stream.close();' 'file->close();' '// then close(fd)' 'throw Error("close(2) failed");' 'nla_put(message, 1, 2, data);' \
    'Owned<nl_sock, nl_socket_free> socket;' 'disclose(all);'; do
    fine src/host/planted.cpp "$text"
done

exit $((failures > 0))
