#!/bin/sh
# try.sh - see it work: build, then upload with curl to this machine, unlimited and at three limits.
set -eu
cd "$(dirname "$0")/.."

sh scripts/packages.sh cc make curl

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

echo "Building ..."
if ! make -s all build/tests/tools/sink >"$scratch/log" 2>&1; then
    cat "$scratch/log" >&2
    echo "try.sh: the build failed, see above" >&2
    exit 125
fi

# upload BURST SIZE LABEL: with the environment given; sets measured to the sink's line.
upload() {
    head -c "$2" /dev/zero >"$scratch/file"
    rm -f "$scratch/port"
    progress=
    if [ -t 2 ]; then
        progress="-v"
    fi
    build/tests/tools/sink -b "$1" -p "$scratch/port" -o "$scratch/measured" \
        ${progress:+"$progress" "  $3"} &
    sink=$!
    until [ -e "$scratch/port" ]; do
        kill -0 "$sink" # else it cannot run at all
        sleep 0.05
    done
    LD_PRELOAD=$preload curl -sS -o /dev/null -T "$scratch/file" \
        "http://127.0.0.1:$(cat "$scratch/port")/"
    kill "$sink"
    wait "$sink"
    sink=
    if [ "$progress" ]; then
        printf '\r%60s\r' '' >&2
    fi
    measured=$(grep '^total ' "$scratch/measured")
}

# field NAME: of the sink's line.
field() {
    for pair in $measured; do
        case $pair in
        "$1="*) echo "${pair#*=}" ;;
        esac
    done
}

row() {
    printf '  %-10s  %12s  %9s  %14s  %8s\n' "$@"
}

cat <<'END'
Uploading with curl, which knows nothing of it, to a server on this machine:
  LD_PRELOAD=$PWD/librlshim.so RL_ALGO=gcra RL_CAPACITY=2MB RL_UNIT=bytes RL_BURST=200kB \
      curl -T file http://127.0.0.1:PORT/

END
row asked bytes seconds achieved ratio

preload=
upload 0 200000000 unlimited
row none "$(field units)" "$(field seconds)" \
    "$(field rate | awk '{ printf "%.0f MB/s", $1 / 1e6 }')" ""

# A burst of 100 ms at the limit's rate, then 4 s of upload.
preload=$PWD/librlshim.so
export RL_ALGO=gcra RL_UNIT=bytes RL_CAPACITY RL_BURST
while read -r RL_CAPACITY rate; do
    RL_BURST=$((rate / 10))
    upload "$RL_BURST" $((rate * 4)) "$RL_CAPACITY/s"
    row "$RL_CAPACITY/s" "$(field units)" "$(field seconds)" \
        "$(field rate | awk '{ printf "%.0f B/s", $1 }')" \
        "$(field rate | awk -v asked="$rate" '{ printf "%.4f", $1 / asked }')"
done <<END
500kB 500000
2MB 2000000
20MB 20000000
END
echo
echo "achieved: what followed the burst of 100 ms, over the time from the first byte to the last."
