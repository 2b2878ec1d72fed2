#!/usr/bin/env bash
# twins.sh [-a] [-j JOBS] [-l LIMITS] [PROGRAM[:BEHAVIOUR]]... - run twins plain and under the shim.
#
# Each behaviour of each program below $BUILD/tests/twins runs plain, and then with limits that never
# hold, sometimes, each call, or each piece of a call; the five algorithms take turns. The outputs
# must be the same; else they are shown, with a command that shows them again. The last line counts;
# exit status 0 if all are equal.
#   -a          all algorithms with all limits, and plain twice
#   -l LIMITS   only with these: never sometimes calls pieces long slow small large fast modem sparse
#   -j JOBS     so many at a time (6): most of them sleep
#
# SHIM=FILE is another library than $BUILD/librlshim.so; several, separated by blanks, are preloaded
# together. BESIDE=FILE is preloaded before it, and BEHIND=FILE after it, in plain runs, too. So for a
# shim that is built with sanitizers:
#   make BUILD=/tmp/san CFLAGS='-O1 -g -fsanitize=address,undefined' /tmp/san/librlshim.so
#   ASAN_OPTIONS=detect_leaks=0 BESIDE=$(gcc -print-file-name=libasan.so) \
#       SHIM=/tmp/san/librlshim.so scripts/twins.sh
# EXPECTED=LINE is what the shim may say, as it does of streams with musl.
set -u
cd "$(dirname "$0")/.." || exit 125

BUILD=$(realpath "${BUILD:-build}")
SHIM=${SHIM:-$BUILD/librlshim.so}
BESIDE=${BESIDE:-}
BEHIND=${BEHIND:-}
EXPECTED=${EXPECTED:-nothing}
TWINS=$BUILD/tests/twins
ALGORITHMS=(leaky-bucket token-bucket gcra gcra-leaky llm-token)
SECONDS_AT_MOST=30

# Nothing of the caller's own may change what a twin does.
unset "${!RL_@}" LD_PRELOAD
export BUILD SHIM BESIDE BEHIND EXPECTED LC_ALL=C # C: to sort, and for messages

# modes_of PROGRAM:BEHAVIOUR: what RL_NONBLOCK is; auto is the default. Those in mode block show that a
# call that does not wait is held, and then moves all that is there. Those that ask for readiness, as
# event loops do, are the same in both.
modes_of() {
    case $1 in
    halfway:without_waiting | low_water:without_waiting | unread:without_waiting) echo block ;;
    nonblocking:by_* | nonblocking:into_* | nonblocking:messages_of_a_stream) echo block ;;
    nonblocking:as_much_as_is_there) echo block ;;
    nonblocking:*) echo auto block ;;
    *) echo auto ;;
    esac
}

# limits NAME ALGORITHM: what stands in RL_LIMITS.
limits() {
    local specs
    case $1 in
    never)
        specs='calls 1M/s;accept 1M/s;recv 1M/s;read 1M/s;out 10GB/s;in 10GB/s'
        ;;
    sometimes)
        specs='calls 600/s burst=6;accept 600/s burst=2;recv 600/s burst=6;read 600/s burst=6'
        specs+=';out 20MB/s burst=64kB to=127.0.0.1,localhost,::1'
        specs+=';in 20MB/s burst=64kB to=127.0.0.0/8,::1'
        ;;
    calls)
        specs='calls 500/s burst=1;accept 500/s burst=1;recv 500/s burst=1;read 500/s burst=1'
        ;;
    pieces)
        specs='out 10MB/s burst=6000;in 20MB/s burst=6000'
        ;;
    long)
        specs='calls 20/s burst=1;accept 20/s burst=1;recv 20/s burst=1;read 20/s burst=1'
        ;;
    slow)
        specs='out 1MB/s burst=6000;in 2MB/s burst=6000'
        ;;
    small)
        specs='out 5MB/s burst=8KiB;in 5MB/s burst=8KiB'
        ;;
    large)
        specs='out 1MB/s burst=64kB;in 1MB/s burst=64kB'
        ;;
    modem)
        specs='out 200kB/s burst=20kB;in 200kB/s'
        ;;
    fast)
        specs='out 100MB/s burst=64kB;in 100MB/s burst=64kB'
        ;;
    sparse)
        specs='in 100kB/s'
        ;;
    esac
    printf '%s' "${specs//;/ algo=$2;} algo=$2"
}

