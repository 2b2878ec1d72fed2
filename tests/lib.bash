# lib.bash - what the tests of real programs share. Loaded by each .bats file.
#
# A test starts a sink (tests/tools/sink.c), lets a program send to it under the shim, stops the
# sink, and looks at what it measured. All that a test starts is killed, by its pid, in teardown.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are set by one function, and used by another

load old_bats

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(cd "$ROOT" && realpath "${BUILD:-build}")
SHIM=$(realpath "${SHIM:-$BUILD/librlshim.so}")
TOOLS=$BUILD/tests/tools
HOLDS=$BUILD/tests/holds
# Seconds that a unit may be late beyond what is measured: a thread can lose the processor between
# its instant and its call, for a few time slices where eight of them share two processors.
SLACK=0.02

# Where servers are, which a user's PATH may lack.
PATH=$PATH:/usr/sbin:/sbin

# Nothing of the caller's own may change what a test finds.
unset LD_PRELOAD http_proxy HTTP_PROXY https_proxy all_proxy ALL_PROXY
for variable in "${!RL_@}"; do
    unset "$variable"
done

need() {
    local program
    for program; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

# Namespaces of file systems and processes: for root, and where the root directory is one that was
# mounted, as it is not below a mere chroot(8).
need_namespaces() {
    [ "$(id -u)" -eq 0 ] || skip "only root can do that"
    need unshare mount
    unshare -pf --mount-proc true 2>/dev/null || skip "no namespaces here (unshare -pf --mount-proc)"
}

die() {
    echo "$*" >&2
    return 1
}

# True if an awk expression is: numbers here are larger, and finer, than those of bash.
holds() {
    awk "BEGIN { exit !($1) }"
}

# knows_localhost: or the test is skipped, as where there is no /etc/hosts.
knows_localhost() {
    python3 -c 'import socket; socket.gethostbyname("localhost")' 2>/dev/null ||
        skip "localhost is not known here"
}

# wait_for CONDITION...: until it holds, 10 s at most.
wait_for() {
    local tries
    for ((tries = 0; tries < 500; tries++)); do
        if "$@"; then
            return 0
        fi
        sleep 0.02
    done
    die "waited in vain for: $*"
}

listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# in_background COMMAND...: start it; its pid goes to $!, and it is killed in teardown.
in_background() {
    "$@" 3>&- &
    echo $! >>"$BATS_TEST_TMPDIR/pids"
}

teardown() {
    local pid
    [ -e "$BATS_TEST_TMPDIR/pids" ] || return 0
    while read -r pid; do
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done <"$BATS_TEST_TMPDIR/pids"
}

# each_apart TEST WORDS...: it is called with each of them, all at the same time, and has files of
# its own.
each_apart() {
    local words pids=() pid number=0 failed=''
    for words in "${@:2}"; do
        number=$((number + 1))
        mkdir -p "$BATS_TEST_TMPDIR/$number"
        (
            BATS_TEST_TMPDIR+=/$number
            trap teardown EXIT
            "$1" "$words"
        ) 3>&- >"$BATS_TEST_TMPDIR/$number.log" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    head -n 100 "$BATS_TEST_TMPDIR"/*.log
    [ ! "$failed" ]
}

# start_sink [OPTION]...: sets port.
# shellcheck disable=SC2120
start_sink() {
    rm -f "$BATS_TEST_TMPDIR"/{port,measured}
    in_background "$TOOLS/sink" -p "$BATS_TEST_TMPDIR/port" -o "$BATS_TEST_TMPDIR/measured" "$@"
    sink_pid=$!
    wait_for test -e "$BATS_TEST_TMPDIR/port"
    port=$(<"$BATS_TEST_TMPDIR/port")
}

# Sets what the sink measured in all: units seconds rate excess lateness.
stop_sink() {
    kill "$sink_pid"
    wait "$sink_pid"
    as_measured "$(grep '^total ' "$BATS_TEST_TMPDIR/measured")"
}

# as_measured LINE: sets what that line of a sink tells of its total, or of an upload.
as_measured() {
    echo "$1"
    local field
    for field in ${1#* }; do
        # shellcheck disable=SC2163 # NAME=VALUE
        declare -g "$field"
    done
}

# start_source [OPTION]...: serves $file, which has $size bytes; sets file and port.
start_source() {
    file=$(noise "$size")
    rm -f "$BATS_TEST_TMPDIR"/{port,measured}
    in_background "$TOOLS/source" -b 64000 -p "$BATS_TEST_TMPDIR/port" \
        -o "$BATS_TEST_TMPDIR/measured" "$@" "$file"
    source_pid=$!
    wait_for test -e "$BATS_TEST_TMPDIR/port"
    port=$(<"$BATS_TEST_TMPDIR/port")
}

# Sets what the source measured: units seconds rate.
stop_source() {
    sleep 0.1 # until it has seen that its client ended
    sink_pid=$source_pid
    stop_sink
}

# A port that nobody listens on, for servers that cannot choose one themselves.
free_port() {
    start_sink
    stop_sink >/dev/null
    echo "$port"
}

# within_bound RATE: no window held more than the burst and the rate allow, but for the lateness of
# sender and sink (see tests/tools/meter.h).
within_bound() {
    holds "$excess <= $1 * (2 * $lateness + $SLACK)" ||
        die "too fast: $excess units above the bound of $1/s (woke $lateness s late at worst)"
}

# at_rate RATE: within the bound, and not much slower than asked.
at_rate() {
    within_bound "$1"
    holds "$rate >= 0.9 * $1" || die "too slow: $rate/s of $1/s"
}

# received_at_rate RATE: the same for $size bytes from a source. Its clock begins before the first
# byte can be received, and ends after the last one was.
received_at_rate() {
    holds "$units >= $size"
    holds "$rate <= $1" || die "too fast: $rate/s"
    holds "$rate >= 0.7 * $1" || die "too slow: $rate/s"
}

# Command $@ under the shim; the limit is in the environment. Should it hang, it ends in time.
limited() {
    timeout --foreground "${PATIENCE:-60}" env LD_PRELOAD="$SHIM" "$@"
}

# held LIMITS PROGRAM BEHAVIOUR: one of tests/holds, see hold.h there.
held() {
    local status=0
    RL_LIMITS=$1 limited timeout 20 "$HOLDS/$2" "$3" || status=$?
    [ "$status" -ne 77 ] || skip "cannot be tested here"
    return "$status"
}

# run_limited COMMAND...: sets status, stdout and stderr, which bats would mix.
run_limited() {
    status=0
    limited "$@" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout=$(<"$BATS_TEST_TMPDIR/stdout")
    stderr=$(<"$BATS_TEST_TMPDIR/stderr")
    echo "status $status, stderr: $stderr"
}

# zeros SIZE: the name of a file of that many bytes.
zeros() {
    head -c "$1" /dev/zero >"$BATS_TEST_TMPDIR/zeros"
    echo "$BATS_TEST_TMPDIR/zeros"
}

# noise SIZE: likewise, of bytes that do not compress.
noise() {
    head -c "$1" /dev/urandom >"$BATS_TEST_TMPDIR/noise"
    echo "$BATS_TEST_TMPDIR/noise"
}

# timed COMMAND...: sets elapsed, in seconds.
timed() {
    local begin=$EPOCHREALTIME
    "$@"
    elapsed=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
}

# took SECONDS: not less than that. Twice as long, and a second for starting and ending, at most.
took() {
    holds "$elapsed >= $1" || die "too fast: took $elapsed s, not $1 s"
    holds "$elapsed <= 2 * $1 + 1" || die "too slow: took $elapsed s instead of $1 s"
}

# since VERSION LEAST: it is that, or a later one.
since() {
    [ "$(printf '%s\n' "$@" | sort -V | head -n 1)" = "$2" ]
}

# need_curl: one whose uploads go on after EAGAIN for what comes first, and whose --parallel ends
# after an error; that of Debian 11, 7.74, does neither.
need_curl() {
    need curl
    local version
    read -r _ version _ < <(curl --version)
    since "$version" 7.88 || skip "curl is older than 7.88"
}

# limited_nginx: with nginx.conf, in the background; what it says goes to the file log. Sets nginx_pid.
limited_nginx() {
    local to=(-e stderr)
    nginx "${to[@]}" -v 2>/dev/null || to=() # before 1.19.5
    in_background env LD_PRELOAD="$SHIM" nginx -c "$BATS_TEST_TMPDIR/nginx.conf" "${to[@]}" \
        >"$BATS_TEST_TMPDIR/log" 2>&1
    nginx_pid=$!
}

# For the http block of an nginx: what it writes stays with the test.
nginx_files() {
    echo 'access_log off;'
    local kind
    for kind in client_body proxy fastcgi uwsgi scgi; do
        echo "${kind}_temp_path $BATS_TEST_TMPDIR/$kind;"
    done
}
