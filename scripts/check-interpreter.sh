#!/bin/sh
# check-interpreter.sh [MODULE]... - python's own tests of sockets, processes, signals and threads,
# plain and under the shim, at limits that never hold and at some that do. Each case must end alike.
#
# PYTHON=FILE is another python than the system's; it must have its tests. SHIM=FILE is another
# library than $BUILD/librlshim.so, JOBS=2 how many modules run at a time.
set -eu
cd "$(dirname "$0")/.."

sh scripts/packages.sh cc make
if [ ! "${PYTHON:-}" ]; then
    sh scripts/packages.sh python3
    PYTHON=/usr/bin/python3
    [ -x $PYTHON ] || PYTHON=$(command -v python3)
    export PYTHON
    sh scripts/packages.sh python3-tests
fi
make -s all
SHIM=${SHIM:-${BUILD:-build}/librlshim.so} exec "$PYTHON" tests/interpreter/compare.py "$@"
