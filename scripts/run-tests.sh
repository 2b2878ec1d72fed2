#!/bin/sh
# run-tests.sh [FILE]... - run test programs and .bats files, all that there are if none is named.
#
# They are built already, below $BUILD (build). A program passes with exit status 0, is skipped with
# 77, and fails otherwise. They run one after the other, since they measure time. The last line is
# `N passed, N failed, N skipped`.
set -eu
cd "$(dirname "$0")/.."

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run_program() {
    status=0
    "$1" >"$log" 2>&1 </dev/null || status=$?
    case $status in
    0) passed=$((passed + 1)) verdict=passed ;;
    77) skipped=$((skipped + 1)) verdict="skipped: $(tail -n 1 "$log")" ;;
    *) failed=$((failed + 1)) verdict="FAILED with exit status $status" ;;
    esac
    echo "${1##*/}: $verdict"
    if [ $status -ne 0 ] && [ $status -ne 77 ]; then
        sed 's/^/    /' "$log"
    fi
}

# Read TAP: print what did not pass and why, and count into the file $log.
count_tap() {
    pass=0 fail=0 skip=0 plan=
    while IFS= read -r line; do
        case $line in
        1..*) plan=${line#1..} ;;
        "ok "*"# skip"*)
            skip=$((skip + 1))
            echo "    skipped: ${line#ok * }"
            ;;
        "ok "*) pass=$((pass + 1)) ;;
        "not ok "*)
            fail=$((fail + 1))
            echo "    FAILED: ${line#not ok * }"
            ;;
        "#"*) echo "    $line" ;;
        *) echo "    # $line" ;; # bats itself went wrong
        esac
    done
    # Those that bats did not come to.
    if [ "$((pass + fail + skip))" -ne "${plan:-1}" ] || [ "${plan:-0}" -eq 0 ]; then
        echo "    FAILED: bats stopped before the end"
        fail=$((fail + 1))
    fi
    echo "$pass $fail $skip" >"$log"
}

run_bats() {
    echo "${1##*/}:"
    begin=$(date +%s)
    bats --tap "$1" 2>&1 </dev/null | count_tap
    read -r pass fail skip <"$log"
    passed=$((passed + pass)) failed=$((failed + fail)) skipped=$((skipped + skip))
    echo "    $pass passed, $fail failed, $skip skipped in $(($(date +%s) - begin)) s"
}

[ $# -gt 0 ] || set -- "${BUILD:-build}"/tests/unit/test_* tests/*.bats
for test; do
    case $test in
    *.bats) run_bats "$test" ;;
    *.d) ;; # the compiler's notes
    *) run_program "$test" ;;
    esac
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
