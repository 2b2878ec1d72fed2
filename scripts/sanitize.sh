#!/bin/sh
# sanitize.sh - unit tests under the address and undefined-behaviour sanitizers, and those of the
# limiter, which has threads, under the thread sanitizer. Silent if all is well.
set -eu
cd "$(dirname "$0")/.."

build=${BUILD:-build}/sanitize

# sanitized NAME FLAGS PATTERN: build and run the unit tests that match.
sanitized() {
    make -s BUILD="$build/$1" CFLAGS="-O1 -g -fno-omit-frame-pointer $2" unit-tests
    for test in "$build/$1"/tests/unit/$3; do
        case $test in
        *.d) continue ;;
        esac
        if ! "$test" >"$build/log" 2>&1; then
            cat "$build/log" >&2
            echo "sanitize.sh: ${test##*/} fails under $1" >&2
            exit 1
        fi
    done
}

# A cancelled thread never returns from its functions, so its stack stays marked as theirs, and the
# sanitizer stumbles over that itself when it takes the alternate signal stack away.
export ASAN_OPTIONS=use_sigaltstack=0

mkdir -p "$build"
sanitized address '-fsanitize=address,undefined -fno-sanitize-recover=all' 'test_*'
sanitized thread '-fsanitize=thread' 'test_limiter_[acw]*'
