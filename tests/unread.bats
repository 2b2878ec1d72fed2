# What cannot be read: requests by node, which brings a TLS library of its own, and by HTTP/2.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; llm.bash sets variables

load lib
load llm

setup() {
    need node
    knows_localhost
    make_certificate
    start_provider
    environment_of_clients 5000 100
    export BASE_URL=https://localhost:$tls_port RL_SUMMARY=1
}

# by_node LIMITS [COMMAND...]: sets status and stderr; the command is a client by node, if not given.
by_node() {
    need node
    local command=("${@:2}")
    [ $# -gt 1 ] || run_of with_node_fetch.js || skip "node is not installed"
    node -e 'process.exit(process.config.variables.node_shared_openssl ? 1 : 0)' ||
        skip "this node's TLS can be read"
    export RL_LIMITS=$1
    run_limited "${command[@]}"
}

# told COUNT WORDS: on stderr, so many times.
told() {
    [ "$(grep -c "what is said in TLS to .* $2" <<<"$stderr")" -eq "$1" ] || die "not told: $2"
}

@test "a host that is named is charged by size, which is told once, and shown" {
    # shellcheck disable=SC2016 # of sh
    by_node 'tpm 1G to=localhost name=one; rpm 1G to=localhost name=rone' sh -c '
        "$@" && "$@" && "$0" stats --json' "$BUILD/rlshim" node \
        "$LLM/clients/with_node_fetch.js"
    [ "$status" -eq 0 ]
    told 2 'it is counted by its size' # by each of two processes
    local tokens
    tokens=$(sed -En 's/^rlshim: one: .* ([0-9]+) tokens, ([0-9]+) of them estimated.*/\1 \2/p' \
        <<<"$stderr")
    [ "${tokens% *}" -eq "${tokens#* }" ]
    [ "${tokens% *}" -ge 2000 ]
    [ "${tokens% *}" -le 4000 ]
    grep -q 'rone: .* 2 requests, 2 of them estimated' <<<"$stderr"
    grep -q "\"units\": ${tokens% *}, \"estimated\": ${tokens% *}," <<<"$stdout"
}

@test "one that is not named, and no provider that is known, is not counted, which is told" {
    by_node 'tpm 1G name=one'
    [ "$status $stdout" = "0 200" ]
    told 1 'to=HOST'
    grep -q 'one: 0 calls, 0 tokens' <<<"$stderr"
}

@test "RL_ESCAPE=refuse: nothing of it is sent, and that is told" {
    RL_ESCAPE=refuse by_node 'tpm 1G to=localhost name=one'
    [ "$status" -ne 0 ]
    told 1 'it is refused'
    grep -q EACCES <<<"$stderr"
    stop_provider
    reports 'requests == 0'
}

@test "RL_ESCAPE=refuse: what can be read passes" {
    need curl
    export RL_ESCAPE=refuse RL_LIMITS='tpm 1G to=localhost name=one'
    run_of with_curl.sh
    run_limited "${command[@]}"
    [ "$status $stdout" = "0 200" ]
    told 0 ''
}

@test "RL_ESCAPE=allow: it is counted, and nothing is told" {
    RL_ESCAPE=allow by_node 'tpm 1G to=localhost name=one'
    [ "$status $stdout" = "0 200" ]
    told 0 ''
    grep -q 'one: 1 calls, [0-9]* tokens, [0-9]* of them estimated' <<<"$stderr"
}

@test "RL_HTTP2=allow: curl speaks it, and is charged by size" {
    need curl
    curl -V | grep -q HTTP2 || skip "this curl has no HTTP/2"
    in_background node -e '
const fs = require("fs"), [ready, cert, key] = process.argv.slice(1)
const server = require("http2").createSecureServer(
    { cert: fs.readFileSync(cert), key: fs.readFileSync(key) },
    (request, answer) => request.resume().on("end", () => answer.end("{}")))
server.listen(0, "127.0.0.1", () => {
    fs.writeFileSync(ready + "~", String(server.address().port))
    fs.renameSync(ready + "~", ready)
})' "$BATS_TEST_TMPDIR/h2" "$certificate" "$key"
    wait_for test -e "$BATS_TEST_TMPDIR/h2"
    export RL_HTTP2=allow RL_LIMITS='tpm 1G to=localhost name=one'
    run_limited curl -sS --cacert "$certificate" --data-binary "@$(noise 20000)" -o /dev/null \
        -w '%{http_version}' "https://localhost:$(<"$BATS_TEST_TMPDIR/h2")/v1/chat/completions"
    [ "$status $stdout" = "0 2" ]
    told 1 'it is counted by its size'
    local tokens
    tokens=$(sed -En 's/^rlshim: one: .* ([0-9]+) tokens, \1 of them estimated.*/\1/p' <<<"$stderr")
    [ "$tokens" -ge 4900 ]
    [ "$tokens" -le 5500 ]
}
