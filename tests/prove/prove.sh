#!/bin/sh
# prove.sh - prove with Frama-C's WP and Z3 that the algorithms keep their contracts, and what follows.
#
# A line a file, and the sum. Exit status 0 if each goal is proved; else the others are named. Most
# proofs take less than a tenth of a second, so TIMEOUT (60 s each) only matters where there is none.
set -eu
cd "$(dirname "$0")/../.."

sh scripts/packages.sh frama-c why3 z3
TIMEOUT=${TIMEOUT:-60}
build=${BUILD:-build}/prove
mkdir -p "$build"
log=$build/log
# Provers are configured here, not in the home of the user.
WHY3CONFIG=$(realpath "$build")/why3.conf
export WHY3CONFIG
goals=0 proved=0

# prove FILE [FUNCTIONS]: the contracts of these functions, else all of the file, and its lemmas.
prove() {
    file=$1
    frama-c -cpp-extra-args="-Iinclude -Isrc/algo -include tests/prove/compiler.h \
        -include tests/prove/fractions.h" -wp -wp-rte -wp-prover z3 -wp-timeout "$TIMEOUT" \
        -wp-par 2 ${2:+-wp-fct "$2"} "$file" >"$log" 2>&1 || fail "$file: Frama-C failed"
    for function in $(echo "${2:-}" | tr , ' '); do
        grep -q "Goal typed_${function}_ensures" "$log" || fail "$file: $function promises nothing"
    done
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

# Left to itself, Z3 loses its way among products: it leaves alone what lemmas say of them.
printf '#!/bin/sh\nexec %s smt.auto_config=false "$@"\n' "$(command -v z3)" >"$build/z3"
chmod +x "$build/z3"
PATH=$(realpath "$build"):$PATH why3 config detect >"$log" 2>&1 || fail "why3 finds no prover"

for algorithm in leaky_bucket token_bucket gcra gcra_leaky; do
    prove src/algo/$algorithm.c decide
done
prove src/algo/llm_token.c decide,rl_llm_debt
prove tests/prove/arithmetic.c
prove tests/prove/line.c conforms,departed,refund
echo "$proved of $goals goals are proved"
[ "$proved" -eq "$goals" ]
