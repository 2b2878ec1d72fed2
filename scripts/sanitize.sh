#!/bin/sh
# sanitize.sh - unit tests under the address and undefined-behaviour sanitizers, and those that have
# threads under the thread sanitizer; twins with a shim that has the former.
# Silent if all is well.
set -eu
cd "$(dirname "$0")/.."

mkdir -p "${BUILD:-build}/sanitize"
build=$(realpath "${BUILD:-build}")
sanitized=$build/sanitize
address='-fsanitize=address,undefined -fno-sanitize-recover=all'

# built NAME FLAGS TARGET: with these sanitizers.
built() {
    make -s BUILD="$sanitized/$1" CFLAGS="-O1 -g -fno-omit-frame-pointer $2" "$3"
}

fail() {
    cat "$sanitized/log" >&2
    echo "sanitize.sh: $*" >&2
    exit 1
}

# unit_tests NAME FLAGS PATTERN: build and run those that match.
unit_tests() {
    built "$1" "$2" unit-tests
    for test in "$sanitized/$1"/tests/unit/$3; do
        case $test in
        *.d) continue ;;
        esac
        "$test" >"$sanitized/log" 2>&1 || fail "${test##*/} fails under $1"
    done
}

# Every PROGRAM:BEHAVIOUR, but for what the address sanitizer itself does not survive: it reads the
# length that accept is given, and the environment of a child, before the kernel can refuse the
# address of it.
twins() {
    for twin in "$build"/tests/twins/*; do
        case $twin in
        *.d) ;;
        *) "$twin" | sed "s/^/${twin##*/}:/" ;;
        esac
    done | grep -vxE 'accepting:bad_addresses|execs:environments_that_are_none'
}

# What the address sanitizer reports goes to files, since twins close and replace stderr, and have
# children that may die unnoticed; the other one's reports are a difference.
sanitized_twins() {
    make -s BUILD="$build" twins
    built address "$address" "$sanitized/address/librlshim.so"
    reports=$sanitized/report differ=
    rm -f "$reports".*
    # shellcheck disable=SC2046 # one word each
    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0:log_path=$reports \
        BESIDE=$(cc -print-file-name=libasan.so) SHIM=$sanitized/address/librlshim.so \
        scripts/twins.sh -j 8 -l sometimes $(twins) >"$sanitized/log" 2>&1 || differ=1
    head -n 30 "$reports".* >>"$sanitized/log" 2>/dev/null || [ "$differ" ] || return 0
    fail "twins differ, or have reports, with the address sanitizer"
}

# A cancelled thread never returns from its functions, so its stack stays marked as theirs, and the
# sanitizer stumbles over that itself when it takes the alternate signal stack away.
export ASAN_OPTIONS=use_sigaltstack=0

unit_tests address "$address" 'test_*'
unit_tests thread '-fsanitize=thread' 'test_limiter_[acw]*'
unit_tests thread '-fsanitize=thread' 'test_guest_*'
sanitized_twins
