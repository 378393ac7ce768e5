#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Over what the product is compiled from; BUILD_FOLDER names a configured build folder, whose sources may be joined.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD_FOLDER=${BUILD_FOLDER:-$PWD/build/dev}
run-clang-tidy -quiet -j 2 -p "$BUILD_FOLDER" "^($PWD|$BUILD_FOLDER)/(src|hooks)/"
