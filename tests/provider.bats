# A provider of language models that tests ask, and its clients, without the shim: what they say of
# each other is what tests of limits on tokens rely on.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load llm

ASKED='{"model": "mock", "max_tokens": 400, "messages": [{"role": "user", "content": "Why?"}]}'
STREAMED="{\"stream\": true, ${ASKED#?}"

# ask [OPTION]...: of curl, for an answer and its headers, to what is $asked.
ask() {
    curl -sS -m 30 -i -d "${asked:-$ASKED}" "$@" "http://127.0.0.1:$port/v1/chat/completions"
}

@test "each format tells the tokens that the provider counts" {
    start_provider
    "$python" "$LLM/check_formats.py" "$port"
}

@test "all ways to ask get whole answers, plainly and by TLS" {
    knows_localhost
    make_certificate
    start_provider
    local how
    for how in blocking urllib 'threads --connections 5' 'asyncio --connections 5' \
        'asyncio --separate --stream'; do
        # shellcheck disable=SC2086 # words
        client --how $how "$port" 3>&- >"$BATS_TEST_TMPDIR/plainly" &
        # shellcheck disable=SC2086
        client --how $how --tls "$certificate" "$tls_port"
        [ "$ok $refused $failed" = "10 0 0" ]
        wait $!
        grep -q '^ok=10 refused=0 failed=0 ' "$BATS_TEST_TMPDIR/plainly"
    done
    stop_provider
    reports 'requests == 100 and not any(row["unfinished"] for row in connections)'
}

@test "an answer that is cut is not taken for a whole one; what came before can be read" {
    need curl
    start_provider
    local manner status said
    for manner in 'cut=3' 'cut=3 framing=close'; do
        client --stream --requests 2 --answer "$manner" "$port"
        [ "$ok $failed" = "0 2" ]
    done
    for manner in cut=3 'cut=3 encoding=gzip' 'cut=3 framing=length'; do
        status=0
        said=$(asked=$STREAMED ask --compressed -H "X-Answer: $manner") || status=$?
        [ "$status $(grep -c '^data: ' <<<"$said")" = "18 3" ] # CURLE_PARTIAL_FILE
    done
}

@test "a synthetic sequence has the peaks, the refusals and the utilization that it must have" {
    need python3
    PYTHONPATH=$LLM python3 - <<'END_OF_TEST'
from accounting import Accounting, Window

# 100 tokens each second, which is 6000 a minute: for five minutes, and once twice as many.
books = Accounting(tpm=6100, rpm=61)
for second in range(301):
    tokens = 200 if second == 290 else 100
    assert books.admit(second, tokens) == 0, second
    books.note(arrived=second, status=200, tokens=tokens)
# Of tokens there are 6100 now, of requests 60.
assert books.admit(300, 1) == 1 and books.admit(300.5, 0) == 0
assert books.admit(300.5, 0) == 0.5
books.note(arrived=300.5, status=429, tokens=1)
books.note(arrived=300.5, status=503, tokens=1)
report = books.report()
assert report["requests"] == 303 and report["refused"] == report["failed"] == 1
assert report["tokens"] == 30200
assert report["peaks"] == {"second": {"tokens": 200, "requests": 1},
                           "ten_seconds": {"tokens": 1100, "requests": 10},
                           "minute": {"tokens": 6100, "requests": 60}}, report["peaks"]
assert abs(report["utilization"] - 18100 / (6100 * 3)) < 1e-9, report["utilization"]

# A window is of any minute: what came at its begin has left it, what came just after has not.
window = Window(10, 60)
window.add(0, 6)
window.add(30, 4)
assert window.wait(59.5, 5) == 0.5 and window.wait(59.5, 7) == 30.5
assert window.wait(60, 6) == 0 and window.wait(60, 7) == 30 and window.wait(60, 11) == 60
END_OF_TEST
}

