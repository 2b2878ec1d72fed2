#!/bin/bash
# accuracy.sh - asked and achieved rates, of curl uploads and of connects, over 5 s after the burst.
#
# Slow ones run side by side, fast ones alone, so that they do not disturb each other. Exits with 1
# if one is BAD: below 0.995 of what was asked, or too fast, in any window, by more than 2.5 ms (a
# ratio of 1.0005) and how late sender and sink may have been: see tests/tools/meter.h.
set -eu
cd "$(dirname "$0")/.."

low=0.995 slack=0.0025 duration=5
algorithms="leaky-bucket token-bucket gcra gcra-leaky llm-token"
build=$(realpath "${BUILD:-build}")
shim=$build/librlshim.so
tools=$build/tests/tools
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'kill $(jobs -p); exit 130' INT TERM # a sink ends with who started it

# measure NAME WHAT RATE SINK_OPTIONS COMMAND...: run it, with PORT replaced, against a sink; the
# burst is the default, the capacity. Writes a row of the table.
measure() {
    local name=$1 what=$2 asked=$3 options=$4 sink port
    shift 4
    # shellcheck disable=SC2086 # a list of words
    "$tools/sink" $options -r "$asked" -b "$asked" -p "$scratch/$name.port" \
        -o "$scratch/$name.measured" &
    sink=$!
    until [ -e "$scratch/$name.port" ]; do
        sleep 0.05
    done
    port=$(<"$scratch/$name.port")
    LD_PRELOAD=$shim "${@//PORT/$port}" >/dev/null
    sleep 0.1 # the last of them may not be accepted yet
    kill $sink
    wait $sink
    awk -F'[ =]' -v what="$what" -v asked="$asked" -v low=$low -v slack=$slack '
    /^total/ {
        for (i = 2; i < NF; i += 2)
            measured[$i] = $(i + 1)
        ratio = measured["rate"] / asked
        early = measured["excess"] / asked
        bad = ratio < low || early > 2 * measured["lateness"] + slack
        printf "%-32s %12.0f %14.1f %9.5f %9.2f %9.2f%s\n", what, asked, measured["rate"], ratio,
            early * 1e3, measured["lateness"] * 1e3, bad ? "  BAD" : ""
    }' "$scratch/$name.measured" | tee -a "$scratch/table"
}

upload() {
    local rate=$1 algorithm=$2 capacity=$1 unit=bytes
    if [ "$algorithm" = llm-token ]; then
        capacity=$((rate / 4)) unit=tokens
    fi
    RL_ALGO=$algorithm RL_CAPACITY=$capacity RL_UNIT=$unit RL_CALLS=send,write \
        measure "upload-$rate-$algorithm" "curl upload, $algorithm" "$rate" "" \
        curl -sS -T "$scratch/zeros-$rate" http://127.0.0.1:PORT/
}

# The head of the request counts as well, so that there is a little more to send.
file() {
    truncate -s $(($1 * (1 + duration))) "$scratch/zeros-$1" # sparse: takes no space
}

connects() {
    local rate=$1 threads=$2
    RL_ALGO=gcra RL_CAPACITY=$rate RL_CALLS=connect \
        measure "connect-$rate-$threads" "connect, gcra, threads: $threads" "$rate" -c \
        "$tools/connector" -n $((rate * (1 + duration))) -t "$threads" PORT
}

printf '%-32s %12s %14s %9s %9s %9s\n' what asked/s achieved/s ratio early/ms late/ms
for rate in 100000 1000000; do
    file $rate
    for algorithm in $algorithms; do
        upload $rate "$algorithm" &
    done
    wait
done
for rate in 10000000 100000000; do
    file $rate
    for algorithm in $algorithms; do
        upload $rate "$algorithm"
    done
done
for rate in 10 100; do
    connects $rate 1 &
    connects $rate 8 &
done
wait
connects 1000 1
connects 1000 8

if grep -q BAD "$scratch/table"; then
    echo "accuracy.sh: not all within their bounds" >&2
    exit 1
fi
