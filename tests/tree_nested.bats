# Limits within limits: a launcher within a launcher adds its own, and nobody gets rid of the outer
# ones by what stands in the environment.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load tree

setup() {
    [ "${LONG:-}" ] || SHAPED=1000000
    export RLSHIM SENDER=$TOOLS/sender SHIM
    unset LD_PRELOAD
}

# each_upload RATE [UNITS]: each (of so many bytes) was within its own bound, as a whole, too, but for
# how late its first piece and the sink were; and not slower than RATE.
each_upload() {
    local line lines
    lines=$(grep "^upload units=${2:+$2 }" "$BATS_TEST_TMPDIR/measured")
    while read -r line; do
        as_measured "$line"
        within_bound "$own_rate"
        holds "$rate <= $own_rate * (1 + 2 * $lateness / $seconds)" || die "too fast: $rate/s"
        holds "$rate >= $1" || die "too slow: $rate/s"
    done <<<"$lines"
}

# nested COUNT RATE SCRIPT: sh runs it under an outer limit of 800 kB/s; it sends $SIZE bytes so many
# times, to $PORT. All together have that rate. Where its own launchers have a limit, that is the
# bound of each upload, $own_rate.
nested() {
    start_sink --raw -r "$2" -b "$BURST" -u "${own_rate:-0}" -s 0.2
    pieces "$1"
    SIZE=$size PORT=$port timeout 60 "$RLSHIM" -l "out 800kB/s burst=$BURST" sh -c "$3"
    stop_sink
    holds "$units >= $1 * $size"
    at_the_rate "$2"
}

@test "an inner limit holds within an outer one" {
    nested 1 500000 '$RLSHIM -l "out 500kB/s burst=20kB" $SENDER -n $SIZE send $PORT'
}

@test "so does the outer one around two inner ones, and each of these" {
    own_rate=500000
    nested 2 800000 'for i in 1 2; do
        $RLSHIM -l "out 500kB/s burst=20kB" $SENDER -n $SIZE send $PORT & done; wait'
    each_upload 300000
}

@test "beside one without an inner limit, one with has no more than that" {
    own_rate=200000
    nested 2 800000 '$RLSHIM -l "out 200kB/s burst=20kB" $SENDER -n $((SIZE * 2 / 5)) send $PORT &
        $SENDER -n $((SIZE * 8 / 5)) send $PORT; wait'
    each_upload 180000 $((size * 2 / 5))
}

@test "an inner limit that is the same as the outer one is another one" {
    nested 4 800000 'for i in 1 2 3 4; do
        $RLSHIM -l "out 800kB/s burst=20kB" $SENDER -n $SIZE send $PORT & done; wait'
}

@test "another build within it charges the outer limit once, as launcher and by LD_PRELOAD" {
    cp "$RLSHIM" "$SHIM" "$BATS_TEST_TMPDIR"
    export OTHER=$BATS_TEST_TMPDIR
    nested 4 800000 '$OTHER/rlshim -l "out 900kB/s burst=20kB" $SENDER -n $SIZE send $PORT &
        $OTHER/rlshim -l "out 900kB/s burst=20kB" env -i $SENDER -n $SIZE send $PORT &
        LD_PRELOAD=$OTHER/librlshim.so $SENDER -n $SIZE send $PORT & $SENDER -n $SIZE send $PORT; wait'
}

@test "three launchers, the tightest in the middle" {
    nested 3 400000 '$RLSHIM -l "out 400kB/s burst=20kB" sh -c "for i in 1 2 3; do
        \$RLSHIM -l \"out 600kB/s burst=20kB\" \$SENDER -n \$SIZE send \$PORT & done; wait"'
}

@test "other limits, another scope, no scope: the outer limit still holds" {
    nested 6 800000 '
        RL_LIMITS="out 10MB/s" $SENDER -n $SIZE send $PORT &
        RL_SCOPE=process $SENDER -n $SIZE send $PORT &
        RL_LIMITS="out 10MB/s scope=process" $SENDER -n $SIZE send $PORT &
        (unset RL_LIMITS RL_TREE LD_PRELOAD; $SENDER -n $SIZE send $PORT) &
        (unset RL_LIMITS; RL_TREE= LD_PRELOAD= $SENDER -n $SIZE send $PORT) &
        (RL_TREE=00000001,0123456789abcdef LD_PRELOAD=$SHIM $SENDER -n $SIZE send $PORT) &
        wait'
}

@test "another library alone in LD_PRELOAD, and none" {
    nested 4 800000 '
        LD_PRELOAD=libdl.so.2 $SENDER -n $SIZE send $PORT &
        LD_PRELOAD=/nowhere/librlshim.so $SENDER -n $SIZE send $PORT 2>/dev/null &
        env -u LD_PRELOAD -u RL_LIMITS $SENDER -n $SIZE send $PORT &
        env -i $SENDER -n $SIZE send $PORT &
        wait'
}

@test "members of another name within a tree" {
    nested 4 800000 'for i in 1 2 3 4; do
        RL_LIMITS="out 10MB/s scope=shared:nested-$$" $SENDER -n $SIZE send $PORT & done; wait'
}

@test "a limit of each process within that of the tree" {
    own_rate=300000
    nested 4 800000 'for i in 1 2 3 4; do
        $RLSHIM -l "out 300kB/s burst=20kB scope=process" $SENDER -n $SIZE send $PORT & done; wait'
    each_upload 0
}

@test "seven launchers deep" {
    nested 2 800000 'launchers=
        for i in 1 2 3 4 5 6 7; do
            launchers="$launchers $RLSHIM -l send\ 1000$i/s"
        done
        eval "$launchers $SENDER -n $SIZE send $PORT &
              $launchers $SENDER -n $SIZE send $PORT"; wait'
}

@test "too many limits are an error, and nothing runs" {
    limits='connect 1/s'
    for ((i = 1; i < 8; i++)); do
        limits+='; connect 1/s'
    done
    RL_LIMITS=$limits run limited sh -c 'RL_LIMITS="out 1MB/s" sh -c "echo ran"'
    [ "$status" -eq 125 ]
    [[ $output == *"too many"* && $output != *ran* ]]
}
