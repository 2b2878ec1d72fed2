#!/bin/sh
# run-tests.sh [FILE]... - run test programs and .bats files, all that there are if none is named.
#
# They are built already, below $BUILD (build). A program passes with exit status 0, is skipped with
# 77, and fails otherwise. They run one after the other, since they measure time; but for those that
# look at words, or count, or wait for a terminal or a clock, which come first, four at a time, and
# then those that measure the rates of a few programs over seconds, two at a time. The last line is
# `N passed, N failed, N skipped`.
set -eu
cd "$(dirname "$0")/.."

BY_FOUR='progress changing musl set stdio completions reread exec top stats cli environment plot wrappers
    refusals provider tls joins formats tokens_charged unread noise'
BY_TWO='nonblocking tree to downloads both_ways programs servers connect calls tree_nested requests
    loops_servers algorithms'

passed=0 failed=0 skipped=0
logs=$(mktemp -d)
log=$logs/log
jobs=''
# shellcheck disable=SC2086 # some, or none
trap 'rm -rf "$logs"; [ -z "$jobs" ] || kill $jobs 2>/dev/null || :' EXIT
trap 'exit 130' INT TERM

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

# run_bats FILE NAME: its TAP goes to a file, and how long it took, in seconds, to another.
run_bats() {
    begin=$(date +%s)
    bats --tap "$1" >"$logs/$2.tap" 2>&1 </dev/null || :
    echo $(($(date +%s) - begin)) >"$logs/$2.seconds"
}

tell_of_bats() {
    echo "$1.bats:"
    count_tap <"$logs/$1.tap"
    read -r pass fail skip <"$log"
    passed=$((passed + pass)) failed=$((failed + fail)) skipped=$((skipped + skip))
    echo "    $pass passed, $fail failed, $skip skipped in $(cat "$logs/$1.seconds") s"
}

# run_beside COUNT NAME...: so many at a time; as soon as one has ended, the next one begins.
run_beside() {
    mkfifo "$logs/turns"
    exec 9<>"$logs/turns"
    rm "$logs/turns"
    for turn in $(seq "$1"); do
        echo "$turn" >&9
    done
    shift
    for name; do
        read -r turn <&9
        (
            exec 8>&9 9>&-
            run_bats "tests/$name.bats" "$name" 8>&- || :
            echo "$turn" >&8
        ) &
        jobs="$jobs $!"
    done
    wait
    jobs=''
    exec 9>&-
    for name; do
        tell_of_bats "$name"
    done
}

told=''
[ $# -gt 0 ] || {
    told=" $BY_FOUR $BY_TWO "
    # shellcheck disable=SC2086 # names
    run_beside 4 $BY_FOUR
    # shellcheck disable=SC2086
    run_beside 2 $BY_TWO
    set -- "${BUILD:-build}"/tests/unit/test_* tests/*.bats
}
for test; do
    name=${test##*/} name=${name%.bats}
    case $test in
    *.bats)
        case $told in
        *[[:space:]]"$name"[[:space:]]*) continue ;;
        esac
        run_bats "$test" "$name"
        tell_of_bats "$name"
        ;;
    *.d) ;; # the compiler's notes
    *) run_program "$test" ;;
    esac
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
