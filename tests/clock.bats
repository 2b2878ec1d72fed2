# The rate is kept by the kernel's clock: whatever the program is told, and however long the system
# has been up.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib

setup() {
    export RL_LIMITS='out 200kB/s burst=20kB; in 200kB/s burst=20kB'
    size=170000 # for 0.75 s
}

# The library that the command faketime(1) preloads.
need_faketime() {
    need faketime
    faketime=$(faketime -f +0 printenv LD_PRELOAD) || skip "faketime does not work here"
}

# with COMMAND...: it is followed by a program to limit. Should that hang, it ends in time.
with() {
    timeout --foreground 20 env "$@"
}

# upload COMMAND..., download COMMAND...: by a program that each of them starts.
upload() {
    start_sink --raw -r 200000 -b 20000
    with "$@" "$TOOLS/sender" -n "$size" send "$port"
    stop_sink
    holds "$units == $size"
    at_rate 200000
}

download() {
    start_source --raw -b 20000
    exec 4<>"/dev/tcp/127.0.0.1/$port"
    with "$@" cat <&4 >"$BATS_TEST_TMPDIR/answer" 4>&-
    exec 4>&-
    cmp "$file" "$BATS_TEST_TMPDIR/answer"
    sleep 0.1 # until the source has seen the end
    stop_source
    received_at_rate 200000
}

# Both ways, with libfaketime before the shim and behind it.
both_orders() {
    need_faketime
    local preload
    for preload in "$SHIM $faketime" "$faketime $SHIM"; do
        upload LD_PRELOAD="$preload" FAKETIME="$1"
        download LD_PRELOAD="$preload" FAKETIME="$1"
    done
}

@test "libfaketime that changes nothing" {
    both_orders +0
}

@test "libfaketime with a date in the past" {
    both_orders '@2001-01-01 00:00:00'
}

@test "libfaketime with a date in the future" {
    both_orders '@2037-01-01 00:00:00'
}

@test "libfaketime with a clock that stands still" {
    both_orders '2001-01-01 00:00:00'
}

@test "libfaketime with a clock ten times as fast" {
    both_orders '+0 x10'
}

@test "libfaketime with a clock a tenth as fast" {
    both_orders '+0 x0.1'
}

# in_namespace SECONDS: where the clock began so long ago. (A tree goes by the clock of the first
# namespace.)
in_namespace() {
    need unshare
    export RL_SCOPE=process
    local since=(unshare -T --fork --monotonic "$1")
    "${since[@]}" true 2>/dev/null || skip "no time namespaces here"
    upload "${since[@]}" env LD_PRELOAD="$SHIM"
    download "${since[@]}" env LD_PRELOAD="$SHIM"
}

@test "ten years of uptime" {
    in_namespace 315360000
}

@test "sixty years of uptime" {
    in_namespace 1900000000
}

@test "a hundred years of uptime" {
    in_namespace 3153600000
}

# Each with a clock of its own, of which none may be taken for the others'.
@test "a tree in several time namespaces" {
    need unshare
    unshare -T --fork --monotonic 1000000 true 2>/dev/null || skip "no time namespaces here"
    start_sink --raw -r 200000 -b 20000
    run_limited sh -c '
        "$0" -n "$1" send "$2" &
        unshare -T --fork --monotonic 1000000 "$0" -n "$1" send "$2" &
        unshare -T --fork --monotonic -100 "$0" -n "$1" send "$2" &
        wait' "$TOOLS/sender" 100000 "$port"
    stop_sink
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    holds "$units == 300000"
    at_rate 200000
}
