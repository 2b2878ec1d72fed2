# loops.bash - what the tests of programs with event loops share. Loaded after lib.bash.
#
# The programs in tests/loops carry a file both ways, over some connections, and tick each 10 ms
# meanwhile; see ticker.py there. A loop that a limit stops cannot tick in time.
# shellcheck disable=SC2034,SC2154 # variables are set by one function, and used by another

LOOPS=$ROOT/tests/loops
PATIENCE=20 # seconds: a loop to which nothing happens any more waits for ever

# need_python MODULE: sets python to one that has it. Packages are for the system's, which need not
# be the first in PATH.
need_python() {
    for python in python3 /usr/bin/python3; do
        ! "$python" -c "import $1" 2>/dev/null || return 0
    done
    skip "no python has $1"
}

# need_libevent: tests/loops/ticker was built with it.
need_libevent() {
    "$BUILD/tests/loops/ticker" 2>/dev/null || [ $? -ne 77 ] || skip "built without libevent"
}

# ticks COMMAND...: run a program that prints ticks=N in_time=N; sets share, of those in time.
# One that is not of tests/loops may print nothing.
ticks() {
    local said
    said=$("$@")
    echo "$said: of ${*:1:3}"
    share=$(awk -F '[= ]' '/^ticks=/ { print $4 / $2 }' <<<"$said")
}

# plainly PROGRAM...: with an idle connection, without a limit. Sets plain_share.
plainly() {
    start_sink --raw
    file=$(noise 1)
    ticks timeout 60 "$@" 0 "$file" "$port" "$port"
    stop_sink >/dev/null
    plain_share=$share
}

# carry RATE COUNT SECONDS PROGRAM...: all of what its COUNT connections carry either way is right,
# and within the limit. With RAW='' it is carried by HTTP. Sets share, and up and down: achieved,
# divided by what was asked for.
carry() {
    local asked=$1 count=$2 burst=$(($1 / 10)) source_port raw=${RAW---raw}
    size=$(awk "BEGIN { print int(($1 * $3 + $burst) / $2) }")
    # shellcheck disable=SC2086 # an option, or none
    start_source -b "$burst" $raw
    source_port=$port
    mv "$BATS_TEST_TMPDIR"/{measured,of_source}
    # shellcheck disable=SC2086
    start_sink -r "$asked" -b "$burst" -e "$file" $raw
    RL_LIMITS="out $asked/s burst=$burst; in $asked/s burst=$burst" \
        ticks limited "${@:4}" "$count" "$file" "$port" "$source_port"
    stop_sink
    holds "$units >= $size * $count"
    within_bound "$asked"
    up=$(awk "BEGIN { print $rate / $asked }")
    mv "$BATS_TEST_TMPDIR"/{of_source,measured}
    stop_source
    holds "$units >= $size * $count"
    down=$(awk "BEGIN { print $rate / $asked }")
    echo "achieved of $asked B/s: up $up, down $down"
    holds "$down <= 1" || die "too fast: $rate/s"
}

# carries_and_ticks RATE COUNT PROGRAM...: ... at LEAST 0.97 of the rate, and 99 % of the ticks that are in time
# without a limit still are. A machine that is busy otherwise makes ticks late now and then, and a
# loop that stands still does each time: so one try of three will do.
carries_and_ticks() {
    local try
    for try in 1 2 3; do
        plainly "${@:3}"
        carry "$1" "$2" 2.5 "${@:3}"
        holds "$up >= ${LEAST-0.97} && $down >= ${LEAST-0.97}" || die "too slow"
        if holds "$share >= 0.99 * $plain_share"; then
            return 0
        fi
    done
    die "the loop stands still: $share of the ticks are in time, and $plain_share without a limit"
}

# stands_still PROGRAM...: the same where calls are held: it is the loop that makes the difference.
stands_still() {
    RL_NONBLOCK=block carry 200000 1 1 "$@"
    holds "$share < 0.9" || die "$share of the ticks are in time, though calls are held"
}
