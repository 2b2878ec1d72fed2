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
    MINUTE=4 QUOTA=20000 SIZES=100-800 BOUNDS=20-100 REQUESTS=58 USED=0.9 LENIENT=--lenient
fi
TPM="tpm $QUOTA/${MINUTE}s"

setup() {
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
    start_limited_provider --bytes-per-token "$1"
    under "$TPM" asks_by_tls --processes 8 --sizes 256-450 --bounds 10-60 \
        --requests "$(awk "BEGIN { print int(17 * $1) }")"
    stop_provider
    reported '[requests, refused, utilization, lateness]'
    reports "not any(row['status'] == 429 for row in rows
                     if row['arrived'] > rows[0]['arrived'] + 2 * $MINUTE)"
    reports "rows[-1]['arrived'] > rows[0]['arrived'] + 2.5 * $MINUTE"
    reports "utilization >= 0.8"
}
