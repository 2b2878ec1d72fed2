#!/bin/sh
# check-interpreter.sh - python's own tests of sockets, processes, signals and threads, plain and
# under the shim: the results must be the same. Some ten minutes.
set -eu
cd "$(dirname "$0")/.."

sh scripts/packages.sh cc make python3
python=$(command -v python3)
tests='test_socket test_select test_selectors test_ssl test_httplib test_ftplib test_smtplib
    test_subprocess test_signal test_os test_io test_threading test_multiprocessing_fork'
if ! "$python" -c 'import test.libregrtest' 2>/dev/null; then
    if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
        echo "check-interpreter.sh: python's tests are missing; on Debian: apt-get install libpython3-testsuite" >&2
        exit 125
    fi
    apt-get install -y --no-install-recommends libpython3-testsuite >/dev/null
fi
make -s all

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# results NAME: one line for each test case, with how it ended; with the environment given.
results() {
    name=$1
    shift
    for test in $tests; do
        echo "$name: $test" >&2
        (
            cd "$scratch"
            timeout 900 env "$@" "$python" -m test -v "$test" >"$name.$test.log" 2>&1 </dev/null || :
        )
        # `name (class) ... ok`, where what the case prints may stand before the verdict.
        awk -v test="$test" '
            / \(test\./ { case_name = $1 " " $2 }
            / ok$|^ok$/ { verdict = "ok" }
            / FAIL$|^FAIL$/ { verdict = "FAIL" }
            / ERROR$|^ERROR$/ { verdict = "ERROR" }
            / skipped / { verdict = "skipped" }
            case_name && verdict { print test, case_name, verdict; case_name = ""; verdict = "" }
        ' "$scratch/$name.$test.log" | sort
    done >"$scratch/$name"
}

shim=$PWD/librlshim.so
results plain LC_ALL=C.UTF-8
results never LC_ALL=C.UTF-8 LD_PRELOAD="$shim" \
    RL_LIMITS='out 100GB/s; in 100GB/s; calls 1G/s; accept 1G/s'
results some LC_ALL=C.UTF-8 LD_PRELOAD="$shim" RL_LIMITS='out 20MB/s; in 20MB/s; calls 2000/s'

status=0
for name in never some; do
    if ! diff "$scratch/plain" "$scratch/$name" >"$scratch/diff"; then
        echo "differs from plain under the limits \`$name':"
        cat "$scratch/diff"
        status=1
    fi
done
echo "$(wc -l <"$scratch/plain") test cases, $(grep -c ' ok$' "$scratch/plain") ok when plain"
exit $status
