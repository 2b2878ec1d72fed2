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

unseen='rlshim: what stdio(3) sends and receives on sockets is not limited with this C library'

run_twins() {
    EXPECTED=$unseen BUILD=$MUSL SHIM=$MUSL/librlshim.so "$ROOT/scripts/twins.sh" -j 8 "$@" 3>&-
}

@test "twins, each call held" {
    run_twins -l calls
}

@test "twins of messages and vectors, in pieces" {
    run_twins -l pieces batches by_number datagrams splicing streams vectors
}

@test "dprintf is limited; of streams on sockets that they are not is said, once" {
    export RL_LIMITS='write 20/s burst=1'
    LD_PRELOAD=$MUSL/librlshim.so run "$MUSL/tests/twins/streams" line_buffered
    [ "$(grep -cxF "$unseen" <<<"$output")" -eq 1 ]
    timed env LD_PRELOAD="$MUSL/librlshim.so" "$MUSL/tests/twins/streams" past_any_buffer
    took 0.15 # 5001 bytes are three writes
}

@test "check tells about streams" {
    run "$MUSL/rlshim" check "$MUSL/tests/twins/state"
    [ "$status" -eq 0 ]
    [[ $output == *": can be limited, but not what it sends by stdio(3) on sockets ("* ]]
}

# 10 sends, and a connect.
@test "the launcher limits" {
    timed "$MUSL/rlshim" -l 'calls 20/s burst=1' "$MUSL/tests/twins/state" error_number
    took 0.5
}

# limited_entry WAY ENVIRONMENT ARGUMENT: see tests/exec/entry.c. All else is of the other C library.
limited_entry() {
    timeout 20 env -i LD_PRELOAD="$MUSL/librlshim.so" RL_LIMITS='calls 20/s burst=1' \
        "$MUSL/tests/exec/entry" "$1" "$2" "$MUSL/tests/exec/show" "$3"
}

# But by the shell, into which this library does not fit; and musl has no pidfd_spawn.
@test "children inherit the limits, by each way there is" {
    local way count=0
    while read -r way; do
        case $way in
        pidfd_* | system | popen | wordexp) continue ;;
        esac
        [ "$(limited_entry "$way" cleared environment | sed '/^RL_TREE=/d')" = \
            "LD_PRELOAD=$MUSL/librlshim.so
RL_LIMITS=calls 20/s burst=1" ]
        [ "$(limited_entry "$way" null held)" = held ]
        count=$((count + 1))
    done < <("$MUSL/tests/exec/entry")
    [ "$count" -ge 16 ]
}
