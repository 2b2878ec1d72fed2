# Whose plaintext it is: what is said over TLS is charged to the connection that carries it, and to
# nobody else, whatever the ways of programs with sessions, descriptors and proxies.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; llm.bash sets variables

load lib
load llm

setup() {
    make_certificate
    start_provider
    start_other_provider
}

# Of which other_port, other_tls_port and other_pid are.
start_other_provider() {
    local provider_pid=$provider_pid port=$port tls_port=$tls_port
    mkdir "$BATS_TEST_TMPDIR/other"
    BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/other start_provider "$@"
    cat "$BATS_TEST_TMPDIR/other/pids" >>"$BATS_TEST_TMPDIR/pids"
    other_pid=$provider_pid other_port=$port other_tls_port=$tls_port
}

stop_other_provider() {
    local provider_pid=$other_pid
    stop_provider
}

# limited_apart TO COMMAND...: what goes to the one provider, and, apart, what goes TO the other.
limited_apart() {
    RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/summary timeout 100 "$BUILD/rlshim" \
        -l "tpm 1G to=127.0.0.1:$tls_port name=one" -l "rpm 1G to=127.0.0.1:$tls_port name=rone" \
        -l "tpm 1G to=$1 name=two" -l "rpm 1G to=$1 name=rtwo" "${@:2}"
}

# was_charged NAME: what the summary says of a limit.
was_charged() {
    sed -En "s/^rlshim: $1: [0-9]+ calls, ([0-9]+) (tokens|requests), [0-9]+ held.*/\1/p" \
        "$BATS_TEST_TMPDIR/summary"
}

# charged_exactly LIMIT DIRECTORY: a limit has counted what the provider there has.
charged_exactly() {
    [ "$(was_charged "$1") $(was_charged "r$1")" = "$(BATS_TEST_TMPDIR=$2 reported \
        'f"{tokens} {requests}"')" ] || die "$1: $(<"$BATS_TEST_TMPDIR/summary")"
}

stop_and_compare() {
    stop_provider
    stop_other_provider
    charged_exactly one "$BATS_TEST_TMPDIR"
    charged_exactly two "$BATS_TEST_TMPDIR/other"
}

@test "a hundred connections at once, to two providers, of which one is known by its name" {
    asks limited_apart "api.other.example:$other_tls_port" "$python" "$LLM/crowd.py" "$certificate" \
        "localhost:$tls_port" "api.other.example:$other_tls_port"
    [ "$ok $failed" = "600 0" ]
    stop_and_compare
}

@test "and to one who is not limited" {
    asks limited_apart 192.0.2.1 "$python" "$LLM/crowd.py" "$certificate" \
        "localhost:$tls_port" "api.other.example:$other_tls_port"
    [ "$ok $failed" = "600 0" ]
    stop_provider
    charged_exactly one "$BATS_TEST_TMPDIR"
    [ "$(was_charged two) $(was_charged rtwo)" = "0 0" ]
}

# start_proxies: sets http_port, socks_port and https_port.
start_proxies() {
    in_background "$python" "$LLM/proxy.py" --ports "$BATS_TEST_TMPDIR/proxies" "$certificate" "$key"
    wait_for test -e "$BATS_TEST_TMPDIR/proxies"
    { read -r http_port && read -r socks_port && read -r https_port; } <"$BATS_TEST_TMPDIR/proxies"
}

# by_proxy TO KIND:PORT: to the other one, which a limit knows by TO.
by_proxy() {
    asks limited_apart "$1" "$python" "$LLM/crowd.py" --proxy "$2" --tasks 30 --requests 200 \
        "$certificate" "api.other.example:$other_tls_port"
    [ "$ok $failed" = "200 0" ]
    stop_and_compare
}

@test "through a proxy, by CONNECT" {
    start_proxies
    by_proxy "api.other.example:$other_tls_port" "http:$http_port"
}

@test "through a proxy that is asked by TLS: TLS in TLS" {
    start_proxies
    by_proxy "127.0.0.1:$https_port" "https:$https_port"
}

@test "through a proxy of SOCKS" {
    start_proxies
    by_proxy "127.0.0.1:$socks_port" "socks:$socks_port"
}

@test "sessions that are resumed, of either version, and hellos that have to be sent twice" {
    local options
    for options in '' --tls12 '--group secp384r1'; do
        stop_provider
        # shellcheck disable=SC2086 # words
        start_provider $options
        RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/summary asks "$BUILD/rlshim" -l 'tpm 1G name=one' \
            -l 'rpm 1G name=rone' timeout 60 "$python" "$LLM/client.py" --how threads --connections 4 \
            --fresh --resume --tls "$certificate" --requests 100 "$tls_port"
        [ "$ok $failed" = "100 0" ]
        stop_provider
        reports 'sum(row["resumed"] or row["retried"] for row in connections) >= 50'
        charged_exactly one "$BATS_TEST_TMPDIR"
        rm "$BATS_TEST_TMPDIR/summary"
        start_provider
    done
}

# odd BEHAVIOUR: of tests/llm/odd.py, plain and by TLS.
odd() {
    RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/plain timeout 60 "$BUILD/rlshim" -l 'tpm 1G name=one' \
        -l 'rpm 1G name=rone' "$python" "$LLM/odd.py" "$1" "$port"
    RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/summary timeout 60 "$BUILD/rlshim" -l 'tpm 1G name=two' \
        -l 'rpm 1G name=rtwo' "$python" "$LLM/odd.py" "$1" "$other_tls_port" "$certificate"
    cat "$BATS_TEST_TMPDIR/plain" >>"$BATS_TEST_TMPDIR/summary"
    stop_and_compare
}

@test "numbers that are duplicated to others, and closed" {
    odd renumbered
}

@test "numbers that are closed, and mean another connection at once" {
    odd reopened
}

@test "connections that a child goes on with" {
    odd forked
}

@test "connections that children close which share their parent's memory" {
    odd spawning
}

@test "connections that children close while their parent waits for an answer" {
    odd forking
}

@test "threads that take turns at one connection" {
    odd threads
}

@test "one thread that sends, and one that receives" {
    odd apart
}

@test "a thousand sessions, which have the addresses of those before" {
    RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/summary asks timeout 100 "$BUILD/rlshim" -l 'tpm 1G name=one' \
        -l 'rpm 1G name=rone' "$python" "$LLM/client.py" --how threads --fresh --resume \
        --requests 1000 --sizes 10-20 --tls "$certificate" "$tls_port"
    [ "$ok" -eq 1000 ]
    stop_provider
    charged_exactly one "$BATS_TEST_TMPDIR"
}
