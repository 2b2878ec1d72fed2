# What is held by limits on tokens and requests: event loops tick meanwhile, and no request stops in
# its midst; and hosts that want no more for a time are asked no more, by anybody.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load tree
load llm

setup() {
    scope=shared:held-$$-$RANDOM
}

# What of an hour's tokens is used up is not at rest before, and would stay.
teardown_file() {
    rm -f "/dev/shm/rlshim-$UID/shared-held-"*
    another_start
}

## Event loops

@test "an event loop ticks while 50 of its requests are held, and none stops in its midst" {
    make_certificate
    start_provider
    ticks_with
    ticks_with --separate
    stop_provider
    reports 'max(row["gap"] for row in rows) < 1 + lateness'
    reports 'not any(row["unfinished"] for row in connections)'
}

# ticks_with [OPTION]...: 99 in 100 in time, but for as many as are late without a limit: while 50
# sessions of TLS begin. On a busy machine, in one of three tries.
ticks_with() {
    local late _
    for _ in 1 2 3; do
        loop_of_50 "$@"
        late=$((ticks - in_time))
        under 'tokens 20k/s burst=500' loop_of_50 "$@"
        holds "$seconds > 2" || die "nothing was held"
        if holds "$ticks - $in_time <= $late + $ticks / 100"; then
            return 0
        fi
    done
    die "the loop stands still: $in_time of $ticks ticks are in time; $late are late without a limit"
}

loop_of_50() {
    client --how asyncio --connections 50 --requests 150 --ticks --sizes 100-1000 --bounds 50-400 \
        --tls "$certificate" "$@" "$tls_port"
    [ "$ok $failed" = "150 0" ]
}

@test "where such calls are held instead, it stands still" {
    make_certificate
    start_provider
    RL_NONBLOCK=block under 'tokens 20k/s burst=500' loop_of_50
    holds "$in_time < 0.5 * $ticks"
}

## Hosts that want no more

# PLENTY: a limit that holds nothing itself.
PLENTY='tpm 900M'

# refused_once [OPTION]...: the first request of all to a provider, which is refused.
refused_once() {
    under "$PLENTY scope=$scope" client --requests 1 "$@"
    [ "$refused" -eq 1 ]
}

# A member that does nothing.
somebody_stays() {
    in_background env RL_LIMITS="$PLENTY scope=$scope" LD_PRELOAD="$SHIM" sleep 60
}

@test "a host that says when to ask again is asked no more by any member until then; others are" {
    make_certificate
    start_provider --answer 'status=429 wait=seconds:5 first=1'
    somebody_stays
    refused_once "$port"
    under "$PLENTY scope=$scope" client --how threads --connections 3 --processes 3 --requests 6 \
        "$port" 3>&- &
    under "$PLENTY scope=$scope" client --tls "$certificate" --host api.other.example --requests 5 \
        "$tls_port"
    [ "$ok" -eq 5 ]
    wait $!
    stop_provider
    reports 'len(rows) == 24 and refused == 1'
    reports 'all(row["arrived"] > rows[0]["arrived"] + 5 for row in rows[1:]
                 if row["host"] == "localhost")'
    reports 'all(row["arrived"] < rows[0]["arrived"] + 5 for row in rows
                 if row["host"] != "localhost")'
}

@test "an event loop's requests wait as well" {
    start_provider --answer 'status=429 wait=seconds:2 first=1'
    somebody_stays
    refused_once "$port"
    under "$PLENTY scope=$scope" client --how asyncio --connections 5 --requests 10 "$port"
    [ "$ok" -eq 10 ]
    stop_provider
    reports 'rows[1]["arrived"] > rows[0]["arrived"] + 2'
}

@test "those who come when all have gone wait as well" {
    start_provider --answer 'status=429 wait=seconds:2 first=1'
    refused_once "$port"
    another_start
    under "$PLENTY scope=$scope" client --requests 1 "$port"
    stop_provider
    reports 'rows[1]["arrived"] > rows[0]["arrived"] + 2'
}