@test "eight processes that nobody holds are refused, and what is admitted is within the limits" {
    start_provider --tpm 20000 --rpm 90 --minute 10
    client --processes 8 --requests 20 "$port"
    [ "$((ok + refused))" -eq 160 ]
    [ "$refused" -gt 60 ]
    stop_provider
    reports "requests == 160 and refused == $refused"
    reports '10000 < peaks["minute"]["tokens"] <= 20000 and peaks["minute"]["requests"] <= 90'
}

@test "who waits as long as a refusal says is admitted in the end" {
    start_provider --rpm 5 --minute 1 --answer wait=fraction
    client --requests 10 --retries 20 "$port"
    [ "$ok $failed" = "10 0" ]
    stop_provider
    reports '1 <= refused < 20 and peaks["minute"]["requests"] == 5'
}

@test "tokens are estimated wrong as asked: by bytes of a token, and by what counts" {
    local ratio
    for ratio in 1.5 12; do
        start_provider --bytes-per-token "$ratio" --count input
        client --sizes 1200 --requests 5 "$port"
        stop_provider
        reports "all(abs(row['prompt'] / (1200 / $ratio) - 1) < 0.05 for row in rows)"
        reports 'all(row["tokens"] == row["prompt"] for row in rows)'
    done
}

# says_wait FORM PATTERN: of a refusal, for two minutes and a half.
says_wait() {
    ask -H "X-Answer: status=429 wait=$1:150.5" | tr -d '\r' >"$BATS_TEST_TMPDIR/answer"
    grep -q '^HTTP/1.1 429 ' "$BATS_TEST_TMPDIR/answer"
    grep -Eq "$2" "$BATS_TEST_TMPDIR/answer" || die "$(<"$BATS_TEST_TMPDIR/answer")"
}

@test "an error names the time to wait in each form" {
    need curl
    start_provider
    says_wait seconds '^Retry-After: 151$'
    says_wait fraction '^Retry-After: 150\.500$'
    says_wait date '^Retry-After: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$'
    says_wait ms '^retry-after-ms: 150500$'
    says_wait anthropic '^anthropic-ratelimit-tokens-reset: [0-9]{4}-[0-9-]{5}T[0-9:]{8}Z$'
    says_wait openai '^x-ratelimit-reset-tokens: 2m30\.500s$'
    says_wait body '"retryDelay": "150.5s"'
    ask -H 'X-Answer: status=529' | grep -q '^HTTP/1.1 529 Overloaded'
    ask -H 'X-Answer: status=503' | grep -q '^HTTP/1.1 503 '
    stop_provider
    reports 'refused == 7 and failed == 2 and tokens == 0'
}

@test "only the first requests get an error, if so asked" {
    start_provider --answer 'status=429 wait=none first=2'
    client --requests 5 "$port"
    [ "$ok $refused" = "3 2" ]
}

@test "an answer comes in the manner that is asked for" {
    need curl
    start_provider
    ask >"$BATS_TEST_TMPDIR/plain"
    grep -q '^Content-Length: ' "$BATS_TEST_TMPDIR/plain"
    asked=$STREAMED ask | tr -d '\r' >"$BATS_TEST_TMPDIR/streamed"
    grep -q '^Transfer-Encoding: chunked' "$BATS_TEST_TMPDIR/streamed"
    local manner
    for manner in encoding={gzip,deflate} framing={chunked,close} split=1,5,70 early=103 \
        'encoding=asked split=9 early=100 framing=close'; do
        same_as plain "$manner"
        asked=$STREAMED same_as streamed "$manner"
    done
    ask -H 'X-Answer: encoding=gzip' | grep -aq '^Content-Encoding: gzip'
    ask -H 'X-Answer: early=103' | grep -q '^HTTP/1.1 103 '
    timed ask -H 'X-Answer: delay=0.3' -o /dev/null
    holds "$elapsed >= 0.3"
    asked=$STREAMED timed ask -H 'X-Answer: pause=0.05' -o /dev/null
    holds "$elapsed >= 0.5"
}

