# What requests cost: what is taken for them before they depart, and given back; and that nothing of
# what is said stays anywhere.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load tree
load llm

# A limit that takes a year to fill up: nothing but what is given back does so.
LEVEL=1000000 SLOWLY='100/1h burst=1000000'

setup() {
    name=test-$$-$RANDOM
}

teardown_file() {
    another_start
}

# keeps_level LIMIT: a member that keeps it, and its level, while others come and go.
keeps_level() {
    limit="$1 scope=shared:$name"
    in_background env RL_LIMITS="$limit" LD_PRELOAD="$SHIM" sleep 300
    wait_for level >/dev/null
}

# level: how many units may go at once.
level() {
    local said
    said=$("$RLSHIM" stats --json "$name" 2>/dev/null) || return
    said=${said#*\"level\": }
    echo "${said%%[,\}]*}"
}

# level_is UNITS: but for what came in two minutes, and fractions.
level_is() {
    local level
    level=$(level)
    [[ $level -ge $(($1 - 2)) && $level -le $(($1 + 4)) ]] || die "the level is $level, not $1"
}

## Tokens

@test "answers correct what was taken: what is missing is what their provider counted" {
    knows_localhost
    start_provider
    keeps_level "tokens $SLOWLY"
    local how
    for how in blocking urllib threads asyncio 'blocking --stream' 'asyncio --separate --stream'; do
        # shellcheck disable=SC2086 # words
        under "$limit" client --how $how --requests 7 "$port"
        [ "$ok" -eq 7 ]
    done
    under "$limit" client --format anthropic --stream --requests 7 "$port"
    under "$limit" client --format gemini --requests 7 "$port"
    under "$limit" client --format embeddings --requests 7 "$port"
    stop_provider
    reports 'requests == 63 and refused == failed == 0'
    level_is $((LEVEL - $(reported tokens)))
}

@test "nothing is left of streams that are cut" {
    local requests=${LONG:+250}
    start_provider
    keeps_level "tokens $SLOWLY"
    under "$limit" client --processes 4 --requests "${requests:-50}" --stream --answer cut=3 "$port" \
        2>"$BATS_TEST_TMPDIR/errors"
    [ "$failed" -eq $((4 * ${requests:-50})) ]
    level_is "$LEVEL"
}

@test "what fails costs no tokens, but is a request" {
    start_provider
    keeps_level "tokens $SLOWLY"
    local status
    for status in 429 500 400; do
        under "$limit" client --requests 5 --answer "status=$status wait=none" "$port"
        [ "$((refused + failed))" -eq 5 ]
        level_is "$LEVEL"
    done
}

@test "requests that fail are requests" {
    start_provider
    keeps_level "requests $SLOWLY"
    local status
    for status in 429 500; do
        under "$limit" client --requests 5 --answer "status=$status wait=none" "$port"
    done
    level_is $((LEVEL - 10))
}

@test "a provider that has less left than is ours lowers it, and one that has more does not raise it" {
    start_provider
    keeps_level "tokens $SLOWLY"
    says_left openai 500000
    says_left anthropic 300000
}

# says_left FORMAT TOKENS: what its answer was taken to cost, and did not, comes back only after that.
says_left() {
    local left
    for left in "$2" 900000; do
        under "$limit" client --format "$1" --requests 1 --answer left="$left" "$port"
        holds "$(level) > $2 - 2000 && $(level) < $2 + 2000" || die "the level is $(level)"
    done
}

@test "a request above the burst waits until it is paid for, alone, and so does the next one" {
    start_provider
    under 'tokens 1k/s burst=100' client --how threads --connections 2 --requests 2 \
        --sizes 6000 --bounds 50 --answer delay=0.5 "$port"
    [ "$ok" -eq 2 ]
    stop_provider
    reports 'rows[0]["tokens"] > 1300'
    reports 'rows[1]["arrived"] - rows[0]["arrived"] > (rows[0]["tokens"] - 110) / 1000 - lateness'
}

# The head of the second one is held, and its body is offered meanwhile: by then its bound is known.
@test "an event loop's request that is held with its head is charged with its body" {
    start_provider
    RL_TRACE=$BATS_TEST_TMPDIR/trace under 'tokens 5k/s burst=3500' client --how asyncio --separate \
        --connections 2 --requests 2 --bounds 3000 --sizes 100 --answer delay=1 "$port"
    [ "$ok" -eq 2 ]
    cat "$BATS_TEST_TMPDIR/trace"
    [ "$(awk -F, '$8 + 0 > 0 && $7 >= 3000' "$BATS_TEST_TMPDIR/trace" | wc -l)" -eq 1 ]
}

@test "a request that TLS takes in many goes is charged once" {
    make_certificate
    start_provider
    keeps_level "tokens $SLOWLY"
    limit+='; requests 1000/s name=asked'
    kill -STOP "$provider_pid"
    (sleep 1 && kill -CONT "$provider_pid") 3>&- &
    RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/log PROVIDER=$tls_port CA=$certificate under "$limit" \
        timeout 60 "$python" <<'END_OF_TEST'
import json, os, select, socket, ssl

def when(ready, call, *arguments):
    while True:
        try:
            return call(*arguments)
        except ssl.SSLWantReadError:
            select.select([ready], [], [])
        except ssl.SSLWantWriteError:
            goes.append(1)
            select.select([], [ready], [])

goes = []
body = json.dumps({"model": "mock", "max_tokens": 50,
                   "messages": [{"role": "user", "content": "word " * 400000}]}).encode()
plain = socket.create_connection(("127.0.0.1", int(os.environ["PROVIDER"])))
plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100000)
plain.setblocking(False)
peer = ssl.create_default_context(cafile=os.environ["CA"]).wrap_socket(
    plain, server_hostname="localhost", do_handshake_on_connect=False)
when(peer, peer.do_handshake)
left = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" %
        len(body)) + body