@test "how long it was is in the summary and in the trace, whoever waited" {
    start_provider --answer 'status=429 wait=seconds:2 first=1'
    local how
    for how in blocking asyncio; do
        RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/$how.log RL_TRACE=$BATS_TEST_TMPDIR/$how.trace \
            under "$PLENTY" client --how "$how" --requests 3 --host "$how.example" \
            --answer 'status=429 wait=seconds:1' "$port"
        [ "$refused" -eq 3 ]
        cat "$BATS_TEST_TMPDIR/$how".*
        grep -Eq ' 2 held for (1\.[2-9]|2\.)' "$BATS_TEST_TMPDIR/$how.log"
        [ "$(awk -F, '$8 > 0.6' "$BATS_TEST_TMPDIR/$how.trace" | wc -l)" -eq 3 ] # with the header
    done
}

@test "each form of a wait is one; when a quota is full again is none" {
    start_provider
    PROVIDER=$port under "$PLENTY" timeout 60 "$python" <<'END_OF_TEST'
import http.client, json, os, threading, time

BODY = json.dumps({"model": "mock", "max_tokens": 9, "messages": [{"role": "user", "content": "?"}]})
waited = {}

def ask(connection, host, answer):
    connection.request("POST", "/v1/chat/completions", BODY,
                       {"Host": host, "Content-Type": "application/json", "X-Answer": answer})
    response = connection.getresponse()
    response.read()
    return response.status

def ask_twice(form, status):
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["PROVIDER"]))
    host = f"{form}.{status}.example"
    assert ask(connection, host, f"status={status} wait={form}:4") == status
    begin = time.monotonic()
    assert ask(connection, host, "") == 200
    waited[host] = time.monotonic() - begin

forms = ("seconds", "fraction", "date", "ms", "body", "anthropic", "openai", "none")
threads = [threading.Thread(target=ask_twice, args=(form, 429)) for form in forms]
threads += [threading.Thread(target=ask_twice, args=("ms", status)) for status in (503, 529, 500)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(waited)
assert len(waited) == len(threads)
for host, seconds in waited.items():
    form, status, _ = host.split(".")
    is_wait = form in ("seconds", "fraction", "date", "ms", "body") and status != "500"
    assert (3 < seconds < 10) if is_wait else seconds < 3, host
END_OF_TEST
}

@test "police mode refuses at once while a host is closed, and a timeout ends the wait" {
    start_provider
    export PROVIDER=$port
    refusal_of "$PLENTY mode=police" EAGAIN 'status=429 wait=seconds:9'
    refusal_of "$PLENTY timeout=0.5" ETIMEDOUT 'status=429 wait=seconds:9'
    grep -q ',refused$' "$BATS_TEST_TMPDIR/trace"
    grep -q ',timed out$' "$BATS_TEST_TMPDIR/trace"
}

@test "so they do where the tokens are used up" {
    start_provider
    export PROVIDER=$port
    refusal_of 'tokens 1/1h burst=1 mode=police' EAGAIN encoding=gzip
    refusal_of 'tokens 1/1h burst=1 timeout=0.5' ETIMEDOUT encoding=gzip
    grep -q ',1,refused$' "$BATS_TEST_TMPDIR/trace"
    grep -q ',1,timed out$' "$BATS_TEST_TMPDIR/trace"
}

# refusal_of LIMIT ERROR MANNER: what a request on a socket that blocks ends with, each time it is
# tried, after such an answer to one before.
refusal_of() {
    ERROR=$2 MANNER=$3 RL_TRACE=$BATS_TEST_TMPDIR/trace under "$1" timeout 60 "$python" <<'END_OF_TEST'
import errno, os, socket, time
peer = socket.create_connection(("127.0.0.1", int(os.environ["PROVIDER"])))
ask = b'POST /v1/embeddings HTTP/1.1\r\nHost: a\r\nContent-Length: 16\r\n%s\r\n{"input": "Yes"}'
peer.sendall(ask % b"X-Answer: %s\r\n" % os.environ["MANNER"].encode())
assert peer.recv(9999).startswith(b"HTTP/1.1 ")
is_late = os.environ["ERROR"] == "ETIMEDOUT"
for _ in range(2):
    begin = time.monotonic()
    try:
        peer.sendall(ask % b"")
        raise AssertionError("it was sent")
    except OSError as error:
        assert errno.errorcode[error.errno] == os.environ["ERROR"], error
    assert (0.5 if is_late else 0) <= time.monotonic() - begin < 4
END_OF_TEST
}
