#!/bin/sh
# bench.sh - what rlshim costs and how exact it is: one table against the budget.
#
# Costs are compared within one run: with and without the shim turn by turn, and of repeated runs
# the median, so that a busy or a slow machine changes both sides alike. A figure over its bound is
# a finding, not a failure: the exit status is 1 only if something could not be measured.
set -u

build=$(cd "${BUILD:-build}" && pwd) || exit 1
bench=$build/bench
shim=$build/librlshim.so
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-5}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

met=0 bounds=0 missing=0

# The dynamic linker would only complain, and go on without it.
[ -r "$shim" ] || {
    echo "bench.sh: no $shim: run make first" >&2
    exit 1
}

heading() { # WHAT COLUMN COLUMN FIGURE: begins a part of the table
    printf '\n%-42s %10s %10s %10s   %s\n' "$1" "$2" "$3" "$4" bound
}

row() { # WHAT COLUMN COLUMN FIGURE [LEAST|- MOST UNIT]
    verdict='' bound=''
    if [ -z "$4" ]; then
        verdict='not measured'
        missing=$((missing + 1))
    elif [ $# -gt 4 ]; then
        bounds=$((bounds + 1))
        bound="$5..$6 $7"
        [ "$5" = - ] && bound="<= $6 $7"
        if awk -v x="$4" -v a="$5" -v b="$6" \
            'BEGIN { exit !((a == "-" || a <= x + 0) && x + 0 <= b + 0) }'; then
            met=$((met + 1))
            verdict=ok
        else
            verdict=over
        fi
    fi
    printf '%-42s %10s %10s %10s   %-14s %s\n' "$1" "$2" "$3" "$4" "$bound" "$verdict" |
        sed 's/ *$//'
}

# The median (or the most) of a column of the lines of that name.
sorted() { # FILE NAME COLUMN
    [ ! -r "$1" ] ||
        awk -F '\t' -v name="$2" -v column="$3" '$1 == name { print $column }' "$1" | sort -n
}
median() {
    sorted "$@" | awk '{ line[NR] = $0 } END { if (NR) print line[int((NR + 1) / 2)] }'
}
most() {
    sorted "$@" | tail -n 1
}
divide() { # A B DECIMALS; nothing if there is nothing to divide
    awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { if (a != "" && b > 0) printf "%.*f", d, a / b }'
}

subtract() { # A B DECIMALS
    awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { if (a != "" && b != "") printf "%.*f", d, a - b }'
}

limited() { # LIMITS COMMAND...
    spec=$1
    shift
    env LD_PRELOAD="$shim" RL_LIMITS="$spec" "$@"
}

decisions() {
    heading 'one decision of librl' '' '' ns
    "$bench/decision" >"$tmp/decision"
    algorithms='leaky-bucket token-bucket gcra gcra-leaky llm-token'
    for algorithm in $algorithms; do
        row "$algorithm" '' '' "$(median "$tmp/decision" "$algorithm" 2)" - 8 ns
    done
    row 'a rate whose unit is not whole ticks' '' '' "$(median "$tmp/decision" uneven 2)" - 8 ns
    row 'token-bucket in a file that is mapped' '' '' "$(median "$tmp/decision" segment 2)"
    row '    more than in memory of its own' '' '' \
        "$(subtract "$(median "$tmp/decision" segment 2)" \
            "$(median "$tmp/decision" token-bucket 2)" 1)" - 10 ns
    for algorithm in $algorithms; do
        row "$algorithm, and reading the clock" '' '' \
            "$(median "$tmp/decision" "$algorithm" 3)" - 35 ns
    done
    row 'a bare compare-and-swap' '' '' "$(median "$tmp/decision" swap 2)"
    row 'reading the clock alone' '' '' "$(median "$tmp/decision" clock 2)"
    row 'with the clock, two threads on one limiter' '' '' "$(median "$tmp/decision" contended 2)"
}

# That never holds, so that what is left is the cost of asking.
ample='calls 1G/s'
three='calls 1G/s; out 10GB/s burst=1GB; send 2G/s'
peers="$ample to=127.0.0.0/8,!10.0.0.0/8:443"

call_costs() {
    round=0
    while [ "$round" -lt "$rounds" ]; do
        env -u LD_PRELOAD "$bench/calls" >>"$tmp/calls.none"
        limited "$ample" "$bench/calls" >>"$tmp/calls.ample"
        env LD_PRELOAD="$shim" "$bench/calls" file-1 tcp-send-64 udp-send-64 >>"$tmp/calls.inert"
        limited 'out 10GB/s burst=1GB' "$bench/calls" tcp-send-64 udp-send-64 >>"$tmp/calls.bytes"
        limited "$three" "$bench/calls" tcp-send-64 udp-send-64 >>"$tmp/calls.three"
        limited "$peers" "$bench/calls" tcp-send-64 udp-send-64 >>"$tmp/calls.peers"
        round=$((round + 1))
    done
}

call_row() { # WHAT VARIANT NAME [MOST RATIO] [MOST NS]
    plain=$(median "$tmp/calls.$2" "$3" 2)
    with=$(median "$tmp/calls.$2" "$3" 3)
    ratio=$(divide "$with" "$plain" 3)
    row "$1" "$plain" "$with" "$ratio" ${4:+- "$4" x}
    [ -z "${5-}" ] || row '    added' '' '' "$(median "$tmp/calls.$2" "$3" 4)" - "$5" ns
}

calls() {
    call_costs
    heading 'one call, "calls 1G/s"' 'plain ns' 'limited ns' ratio
    call_row 'write 1 B to a file' ample file-1 1.03
    call_row 'write 4 KiB to a file' ample file-4k 1.03
    call_row 'write 1 B to /dev/null' ample null-1 1.03
    call_row 'write 1 B to a pipe' ample pipe-1 1.03
    call_row 'write 4 KiB to a pipe' ample pipe-4k 1.03
    call_row 'send 64 B, TCP' ample tcp-send-64 1.10 60
    call_row 'write 64 B, TCP' ample tcp-write-64 1.10 60
    call_row 'send 64 B, UDP' ample udp-send-64 1.05 60
    call_row 'write 1 B to a pipe, descriptor 100,000' ample pipe-1-high 1.03
    call_row 'send 64 B, TCP, descriptor 100,000' ample tcp-send-64-high 1.10 60
    call_row 'send 16 KiB, TCP' ample tcp-send-16k

    heading 'the same, for information' 'plain ns' 'limited ns' ratio
    for name in file-1 tcp-send-64 udp-send-64; do
        call_row "without the shim (noise), $name" none "$name"
    done
    for name in file-1 tcp-send-64 udp-send-64; do
        call_row "shim without configuration, $name" inert "$name"
    done
    for name in tcp-send-64 udp-send-64; do
        call_row "a limit of bytes, $name" bytes "$name"
        call_row "three limits, $name" three "$name"
        call_row "a limit with to=, $name" peers "$name"
    done
}

# No call of these is to wait: the gate, if there is one, is another's.
readiness_calls() {
    beside="$ample; out 4kB/1h to=127.0.0.9"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        limited "$ample" "$bench/readiness" >>"$tmp/calls.readiness"
        limited "$beside" "$bench/readiness" beside >>"$tmp/calls.beside"
        round=$((round + 1))
    done
    heading 'one readiness call that concerns no gate' 'plain ns' 'limited ns' ratio
    for name in poll-1 poll-100 select-1 select-100 epoll-1 epoll-100; do
        call_row "$name" readiness $name 1.05
    done
    for name in poll-1 poll-100 select-1 select-100 epoll-1 epoll-100; do
        call_row "$name, while another descriptor is gated" beside $name 1.05
    done
}

field() { # FILE NAME: of a line of NAME=VALUE words
    [ ! -r "$1" ] || tr ' ' '\n' <"$1" | sed -n "s/^$2=//p"
}

fair() { # NAME SECONDS [COMMAND]...: the connections of one loop send 10 MB/s, 1460 bytes a call
    name=$1
    duration=$2
    shift 2
    rm -f "$tmp/port"
    "$build/tests/tools/sink" --raw -p "$tmp/port" -o "$tmp/sink" &
    sink=$!
    until [ -e "$tmp/port" ]; do sleep 0.1; done
    "$@" "$build/tests/loops/fair" send "$connections" "$duration" \
        $((seconds * 10000000)) "$(cat "$tmp/port")" 1460 >"$tmp/fair.$name"
    kill "$sink"
    wait "$sink" 2>/dev/null
}

gated_row() { # WAY: of 2 s, how much it was at work
    limited 'out 20kB/s burst=4kB' timeout 30 "$build/tests/loops/gated" "$1" send 2 >"$tmp/gated"
    took=$(field "$tmp/gated" seconds)
    cpu=$(field "$tmp/gated" cpu)
    row "CPU time of a gated loop of $1" "$took" "$cpu" "$(divide "${cpu:+${cpu}e2}" "$took" 2)" - 1 %
}

# Of 10,000 connections, if there may be so many. Plain, they carry as many bytes at once.
# shellcheck disable=SC3045 # dash has these options, too
loops() {
    connections=$(ulimit -Hn)
    if [ "$connections" = unlimited ] || [ "$connections" -gt 10100 ]; then
        connections=10000
    else
        connections=$((connections - 100))
    fi
    ulimit -n $((connections + 100))
    heading "a loop of $connections connections, $seconds s" 'CPU s' 'more' 'x plain'
    limit='out 10MB/s burst=64kB'
    fair plain 60
    fair block "$seconds" env LD_PRELOAD="$shim" RL_NONBLOCK=block RL_LIMITS="$limit"
    fair auto "$seconds" env LD_PRELOAD="$shim" RL_LIMITS="$limit"
    plain=$(field "$tmp/fair.plain" cpu)
    for name in plain block auto; do
        cpu=$(field "$tmp/fair.$name" cpu)
        row "CPU time, $name" "$cpu" "$(awk "BEGIN { printf \"%.3f\", $cpu - $plain }")" \
            "$(divide "$cpu" "$plain" 2)"
    done
    took=$(field "$tmp/fair.auto" seconds)
    carried=$(field "$tmp/fair.auto" carried)
    row 'achieved / asked' "$took" '' \
        "$(divide $((carried - 64000)) "$(awk "BEGIN { print $took * 10e6 }")" 4)" 0.995 1.000 x
    row "Jain's index over the connections" '' '' "$(field "$tmp/fair.auto" jain)" 0.95 1 ''
    for way in poll select epoll edges edges-by-counts nothing; do
        gated_row $way
    done
}

# Of CPU time. The budget is 100 us where an empty preload takes 50.
startup() {
    heading 'start-up of true, CPU time' 'plain us' 'with us' 'added us'
    echo | ${CC:-cc} -shared -fPIC -x c -o "$tmp/empty.so" - || return
    "$bench/startup" "$tmp/empty.so" "$shim" >"$tmp/startup"
    for variant in empty inert process first next; do
        case $variant in
        empty) what='an empty preload' ;;
        inert) what='the shim without configuration' ;;
        process) what='the shim with a limit, scope=process' ;;
        first) what='first process of a tree' ;;
        next) what='a later one' ;;
        esac
        row "$what" "$(median "$tmp/startup" $variant 2)" "$(median "$tmp/startup" $variant 3)" \
            "$(median "$tmp/startup" $variant 4)"
    done
    process=$(median "$tmp/startup" process 4)
    row '    scope=process, to what an empty one adds' '' '' \
        "$(divide "$process" "$(median "$tmp/startup" empty 4)" 2)" - 2 x
    row '    more in the first process of a tree' '' '' \
        "$(subtract "$(median "$tmp/startup" first 4)" "$process" 0)" - 60 us
    row '    more in a later one' '' '' \
        "$(subtract "$(median "$tmp/startup" next 4)" "$process" 0)" - 30 us
}