while left:
    left = left[when(peer, peer.send, left):]
assert when(peer, peer.recv, 65536).startswith(b"HTTP/1.1 200 ")
while b"total_tokens" not in when(peer, peer.recv, 65536):
    pass
assert goes
END_OF_TEST
    stop_provider
    cat "$BATS_TEST_TMPDIR/log"
    grep -q 'asked: 1 calls, 1 requests' "$BATS_TEST_TMPDIR/log"
    level_is $((LEVEL - $(reported tokens)))
}

## What is said is nobody's business

# A member that has asked, plainly and by TLS, and is still there: what it said, and was told, is in
# none of what it writes or shares.
@test "nothing of what is said is in the summary, in the trace, in statistics, or in what is shared" {
    knows_localhost
    make_certificate
    start_provider
    local told=$BATS_TEST_TMPDIR/told
    mkdir "$told"
    export RL_SUMMARY=1 RL_LOG=$told/log RL_TRACE=$told/trace
    in_background "$RLSHIM" -l "tokens 9k/s scope=shared:$name" -l 'requests 90/s' "$python" -c '
import http.client, json, os, ssl, sys, time
context = ssl.create_default_context(cafile=sys.argv[1])
body = json.dumps({"model": "PRIVATE-model", "max_tokens": 50,
                   "messages": [{"role": "user", "content": "PRIVATE prompt"}]})
for connection in (http.client.HTTPConnection("localhost", sys.argv[2]),
                   http.client.HTTPSConnection("localhost", sys.argv[3], context=context)):
    for answer in "", "status=429 wait=fraction:0.2", "encoding=gzip", "":
        connection.request("POST", "/v1/chat/completions?key=PRIVATE-key", body,
                           {"Host": "PRIVATE-host.example", "Authorization": "Bearer PRIVATE-key",
                            "X-Answer": answer})
        assert connection.getresponse().read()
with open(sys.argv[4], "w"):
    pass
while os.path.exists(sys.argv[4]):
    time.sleep(0.02)' "$certificate" "$port" "$tls_port" "$BATS_TEST_TMPDIR/asked"
    local member=$! file said found
    wait_for test -e "$BATS_TEST_TMPDIR/asked"
    "$RLSHIM" stats --json "$member" >"$told/stats"
    for file in /proc/"$member"/map_files/*; do
        said=$(readlink "$file") || continue
        [[ $said != *rlshim-* ]] || cp "$file" "$told"
    done
    rm "$BATS_TEST_TMPDIR/asked"
    wait "$member"
    [ "$(find "$told" -type f | wc -l)" -ge 5 ] # two segments
    grep -q ' 8 requests, ' "$told/log"
    grep -q '^[0-9.,]*,tokens 9k/s,' "$told/trace"
    grep -aq "tokens 9k/s" "$told"/*-*
    found=$(grep -arlEi 'private|prompt|lorem|ipsum' "$told") || true
    [ ! "$found" ] || die "it is in $found"
}
