#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Over what the product is compiled from; BUILD_FOLDER names a configured build folder, whose sources may be joined.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD_FOLDER:-build/asan}")
ours="^($PWD|$build)/(src|hooks)/"
grep -qE "\"file\": \"${ours#^}" "$build/compile_commands.json" || { echo "$build compiles nothing of ours" >&2 && exit 1; }
run-clang-tidy -quiet -j "$(nproc)" -p "$build" "$ours"
