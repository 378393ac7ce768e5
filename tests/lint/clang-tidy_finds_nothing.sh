#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Over what the product is compiled from; BUILD_FOLDER names a configured build folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
run-clang-tidy -quiet -j 2 -p "${BUILD_FOLDER:-build/dev}" "^$PWD/(src|hooks)/"