pace() { # NAME RATE BURST CHUNK UNIT
    case $5 in
    bytes) limited "out $2/s burst=$3" "$bench/pace" "$2" "$3" "$4" "$seconds" ;;
    calls) limited "send $2/s burst=$3" "$bench/pace" "$2" "$3" "$4" "$seconds" calls ;;
    esac >"$tmp/pace.$1"
    cat "$tmp/pace.$1" >>"$tmp/pace"
}

pace_row() { # WHAT NAME
    row "$1" "$(median "$tmp/pace.$2" late 2)" "$(median "$tmp/pace.$2" excess 2)" \
        "$(median "$tmp/pace.$2" achieved 2)" 0.995 1.000 x
}

# The burst is 20 ms of the rate, or one departure. Those that mostly sleep can run side by side.
accuracy() {
    heading "achieved / asked over $seconds s" 'late us' 'excess us' achieved
    pace 1kB 1000 50 50 bytes &
    pace 100kB 100000 2000 500 bytes &
    pace 1 1 1 1 calls &
    pace 100 100 2 1 calls &
    wait
    pace 1MB 1000000 20000 1000 bytes
    pace 10MB 10000000 200000 1400 bytes
    pace 100MB 100000000 2000000 16000 bytes
    pace 1GB 1000000000 20000000 60000 bytes
    pace 10k 10000 200 1 calls
    pace 100k 100000 2000 1 calls
    for rate in 1kB 100kB 1MB 10MB 100MB 1GB; do
        pace_row "$rate/s" $rate
    done
    for rate in 1 100 10k 100k; do
        pace_row "$rate calls/s" $rate
    done
    row 'the earliest departure, us before its time' '' '' "$(most "$tmp/pace" early 2)" - 0 us
}

