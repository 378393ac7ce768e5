# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Faults that are planted one at a time on the way of web1's packets. The test says by `works_again` what shows that one is mended.

planted=0

check_web1() { # [OPTION]: leaves what check says in `said`, and its exit status in `status`
    status=0
    said=$(lxc-uplink check "$@" web1 2>&1) || status=$?
}

all_is_well() {
    local said status
    check_web1
    expect_equal "what check says of a healthy container" "web1: nothing is wrong on its way out and in" "$said"
    expect_equal "its exit status" 0 "$status"
}

# What nobody can know from here (another gateway, the rule of somebody else) is mended by who planted it: by `mend`.
plant() { # WHAT-CHECK-SAYS COMMAND...
    local said repair status
    echo "- $1"
    "${@:2}"
    check_web1
    expect_equal "the exit status of check after ${*:2}" 1 "$status"
    expect_match "what check says after ${*:2}" "^web1: $1" "$said"
    expect_equal "the number of findings after ${*:2}: $said" 1 "$(grep -c '^web1: ' <<<"$said")"
    repair=$(sed -nE 's/^    repair: //p' <<<"$said")
    if [ -n "${mend:-}" ]; then eval "$mend"; else bash -c "$repair" >/dev/null || fail "the repair should work: $repair"; fi
    mend=
    all_is_well
    works_again
    planted=$((planted + 1))
}

# What check says without a trace and with one while a rule is in force whose condition it cannot judge. `after_trace` takes that away.
traced() { # STATUS PATTERN RULE...
    local said status
    "${@:3}"
    check_web1
    expect_equal "the exit status of check without a trace beside ${*:3}: $said" 2 "$status"
    expect_match "what it says" '^"lxc-uplink check --trace" sends packets of containers to see.$' "$said"
    check_web1 --trace
    expect_equal "the exit status of check --trace beside ${*:3}: $said" "$1" "$status"
    expect_match "what it says" "$2" "$said"
    expect_equal "what is left of its tables" "" "$(nft list tables | grep trace || true)"
    if [ "$1" = 1 ]; then
        expect_match "what it has seen" '^    seen:   a packet that was sent to try was dropped there: ' "$said"
        bash -c "$(sed -nE 's/^    repair: //p' <<<"$said")" >/dev/null
        works_again
    fi
    after_trace
}
