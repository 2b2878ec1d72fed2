# The other C library: built by musl-gcc, all is as with glibc. See tests/twins/twin.h.

load lib

MUSL=$BUILD/musl

setup_file() {
    command -v musl-gcc >/dev/null || return 0
    make -C "$ROOT" -s CC=musl-gcc CFLAGS=-O1 BUILD="$MUSL" twins \
        "$MUSL"/tests/exec/{entry,show} >"$BATS_FILE_TMPDIR/log" 2>&1 3>&- ||
        die "$(<"$BATS_FILE_TMPDIR/log")"
}

setup() {
    need musl-gcc
}

run_twins() {
    BUILD=$MUSL SHIM=$MUSL/librlshim.so "$ROOT/scripts/twins.sh" -j 8 "$@" 3>&-
}

@test "twins, each call held" {
    run_twins -l calls
}

@test "twins of messages and vectors, in pieces" {
    run_twins -l pieces batches by_number datagrams splicing streams vectors
}

# 10 sends, and a connect.
@test "the launcher limits" {
    timed "$MUSL/rlshim" -l 'calls 20/s burst=1' "$MUSL/tests/twins/state" error_number
    took 0.5
}

# The shell, through which some go, is of the other C library: its loader says that it does without.
@test "children inherit the limits, by each way there is" {
    local way output show=$MUSL/tests/exec/show count=0
    while read -r way; do
        [[ $way != pidfd_* ]] || continue # musl has none
        output=$(env -i LD_PRELOAD="$MUSL/librlshim.so" RL_LIMITS='calls 20/s burst=1' \
            timeout 20 "$MUSL/tests/exec/entry" "$way" cleared "$show" environment)
        [ "$(grep -e ^LD_ -e ^RL_ <<<"$output" | sort)" = "LD_PRELOAD=$MUSL/librlshim.so
RL_LIMITS=calls 20/s burst=1" ]
        [ "$(env -i LD_PRELOAD="$MUSL/librlshim.so" RL_LIMITS='calls 20/s burst=1' \
            timeout 20 "$MUSL/tests/exec/entry" "$way" null "$show" held)" = held ]
        count=$((count + 1))
    done < <("$MUSL/tests/exec/entry")
    [ "$count" -ge 19 ]
}