# run PRELOADS PROGRAM BEHAVIOUR [VARIABLE=VALUE]...: sets output; the exit status is its last line.
run() {
    local preloads=$1 program=$2 behaviour=$3
    shift 3
    preloads="${BESIDE:+$BESIDE }$preloads${BEHIND:+ $BEHIND}"
    output=$(
        if [ "$preloads" ]; then
            set -- LD_PRELOAD="$preloads" "$@"
        fi
        exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- # numbers are looked at
        {
            timeout --foreground -k 1 $SECONDS_AT_MOST env "$@" "$TWINS/$program" "$behaviour" \
                </dev/null 2>&1
            echo "exit status $?"
        } | grep -vxF "$EXPECTED"
    )
}

# Compare with $plain a run with the limits NAME in $mode; sets runs and differ.
compare() {
    local name=$1 algorithm=$2
    shift 2
    # Of calls that are held though they do not wait, the user is told.
    [ "$mode" = auto ] || set -- "RL_NONBLOCK=$mode" RL_LOG=/dev/null "$@"
    local variables=(RL_LIMITS="$(limits "$name" "$algorithm")" "$@")
    run "$SHIM" "$program" "$behaviour" "${variables[@]}"
    runs=$((runs + 1))
    [ "$output" != "$plain" ] || return 0
    differ=$((differ + 1))
    echo "$program $behaviour differs: $name, $algorithm${*:+, $*}"
    [ "$output" != "$shown" ] || return 0
    shown=$output
    diff <(printf '%s\n' "$plain") <(printf '%s\n' "$output") | sed 's/^/    /'
    printf '    env LD_PRELOAD=%q' "${BESIDE:+$BESIDE }$SHIM${BEHIND:+ $BEHIND}"
    printf ' %q' "${variables[@]}" "$TWINS/$program" "$behaviour"
    echo
}

# The limits that a program is run with: long holds where something happens during one.
limits_of() {
    if [ "$LIMITS" ]; then
        echo "$LIMITS"
        return
    fi
    case $1 in
    timeouts) echo never sometimes calls pieces long slow modem ;;
    signals | interrupted | timers | cancellation | concurrency | filtered_threads)
        echo never sometimes calls pieces long slow
        ;;
    epoll_edge | epoll_sets | epoll_threads) echo never sometimes calls pieces slow ;;
    hangups) echo never sometimes calls pieces slow modem ;;
    deferred | deferred_blocking) echo never sometimes calls pieces long ;;
    nonblocking | low_water) echo never sometimes calls pieces small large modem sparse ;;
    unread) echo never sometimes calls pieces small large ;;
    halfway | masks) echo never sometimes calls pieces slow small large fast ;;
    *) echo never sometimes calls pieces ;;
    esac
}

# one_twin NUMBER PROGRAM BEHAVIOUR: runs it, tells what differs, and a line `=RUNS DIFFER SKIPPED`.
one_twin() {
    local number=$1 program=$2 behaviour=$3 runs=0 differ=0 shown='' mode plain
    run "" "$program" "$behaviour"
    plain=$output
    if [[ $plain == *"exit status 77" ]]; then
        echo "$program $behaviour skipped: ${plain%%$'\n'*}"
        echo "=0 0 1"
        return
    fi
    # Else it says nothing about anything.
    if [[ $plain != *"end of $behaviour"$'\n'*"exit status 0" ]]; then
        differ=1
        echo "$program $behaviour does not come to its end: ${plain//$'\n'/; }"
    fi
    if [ "$ALL" ]; then
        run "" "$program" "$behaviour"
        if [ "$plain" != "$output" ]; then
            differ=$((differ + 1))
            echo "$program $behaviour is not the same twice, plain"
            diff <(printf '%s\n' "$plain") <(printf '%s\n' "$output") | sed 's/^/    /'
        fi
    fi
    for mode in $(modes_of "$program:$behaviour"); do
        limited_twins
        [ "$LIMITS" ] || more_twins
    done
    echo "=$runs $differ 0"
}

