#!/bin/sh
# prove.sh - prove with Frama-C's WP and Z3 that the algorithms keep their contracts, and what follows.
#
# A line a file, and the sum. Exit status 0 if each goal is proved; else the others are named. Most
# proofs take less than a tenth of a second, so TIMEOUT (30 s each) only matters where there is none.
set -eu
cd "$(dirname "$0")/../.."

sh scripts/packages.sh frama-c why3 z3
TIMEOUT=${TIMEOUT:-30}
build=${BUILD:-build}/prove
mkdir -p "$build"
log=$build/log
# Not that of the user, whose provers may be others.
WHY3CONFIG=$(realpath "$build")/why3.conf
export WHY3CONFIG
goals=0 proved=0

# prove FILE FUNCTION...: the contracts of these functions.
prove() {
    file=$1
    shift
    functions=$(echo "$@" | tr ' ' ,)
    frama-c -cpp-extra-args="-Iinclude -Isrc/algo -include tests/prove/compiler.h" \
        -wp -wp-rte -wp-prover z3 -wp-timeout "$TIMEOUT" -wp-par 2 -wp-fct "$functions" "$file" \
        >"$log" 2>&1 || fail "$file: Frama-C failed"
    # shellcheck disable=SC2046 # two numbers
    set -- $(sed -n 's|^\[wp\] Proved goals: *\([0-9]*\) / \([0-9]*\)$|\1 \2|p' "$log") 0 0
    printf '  %-26s %3d of %3d\n' "$file" "$1" "$2"
    [ "$2" -gt 0 ] || fail "$file: nothing to prove"
    goals=$((goals + $2)) proved=$((proved + $1))
    [ "$1" -eq "$2" ] || grep -E 'Goal .* : (Timeout|Unknown|Failed|Stepout)' "$log" | sed 's/^/    /'
}

fail() {
    cat "$log" >&2
    echo "prove.sh: $*" >&2
    exit 1
}

why3 config detect >"$log" 2>&1 || fail "why3 finds no prover"

for algorithm in leaky_bucket token_bucket gcra gcra_leaky; do
    prove src/algo/$algorithm.c decide
done
prove src/algo/llm_token.c decide rl_llm_debt
prove tests/prove/arithmetic.c rl_add rl_less rl_later rl_ticks rl_ns
prove tests/prove/line.c conforms departed refund
echo "$proved of $goals goals are proved"
[ "$proved" -eq "$goals" ]
