#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests are listed by name: one that was forgotten would never fail.
set -euo pipefail
cd "$(dirname "$0")/../lxc"
status=0
for script in *.sh; do
    name=${script%.sh}
    [ "$name" != world ] || continue
    grep -qE "^ *add_(lxc|nat)_test\($name\b" CMakeLists.txt || { echo "tests/lxc/CMakeLists.txt does not list $name" >&2 && status=1; }
done
exit $status