limited_twins() {
    local name algorithm
    for name in $(limits_of "$program"); do
        for algorithm in "${ALGORITHMS[@]}"; do
            if [ "$ALL" ] || [ "$algorithm" = "${ALGORITHMS[number % 5]}" ]; then
                compare "$name" "$algorithm"
            fi
        done
        number=$((number + 1))
    done
}

# A limit that never holds cannot refuse either; what is never limited is never refused. And with a
# trace, which is opened before main, nothing else changes.
more_twins() {
    local algorithm reports=(RL_TRACE=/dev/null RL_LOG=/dev/null RL_SUMMARY=1)
    for algorithm in "${ALGORITHMS[@]}"; do
        [ "$ALL" ] || [ "$algorithm" = "${ALGORITHMS[number % 5]}" ] || continue
        if [ "$ALL" ] || [ $((number % 2)) -eq 0 ]; then
            compare never "$algorithm" RL_MODE=police
        elif [ "$program" != descriptors ]; then # where they show, as documented
            compare calls "$algorithm" "${reports[@]}"
        fi
        if [ "$ALL" ] && [ "$program" != descriptors ]; then
            compare sometimes "$algorithm" "${reports[@]}"
        fi
        if [ "$program" = unlimited ] && [ "$behaviour" != passed_on ]; then
            compare calls "$algorithm" RL_MODE=police
        fi
    done
}

# For xargs below: --one NUMBER PROGRAM:BEHAVIOUR.
if [ "${1:-}" = --one ]; then
    one_twin "$2" "${3%%:*}" "${3#*:}" >"$SCRATCH/$(printf %05d "$2")" 2>&1
    exit
fi

ALL='' LIMITS='' jobs=8
while getopts aj:l: option; do
    case $option in
    a) ALL=1 ;;
    j) jobs=$OPTARG ;;
    l) LIMITS=$OPTARG ;;
    *)
        echo "twins.sh [-a] [-j JOBS] [-l LIMITS] [PROGRAM[:BEHAVIOUR]]..." >&2
        exit 125
        ;;
    esac
done
shift $((OPTIND - 1))

for preload in $SHIM $BESIDE $BEHIND; do
    [ -e "$preload" ] || {
        echo "twins.sh: $preload is missing: make tests" >&2
        exit 125
    }
done

twins=()
if [ $# -eq 0 ]; then
    mapfile -t programs < <(find "$TWINS" -maxdepth 1 -type f -perm -u+x -printf '%f\n' | sort)
    set -- "${programs[@]}"
fi
for twin; do
    case $twin in
    *:*) twins+=("$twin") ;;
    *)
        mapfile -t behaviours < <("$TWINS/$twin")
        if [ ${#behaviours[@]} -eq 0 ]; then
            echo "twins.sh: $TWINS/$twin lists no behaviours: make tests" >&2
            exit 125
        fi
        twins+=("${behaviours[@]/#/$twin:}")
        ;;
    esac
done

SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
export ALL LIMITS SCRATCH
begin=$SECONDS
for number in "${!twins[@]}"; do
    printf '%s\0%s\0' "$number" "${twins[number]}"
done | xargs -0 -n 2 -P "$jobs" "$PWD/scripts/twins.sh" --one
cat "$SCRATCH"/* | grep -v ^=
cat "$SCRATCH"/* | awk -v twins="${#twins[@]}" -v seconds=$((SECONDS - begin)) '
    /^=/ { ran++; runs += substr($1, 2); differ += $2; skipped += $3 }
    END {
        printf "%d twins, %d runs, %d differ, %d skipped in %d s\n", ran, runs, differ, skipped, seconds
        exit !(ran == twins && runs > 0 && differ == 0)
    }'