# same_as NAME MANNER: without its headers, the answer is that of the file.
same_as() {
    ask --compressed -H "X-Answer: $2" | tr -d '\r' >"$BATS_TEST_TMPDIR/answer"
    cmp <(content "$BATS_TEST_TMPDIR/$1") <(content "$BATS_TEST_TMPDIR/answer")
}

content() {
    grep -E '^(\{|data: )' "$1"
}

@test "a request that stops in its midst is seen to, by its gap and its end" {
    start_provider
    "$python" - "$port" <<'END_OF_TEST'
import socket, sys, time
for ends_well in True, False:
    client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n")
    time.sleep(1)
    if ends_well:
        client.sendall(b"{}")
        assert client.recv(9) == b"HTTP/1.1 "
    client.close()
END_OF_TEST
    stop_provider
    reports 'len(rows) == 1 and rows[0]["gap"] >= 0.5'
    reports 'rows[0]["arrived"] - rows[0]["begun"] >= rows[0]["gap"]'
    reports '[row["unfinished"] for row in connections] == [False, True]'
}

@test "a provider that could not read in time says so" {
    start_provider
    kill -STOP "$provider_pid"
    sleep 0.3
    kill -CONT "$provider_pid"
    client --requests 1 "$port"
    stop_provider
    reports 'lateness > 0.25'
}

@test "names, sessions and protocols of TLS are told, of both its versions" {
    make_certificate
    local option version
    while read -r version option; do
        # shellcheck disable=SC2086 # an option, or none
        start_provider $option
        client --how threads --requests 3 --fresh --resume --tls "$certificate" \
            --host api.other.example --alpn h2,http/1.1 "$tls_port"
        [ "$ok" -eq 3 ]
        stop_provider
        reports 'all(row["sni"] == row["host"] == "api.other.example" for row in rows)'
        reports 'all(row["alpn"] == "http/1.1" for row in rows)'
        reports '[row["resumed"] for row in connections] == [False, True, True]'
        reports "not any(row['retried'] or row['version'] != '$version' for row in connections)"
    done <<<$'TLSv1.3\nTLSv1.2 --tls12'
}

@test "a provider of HTTP/2 is asked for that, and one of another group twice" {
    make_certificate
    start_provider --h2 --group secp384r1
    client --how asyncio --tls "$certificate" --alpn http/1.1 --requests 2 "$tls_port"
    [ "$ok" -eq 2 ]
    client --how asyncio --tls "$certificate" --alpn h2,http/1.1 --requests 1 "$tls_port"
    [ "$failed" -eq 1 ]
    stop_provider
    reports '[row["alpn"] for row in connections] == ["http/1.1", "h2"]'
    reports 'all(row["retried"] for row in connections)'
}

@test "hundreds of connections are served while their client ticks" {
    start_provider
    client --how asyncio --connections 300 --requests 600 --ticks "$port"
    [ "$ok" -eq 600 ]
    [ "$ticks" -ge 1 ]
    stop_provider
    reports 'len(connections) == 300'
}

@test "each client that is installed asks, plainly and by TLS" {
    knows_localhost
    make_certificate
    start_provider
    environment_of_clients 5000 100
    local client pids=() pid count=0 status
    for client in "$LLM"/clients/*; do
        asks_twice "${client##*/}" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        status=0
        wait "$pid" || status=$?
        [ "$status" -eq 0 ] || [ "$status" -eq 77 ]
        [ "$status" -ne 0 ] || count=$((count + 2))
    done
    stop_provider
    reports "requests == $count > 0 and all(row['prompt'] == 1163 for row in rows)"
    reports "sum(row['sni'] == 'localhost' for row in rows) == $count / 2"
}

# asks_twice CLIENT: the exit status is 77 if it is not installed.
asks_twice() {
    local said status=0
    run_of "$1" || exit 77
    said=$(BASE_URL=http://127.0.0.1:$port timeout 60 "${command[@]}" &&
        BASE_URL=https://localhost:$tls_port timeout 60 "${command[@]}") || status=$?
    [ "$status" -ne 77 ] || exit 77
    [ "$status $said" = $'0 200\n200' ] || die "$1: status $status, '$said'"
}
