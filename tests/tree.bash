# tree.bash - what the tests of limits that processes share have in common. Loaded after lib.bash.
#
# LONG=1 makes them last longer, and then they measure closer: `make tree`.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are of subshells, or used by others

RLSHIM=$BUILD/rlshim
RATE=1000000 BURST=20000
if [ "${LONG:-}" ]; then
    SHAPED=5000000 CLOSE=0.005
else
    SHAPED=1800000 CLOSE=0.05 # bytes beyond the burst; how near to the rate they have to come
fi

# limited_by LIMITS COMMAND...: through $door, the launcher or LD_PRELOAD alone.
limited_by() {
    if [ "$door" = launcher ]; then
        timeout --foreground "${PATIENCE:-60}" "$RLSHIM" -l "$1" "${@:2}"
    else
        RL_LIMITS=$1 limited "${@:2}"
    fi
}

# in_background_by LIMITS COMMAND...: likewise; it is what is killed in teardown.
in_background_by() {
    if [ "$door" = launcher ]; then
        in_background "$RLSHIM" -l "$1" "${@:2}"
    else
        in_background env RL_LIMITS="$1" LD_PRELOAD="$SHIM" "${@:2}"
    fi
}

# by_both_doors TEST...: it calls limited_by; through each door, both at once: so they are two trees,
# which have nothing in common.
by_both_doors() {
    local called=("$@")
    each_apart through launcher preload
}

# through DOOR: what by_both_doors was told to call.
through() {
    local door=$1
    "${called[@]}"
}

# pieces COUNT: sets size, of a file that is sent so many times, and file.
pieces() {
    size=$(((SHAPED + BURST) / $1))
    file=$(zeros "$size")
}

finished() {
    [ "$(grep -c '^upload ' "$BATS_TEST_TMPDIR/measured")" -ge "$1" ]
}

# at_the_rate RATE: all together, neither faster nor slower, once they are all there; but for how late
# the sink itself may have seen the first and the last.
at_the_rate() {
    within_bound "$1"
    local near="($CLOSE + $lateness / $seconds)"
    holds "$rate <= $1 * (1 + $near)" || die "too fast: $rate/s of $1/s"
    holds "$rate >= $1 * (1 - $near)" || die "too slow: $rate/s of $1/s"
}

# upload_all COUNT OPTION COMMAND...: it sends $file so many times to a sink with that option ('' is
# HTTP). In its arguments FILE, URL and PORT become what they are.
upload_all() {
    # shellcheck disable=SC2086 # an option, or none
    start_sink -r "$RATE" -b "$BURST" -s 0.2 $2
    pieces "$1"
    local words=("${@:3}")
    words=("${words[@]//URL/http://127.0.0.1:$port/}")
    words=("${words[@]//PORT/$port}")
    limited_by "out $RATE/s burst=$BURST" "${words[@]//FILE/$file}"
    wait_for finished "$1" # also by those that nobody waits for
    stop_sink
    holds "$units >= $1 * $size"
    at_the_rate "$RATE"
}

# uploads COUNT COMMAND..., sends COUNT COMMAND...: likewise by both doors; by curl, and raw.
uploads() {
    need_curl
    by_both_doors upload_all "$1" '' "${@:2}"
}

sends() {
    by_both_doors upload_all "$1" --raw "${@:2}"
}

# The clock of the source begins before the first byte can be received, and ends after the last.
download_all() {
    size=$(((SHAPED + BURST) / $1))
    start_source -b "$BURST"
    local words=("${@:2}")
    limited_by "in $RATE/s burst=$BURST" "${words[@]//URL/http://127.0.0.1:$port/}"
    stop_source
    holds "$units >= $1 * $size"
    holds "$rate <= $RATE" || die "too fast: $rate/s"
    holds "$rate >= 0.95 * $RATE" || die "too slow: $rate/s"
}

# downloads COUNT COMMAND...: so many times, of URL.
downloads() {
    by_both_doors download_all "$@"
}

# passes SECONDS COMMAND...: where nothing measures but the time that it takes.
passes() {
    timed "${@:2}"
    holds "$elapsed >= 0.99 * $1" || die "too fast: took $elapsed s, not $1 s"
    holds "$elapsed <= 1.1 * $1 + 1.5" || die "too slow: took $elapsed s instead of $1 s"
}

## Segments

# segments_of PID: of each that a process has, the inode and the path; once they have their names.
segments_of() {
    awk '/\/rlshim-[0-9]+\/[a-z]/ { print $5, $6 $7 }' "/proc/$1/maps" | sort -u
}

# Sets segments, to be looked at: while a member becomes another program it has none.
is_member() {
    segments=$(segments_of "$1")
    [ "$segments" ]
}

# member COMMAND...: start it in the background as a member of a tree of its own; sets pid, and
# segment to the path of its file.
member() {
    in_background env LD_PRELOAD="$SHIM" "$@"
    pid=$!
    wait_for is_member "$pid"
    segment=$(awk '{ print $2 }' <<<"$segments")
    [ -e "$segment" ]
}

# Some program is limited; what others left is deleted by that.
another_start() {
    RL_LIMITS='connect 1/s' limited true
}
