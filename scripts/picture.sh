#!/bin/sh
# picture.sh - make the picture of the README, scripts/pictures/uploads.svg, from a real trace: curl
# uploads to a sink on this machine, one file, then two, then after a rest four.
set -eu
cd "$(dirname "$0")/.."

sh scripts/packages.sh cc make curl
make -s all build/tests/tools/sink

scratch=$(mktemp -d)
sink=
cleanup() {
    if [ "$sink" ]; then
        kill "$sink" 2>/dev/null || :
    fi
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

build/tests/tools/sink -p "$scratch/port" -o "$scratch/measured" &
sink=$!
until [ -e "$scratch/port" ]; do
    kill -0 "$sink" # else it cannot run at all
    sleep 0.05
done

head -c 700000 /dev/zero >"$scratch/file"
out='out 1MB/s burst=600kB' connects='connect 3/1s burst=1'
# shellcheck disable=SC2016 # for the shell that is limited
FILE="$scratch/file" URL="http://127.0.0.1:$(cat "$scratch/port")/" RL_TRACE="$scratch/trace" \
    build/rlshim -l "$out" -l "$connects" sh -c '
        upload() {
            curl -sS -o /dev/null -T "$FILE" "$URL" &
        }
        upload; sleep 0.3
        upload; upload; wait
        sleep 0.8
        upload; upload; upload; upload; wait'
mkdir -p scripts/pictures
build/rlshim plot -l "$out" -l "$connects" -s 800x330 \
    -t 'Seven uploads by seven curls, of 700 kB each' "$scratch/trace" >"$scratch/picture"
mv "$scratch/picture" scripts/pictures/uploads.svg
