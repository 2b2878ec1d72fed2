#!/bin/sh
# test.sh - install what the tests need, build, and run them all. Ends with a line of counts.
set -eu
cd "$(dirname "$0")/.."

# Their packages let systemd start them at every boot, which tests must not bring about. So where it
# runs they are not installed, and tests that need what is not there are skipped.
servers=
if [ ! -d /run/systemd/system ]; then
    servers="redis-server nginx sshd"
fi

# To build, the runner, what makes programs that cannot be limited, and programs that are.
# shellcheck disable=SC2086 # a list of words
sh scripts/packages.sh cc make bats musl-gcc setcap \
    curl openssl wget python3 perl nc rsync git redis-benchmark socat iperf3 ncat dig faketime \
    libevent python3:uvloop python3:pycurl python3:prometheus_client xmllint rsvg-convert \
    openssl ip ruby python3:requests python3:httpx python3:aiohttp python3:brotli \
    libz.so.1 libbrotlienc.so.1 libzstd.so.1 \
    tmux pgrep zsh fish bash-completion $servers

make -s all tests
exec sh scripts/run-tests.sh
