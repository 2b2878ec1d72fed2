# Whose plaintext it is: what is said over TLS is charged to the connection that carries it, and to
# nobody else, whatever the ways of programs with sessions, descriptors and proxies.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; llm.bash sets variables

load lib
load llm

setup() {
    make_certificate
    start_provider
}

# Of which other_tls_port and other_pid are.
start_other_provider() {
    local provider_pid=$provider_pid port=$port tls_port=$tls_port
    mkdir "$BATS_TEST_TMPDIR/other"
    BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/other start_provider
    cat "$BATS_TEST_TMPDIR/other/pids" >>"$BATS_TEST_TMPDIR/pids"
    other_pid=$provider_pid other_tls_port=$tls_port
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
    start_other_provider
    asks limited_apart "api.other.example:$other_tls_port" "$python" "$LLM/crowd.py" --requests 300 "$certificate" \
        "localhost:$tls_port" "api.other.example:$other_tls_port"
    [ "$ok $failed" = "300 0" ]
    stop_and_compare
}

@test "and to one who is not limited" {
    start_other_provider
    asks limited_apart 192.0.2.1 "$python" "$LLM/crowd.py" --requests 300 "$certificate" \
        "localhost:$tls_port" "api.other.example:$other_tls_port"
    [ "$ok $failed" = "300 0" ]
    stop_provider
    charged_exactly one "$BATS_TEST_TMPDIR"
    [ "$(was_charged two) $(was_charged rtwo)" = "0 0" ]
}

# start_proxies: sets http_port, socks_port and https_port.
start_proxies() {
    "$python" -c 'import asyncio; asyncio.StreamWriter.start_tls' 2>/dev/null ||
        skip "python is older than 3.11"
    in_background "$python" "$LLM/proxy.py" --ports "$BATS_TEST_TMPDIR/proxies" "$certificate" "$key"
    wait_for test -e "$BATS_TEST_TMPDIR/proxies"
    { read -r http_port && read -r socks_port && read -r https_port; } <"$BATS_TEST_TMPDIR/proxies"
}

# by_proxy TO KIND:PORT: to the other one, which a limit knows by TO.
by_proxy() {
    start_other_provider
    asks limited_apart "$1" "$python" "$LLM/crowd.py" --proxy "$2" --tasks 30 --requests 200 \
        "$certificate" "api.other.example:$other_tls_port"
    [ "$ok $failed" = "200 0" ]
    stop_and_compare
}

@test "through a proxy, by CONNECT" {
    start_proxies
    by_proxy api.other.example "http:$http_port"
}

@test "through a proxy that is asked by TLS: TLS in TLS" {
    start_proxies
    by_proxy "127.0.0.1:$https_port" "https:$https_port"
}

@test "through a proxy of SOCKS" {
    start_proxies
    by_proxy api.other.example "socks:$socks_port"
}

@test "sessions that are resumed, of either version, and hellos that have to be sent twice" {
    local options
    for options in '' --tls12 '--group secp384r1'; do
        stop_provider
        # shellcheck disable=SC2086 # words
        start_provider $options
        RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/summary asks timeout 60 "$BUILD/rlshim" \
            -l 'tpm 1G name=one' -l 'rpm 1G name=rone' "$python" "$LLM/client.py" --how threads \
            --connections 4 --fresh --resume --tls "$certificate" --requests 40 "$tls_port"
        [ "$ok $failed" = "40 0" ]
        stop_provider
        reports 'sum(row["resumed"] or row["retried"] for row in connections) >= 20'
        charged_exactly one "$BATS_TEST_TMPDIR"
        rm "$BATS_TEST_TMPDIR/summary"
        start_provider
    done
}

# odd BEHAVIOUR: of tests/llm/odd.py, plain and by TLS.
odd() {
    start_other_provider
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

@test "hundreds of sessions, which have the addresses of those before" {
    RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/summary asks timeout 100 "$BUILD/rlshim" -l 'tpm 1G name=one' \
        -l 'rpm 1G name=rone' "$python" "$LLM/client.py" --how threads --fresh --resume \
        --requests 500 --sizes 10-20 --tls "$certificate" "$tls_port"
    [ "$ok" -eq 500 ]
    stop_provider
    charged_exactly one "$BATS_TEST_TMPDIR"
}

# Before anything is said, there is more of TLS itself than that of others.
@test "clients that have a certificate" {
    knows_localhost
    local own=$BATS_TEST_TMPDIR/client
    openssl req -x509 -newkey rsa:4096 -nodes -days 2 -subj /CN=client -keyout "$own.key" \
        -out "$own.pem" 2>"$BATS_TEST_TMPDIR/openssl.log"
    in_background "$python" "$LLM/mutual.py" serve "$BATS_TEST_TMPDIR/port" "$certificate" "$key" "$own.pem"
    wait_for test -e "$BATS_TEST_TMPDIR/port"
    RL_ESCAPE=refuse RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/summary timeout 60 "$BUILD/rlshim" \
        -l 'tpm 1G to=localhost name=one' -l 'rpm 1G to=localhost name=rone' \
        "$python" "$LLM/mutual.py" ask "$(<"$BATS_TEST_TMPDIR/port")" "$certificate" "$own.pem" "$own.key"
    [ "$(was_charged one) $(was_charged rone)" = "24 2" ] || die "$(<"$BATS_TEST_TMPDIR/summary")"
}

# charged_once CLIENT URL: one of tests/llm/clients, with limits of its own; the exit status is 77 if
# it is not installed.
charged_once() {
    local said status=0
    local -x BASE_URL=$2 RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/$1.${2%%:*}
    run_of "$1" || exit 77
    said=$(timeout 60 "$BUILD/rlshim" --tpm '1G to=localhost' --rpm '1G to=localhost' "${command[@]}") ||
        status=$?
    [ "$status" -ne 77 ] || exit 77
    [ "$status $said" = '0 200' ] || die "$1: status $status, '$said'"
}

# PHP loads its libcurl so that no preload is seen (RTLD_DEEPBIND); node has a TLS of its own.
@test "each client that is installed is charged exactly, plainly and by TLS" {
    knows_localhost
    environment_of_clients 5000 100
    local client pids=() pid status
    for client in "$LLM"/clients/*; do
        client=${client##*/}
        [ "$client" != with_php_curl.php ] || continue
        charged_once "$client" "http://localhost:$port" 3>&- &
        pids+=($!)
        [[ $client != *.js ]] || continue
        charged_once "$client" "https://localhost:$tls_port" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        status=0
        wait "$pid" || status=$?
        [ "$status" -eq 0 ] || [ "$status" -eq 77 ]
    done
    stop_provider
    reports 'requests > 0 and tokens == 1227 * requests'
    cat "$BATS_TEST_TMPDIR"/with_* >"$BATS_TEST_TMPDIR/said"
    [ "$(grep -c ': 1 calls, 1227 tokens, 0 held' "$BATS_TEST_TMPDIR/said")" -eq "$(reported requests)" ] ||
        die "$(<"$BATS_TEST_TMPDIR/said")"
}
