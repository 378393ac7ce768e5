# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Samples and their medians, for the scripts beside it: "samples[NAME]" has those of a name, each with a space behind it.

declare -A samples
quartiles() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 3) / 4)], v[int((NR + 1) / 2)], v[int((3 * NR + 3) / 4)] }'; }
median() { tr ' ' '\n' <<<"${samples[$1]}" | sed '/^$/d' | quartiles | cut -d ' ' -f 2; } # NAME
# Each sample against that of BASE which was taken beside it, since the machine's speed drifts by more than what is measured.
ratios() { # NAME BASE
    paste -d ' ' <(tr ' ' '\n' <<<"${samples[$1]}") <(tr ' ' '\n' <<<"${samples[$2]}") |
        awk 'NF == 2 { printf "%.3f\n", $1 / $2 }' | quartiles
}

print_head() { printf '%-32s %14s %8s   %s\n' "$1" "$2" ratio '(quartiles)'; } # WHAT UNIT
print_row() {                                                                  # NAME BASE
    local first second third
    read -r first second third < <(ratios "$1" "$2")
    printf '%-32s %14d %8s   (%s %s)\n' "$1" "$(median "$1")" "$second" "$first" "$third"
}
