#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Over every file that is a shell script by its name or its first line.
set -euo pipefail
cd "$(dirname "$0")/../.."
readarray -t scripts < <(find . \( -path ./.git -o -path ./build \) -prune -o -type f -print | sort |
    while read -r file; do
        if [[ $file == *.sh ]] || head -n 1 "$file" | grep -qaE '^#!.*\b(ba)?sh$'; then echo "$file"; fi
    done)
echo "${#scripts[@]} scripts"
shellcheck -x "${scripts[@]}"
