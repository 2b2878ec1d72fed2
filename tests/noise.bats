# Peers that do not keep to the rules, under limits that read what is said: nothing crashes, hangs or
# spins, what is sent arrives as it is, and who comes afterwards is limited as ever.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; llm.bash sets variables

load lib
load llm

setup() {
    start_provider
}

# unfinished BEHAVIOUR [REQUESTS]: of tests/llm/unfinished.py, in far less time than what is charged
# in error would take. Then so many requests were counted.
unfinished() {
    RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/summary timed timeout 30 "$BUILD/rlshim" \
        -l "tpm ${QUOTA:-600k} name=tokens" -l 'rpm 60k name=requests' "$python" "$LLM/unfinished.py" "$1" "$port"
    cat "$BATS_TEST_TMPDIR/summary"
    holds "$elapsed < 10"
    [ ! "${2:-}" ] || grep -q "^rlshim: requests: [0-9]* calls, $2 requests" "$BATS_TEST_TMPDIR/summary"
}

tokens_are() {
    grep -q "^rlshim: tokens: [0-9]* calls, $1 tokens" "$BATS_TEST_TMPDIR/summary"
}

@test "requests that come byte by byte" {
    unfinished bytewise 3
    stop_provider
    tokens_are "$(reported tokens)"
}

@test "requests whose bodies never come" {
    unfinished bodiless 11
}

@test "processes that are killed in their midst" {
    unfinished killed 11
}

@test "answers that claim more tokens than there are" {
    unfinished boastful 8
}

@test "requests that ask for more tokens than there are" {
    # Of which the burst is more than any request is believed.
    QUOTA=1G unfinished greedy 4
    tokens_are '[0-9]\{1,3\}'
}

@test "answers before the answer" {
    unfinished early 3
    tokens_are $((3 * 71))
}

@test "a websocket, on which nothing is a request" {
    unfinished switched 1
    stop_provider
    tokens_are "$(reported tokens)"
}

@test "what is nearly HTTP, and nearly TLS" {
    RL_LIMITS='tpm 1G to=127.0.0.1; rpm 1G to=127.0.0.1' asks limited "$python" "$LLM/noise.py" 3
    [ "$connections" -gt 20 ]
}
