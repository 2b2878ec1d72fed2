# Limits on tokens, where those who count are the providers: whatever many programs ask at once, in
# whichever way, none is refused for it, and what may be used is used. tests/tokens_held.bats has
# what holds a request, tests/tokens_charged.bats what it is charged.
#
# A minute is shorter than one here. LONG=1 makes them last longer, and then they measure closer, on
# a machine that is left alone.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load llm

# No request is larger than the burst, a fiftieth: such ones are another test's.
if [ "${LONG:-}" ]; then
    MINUTE=6 QUOTA=90000 SIZES=100-4000 BOUNDS=50-500 REQUESTS=50 USED=0.96 LENIENT=''
else
    MINUTE=3 QUOTA=15000 SIZES=100-600 BOUNDS=20-80 REQUESTS=58 USED=0.85 LENIENT=--lenient
fi
TPM="tpm $QUOTA/${MINUTE}s"

setup() {
    need python3
    make_certificate
}

# start_limited_provider [OPTION]...: by QUOTA.
start_limited_provider() {
    # shellcheck disable=SC2086 # an option, or none
    start_provider --tpm "$QUOTA" --minute "$MINUTE" $LENIENT "$@"
}

# asks_by_tls [OPTION]...: of client.py, to the provider.
asks_by_tls() {
    client --tls "$certificate" --alpn http/1.1 "$@" "$tls_port"
}

@test "eight processes use up what a provider allows, and no more" {
    each_apart eight_processes blocking 'threads --connections 4' 'asyncio --connections 4' apart
}

eight_processes() {
    local all=$((8 * REQUESTS)) asking=(--sizes "$SIZES" --bounds "$BOUNDS" --requests "$REQUESTS")
    start_limited_provider
    if [ "$1" = apart ]; then
        without_kinship "${asking[@]}"
    else
        # shellcheck disable=SC2086 # words
        under "$TPM" asks_by_tls --processes 8 "${asking[@]}" --how $1
        [ "$ok" -eq "$all" ]
    fi
    stop_provider
    reported '[refused, tokens, utilization, lateness, peaks["minute"]]'
    reports "requests == $all and refused == failed == 0"
    reports "utilization >= $USED"
}

# without_kinship OPTION...: eight that have nothing in common but a name.
without_kinship() {
    local number pids=() name=test-$$-$RANDOM
    for number in {1..8}; do
        under "$TPM scope=shared:$name" asks_by_tls --seed "$number" "$@" &
        pids+=($!)
    done
    for number in "${pids[@]}"; do
        wait "$number"
    done
}

@test "if nobody holds them they are refused" {
    start_limited_provider
    asks_by_tls --processes 8 --sizes "$SIZES" --bounds "$BOUNDS" --requests "$REQUESTS"
    [ "$refused" -gt $((2 * REQUESTS)) ]
}

@test "tokens that are three times as many as estimated, or as few, are so in the beginning alone" {
    each_apart estimated_wrong 1.4 12
}

estimated_wrong() {
    local MINUTE=3 QUOTA=15000
    start_limited_provider --bytes-per-token "$1"
    under "tpm $QUOTA/${MINUTE}s" asks_by_tls --processes 8 --sizes 256-300 --bounds 10-60 \
        --requests "$(awk "BEGIN { print int(9 + 10 * $1) }")"
    stop_provider
    reported '[requests, refused, utilization, lateness]'
    reports "not any(row['status'] == 429 for row in rows
                     if row['arrived'] > rows[0]['arrived'] + 2 * $MINUTE)"
    reports "rows[-1]['arrived'] > rows[0]['arrived'] + 2.5 * $MINUTE"
    reports "utilization >= 0.8"
}

# Of the processor, since a busy machine has no time of its own; of the best of three, alternating.
@test "TLS costs what it did where no token is limited, or those of others are" {
    local size=${LONG:+1000000000} number
    size=${size:-100000000}
    need openssl python3
    cd "$BATS_TEST_TMPDIR"
    zeros "$size"
    python=$(python3 -c 'import sys; print(sys.executable)')
    port=$(free_port)
    in_background openssl s_server -quiet -accept "127.0.0.1:$port" -cert "$certificate" -key "$key" -HTTP
    wait_for listening "$port"
    for number in {1..3}; do
        gets_by_tls none
        under 'connect 1000/s' gets_by_tls others
        under 'tokens 9k/s to=192.0.2.1' gets_by_tls tokens
    done
    best none
    best others
    best tokens
    echo "without a limit on tokens $others of $none s, with one on another host $tokens s"
    holds "$others < 1.3 * $none && $tokens < 1.3 * $none"
}

# gets_by_tls NAME: notes the seconds of the processor that it took, in the kernel, too.
gets_by_tls() {
    "$python" - "$port" "$size" >>"$BATS_TEST_TMPDIR/took.$1" <<'END_OF_TEST'
import resource, socket, ssl, sys
context = ssl._create_unverified_context()
peer = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
peer.sendall(b"GET /zeros HTTP/1.0\r\n\r\n")
room, got = bytearray(65536), 0
while count := peer.recv_into(room):
    got += count
assert got == int(sys.argv[2]), got
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
END_OF_TEST
}

# best NAME: sets that.
best() {
    declare -g "$1=$(sort -g "$BATS_TEST_TMPDIR/took.$1" | head -n 1)"
}
