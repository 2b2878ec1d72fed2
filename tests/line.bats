# The line, in real time: what departs keeps the bound, whatever the scheduler does to those that
# wait; who leaves it costs the others nothing; it is short.
#
# Departures are written down just before the real calls, by a library between the shim and the C
# library (tests/tools/recorder.c). The bound is then literal, for every window and on any machine:
# see tests/tools/departures.c. How much departs is asserted loosely.
#
# LINE=long makes the stops and the crowds last as long as they do in life: `make line`.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; variables are set by name

load lib

setup() {
    export RECORD=$BATS_TEST_TMPDIR/record
    fast=2 stop=1.5 crowd=5 storm=3
    if [ "${LINE:-}" = long ]; then
        fast=6 stop=4 crowd=10 storm=10
    fi
}

# Read NAME=VALUE words into variables.
take() {
    local word
    echo "$1"
    for word in $1; do
        case $word in
        [a-z]*=*) declare -g "$word" ;;
        esac
    done
}

# recorded LIMITS COMMAND...: under the shim and the recorder.
recorded() {
    RL_LIMITS=$1 timeout 90 env LD_PRELOAD="$SHIM:$TOOLS/recorder.so" "${@:2}"
}

# stalled RUN STOP TIMES LIMITS COMMAND...: likewise, and stopped again and again.
stalled() {
    RL_LIMITS=$4 timeout 90 "$TOOLS/stall" -a "$1" -s "$2" -n "$3" \
        env LD_PRELOAD="$SHIM:$TOOLS/recorder.so" "${@:5}"
}

# bound KIND RATE BURST: every window of the record keeps it. Sets what departures.c prints.
bound() {
    local status=0 found
    found=$("$TOOLS/departures" -k "$1" -r "$2" -b "$3" "$RECORD") || status=$?
    take "$found"
    return "$status"
}

# at_least WHAT VALUE: of a variable.
at_least() {
    holds "${!1} >= $2" || die "$1 is ${!1}, less than $2"
}

at_most() {
    holds "${!1} <= $2" || die "$1 is ${!1}, more than $2"
}

# Two processes that want all of the processors.
busy() {
    in_background sh -c 'while :; do :; done'
    in_background sh -c 'while :; do :; done'
}

# Late together, gone together.

@test "50 threads that were stopped while they waited to connect do not do so together" {
    start_sink -c
    stalled 1 4 1 'connect 10/s burst=1' "$TOOLS/crowd" -n 50 -d 6.2 connect "$port"
    bound c 10 1
    at_least after 0.9
    at_least achieved 0.9
}

@test "neither do 50 processes" {
    start_sink -c
    stalled 0.5 "$stop" 1 'connect 10/s burst=1' \
        "$TOOLS/crowd" -f -n 50 -d "$(add 0.5 "$stop" 1.2)" connect "$port"
    bound c 10 1
    at_least after 0.9
    at_least achieved 0.85
}
