#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail
cd "$(dirname "$0")/../.."
find src hooks tests -name '*.h' -o -name '*.cpp' | sort | xargs clang-format --dry-run -Werror