memory_row() { # WHAT NAME [BOUND]
    what=$1
    plain=$(median "$tmp/memory.plain" "$2" 2)
    with=$(median "$tmp/memory.with" "$2" 2)
    shift 2
    row "$what" "$plain" "$with" "${with:+$((with - plain))}" "$@"
}

memory() {
    heading 'memory' 'plain' 'with' added
    for _ in 1 2 3 4 5; do
        env -u LD_PRELOAD "$bench/footprint" memory >>"$tmp/memory.plain"
        limited "$ample" "$bench/footprint" memory >>"$tmp/memory.with"
    done
    memory_row 'of the process alone (private dirty), KiB' dirty - 128 KiB
    memory_row 'resident, with pages shared by all, KiB' resident
    strip -o "$tmp/stripped" "$shim"
    row 'the stripped library, KiB' '' '' "$(divide "$(wc -c <"$tmp/stripped")" 1024 1)" - 200 KiB
    limited "$ample" "$bench/footprint" stack >"$tmp/stack.conforming"
    limited 'calls 50/s burst=1' "$bench/footprint" stack >"$tmp/stack.held"
    for call in send write sendmsg connect; do
        for how in conforming held; do
            file=$tmp/stack.$how
            row "stack of a $how $call, bytes" "$(median "$file" $call 2)" \
                "$(median "$file" $call 3)" "$(median "$file" $call 4)" - 1024 B
        done
    done
}

