# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Faults that are planted one at a time on the way of web1's packets. The test says by `works_again` what shows that one is mended.

planted=0

all_is_well() {
    local said status=0
    said=$(lxc-uplink check web1 2>&1) || status=$?
    expect_equal "what check says of a healthy container" "web1: nothing is wrong on its way out and in" "$said"
    expect_equal "its exit status" 0 $status
}

# What nobody can know from here (another gateway, the rule of somebody else) is mended by who planted it: by `mend`.
plant() { # WHAT-CHECK-SAYS COMMAND...
    local said repair status=0
    echo "- $1"
    "${@:2}"
    said=$(lxc-uplink check web1 2>&1) || status=$?
    expect_equal "the exit status of check after ${*:2}" 1 $status
    expect_match "what check says after ${*:2}" "^web1: $1" "$said"
    expect_equal "the number of findings after ${*:2}: $said" 1 "$(grep -c '^web1: ' <<<"$said")"
    repair=$(sed -nE 's/^    repair: //p' <<<"$said")
    if [ -n "${mend:-}" ]; then eval "$mend"; else bash -c "$repair" >/dev/null || fail "the repair should work: $repair"; fi
    mend=
    all_is_well
    works_again
    planted=$((planted + 1))
}
