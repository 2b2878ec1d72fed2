# old_bats.bash - what bats before 1.7 has not (Debian 11), as far as it is needed here.
# shellcheck disable=SC2034 # variables are for the tests

# Nothing is missing.
if declare -F bats_require_minimum_version >/dev/null; then
    return 0
fi

bats_require_minimum_version() {
    :
}

# Each test, and what runs setup_file, is a process. Those of a file are deleted with BATS_RUN_TMPDIR.
BATS_FILE_TMPDIR=$BATS_RUN_TMPDIR/${BATS_TEST_FILENAME##*/}
BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/$$
mkdir -p "$BATS_TEST_TMPDIR" || exit
export BATS_FILE_TMPDIR BATS_TEST_TMPDIR

# run [-STATUS] [--separate-stderr] COMMAND...
run() {
    local expected='' separate='' flags=$-
    while [[ $1 == -* ]]; do
        case $1 in
        --separate-stderr) separate=1 ;;
        *) expected=${1#-} ;;
        esac
        shift
    done
    set +eET
    if [ "$separate" ]; then
        output=$("$@" 2>"$BATS_TEST_TMPDIR/.stderr")
        status=$?
        stderr=$(<"$BATS_TEST_TMPDIR/.stderr")
    else
        output=$("$@" 2>&1)
        status=$?
    fi
    mapfile -t lines < <(grep . <<<"$output")
    set "-$flags"
    if [ "$expected" ] && [ "$status" -ne "$expected" ]; then
        echo "exit status $status, not $expected; output: $output"
        return 1
    fi
}
