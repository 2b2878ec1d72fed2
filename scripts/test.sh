#!/bin/sh
# test.sh - install what the tests need, build, and run them all. Ends with a line of counts.
set -eu
cd "$(dirname "$0")/.."

# To build, the runner, what makes programs that cannot be limited, and programs that are.
sh scripts/packages.sh cc make bats musl-gcc setcap \
    curl wget python3 perl nc rsync git redis-server redis-benchmark

make -s all tests
exec sh scripts/run-tests.sh