upload() { # WHAT COMMAND...
    what=$1
    shift
    "$bench/upload" 1024000 $((4 * 1024000)) "$@" -sS -H Expect: -T "$tmp/file" >"$tmp/upload.$what"
}

# Others that do this, where they are installed.
comparison() {
    command -v curl >/dev/null || return 0
    heading 'curl uploads 4 MB at 1000 KiB/s' '' 'burst B' achieved
    head -c $((4 * 1024000)) /dev/zero >"$tmp/file"
    set -- rlshim curl
    upload rlshim env LD_PRELOAD="$shim" RL_LIMITS='out 1000KiB/s burst=64KiB' curl &
    upload curl curl --limit-rate 1000k &
    if command -v trickle >/dev/null; then
        upload trickle trickle -s -u 1000 curl &
        set -- "$@" trickle
    fi
    wait
    for who in "$@"; do
        row "limited by $who" '' "$(median "$tmp/upload.$who" burst 2)" \
            "$(median "$tmp/upload.$who" achieved 2)"
    done
}

printf 'rlshim on %s, %s CPUs\n' "$(uname -srm)" "$(getconf _NPROCESSORS_ONLN)"
decisions
calls
readiness_calls
loops
startup
accuracy
memory
comparison
printf '\n%d of %d bounds met' "$met" "$bounds"
[ "$missing" = 0 ] || printf ', %d figures not measured' "$missing"
echo
[ "$missing" = 0 ]
