# Limits on requests, as of a scraper: each of a connection counts, whatever carries it.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load llm

LIMIT='requests 10/s burst=1'

setup() {
    make_certificate
    start_provider
    export RL_SUMMARY=1 RL_LOG=$BATS_TEST_TMPDIR/log PROVIDER=$port SECURE_PROVIDER=$tls_port CA=$certificate
}

# passed REQUESTS SECONDS: and the log has as many.
passed() {
    cat "$RL_LOG"
    holds "$elapsed >= $2" || die "too fast: $elapsed s"
    [ "$(sum_of requests)" -eq "$1" ]
}

# What all processes say.
sum_of() {
    sed -n "s/.* \([0-9]*\) $1, .*/\1/p" "$RL_LOG" | awk '{ sum += $1 } END { print sum }'
}

@test "curl, of each request on its connection" {
    need curl
    knows_localhost
    timed under "$LIMIT" curl -sS -o /dev/null "http://127.0.0.1:$port/[1-12]"
    passed 12 1.1
    timed under "$LIMIT" curl -sS -o /dev/null --cacert "$certificate" \
        "https://localhost:$tls_port/[1-12]"
    passed 24 1.1
    stop_provider
    reports 'sorted(row["requests"] for row in connections) == [12, 12]'
}

@test "python, which keeps its connection, plainly and by TLS" {
    knows_localhost
    timed under "$LIMIT" timeout 60 "$python" <<'END_OF_TEST'
import http.client, os, ssl
context = ssl.create_default_context(cafile=os.environ["CA"])
for connection in (http.client.HTTPConnection("localhost", int(os.environ["PROVIDER"])),
                   http.client.HTTPSConnection("localhost", int(os.environ["SECURE_PROVIDER"]),
                                               context=context)):
    for method, body in (("GET", None), ("HEAD", None), ("POST", b"some")) * 3:
        connection.request(method, "/page", body)
        assert connection.getresponse().read() is not None
END_OF_TEST
    passed 18 1.7
}

@test "requests that are sent in one go: as many are charged, and those after them wait" {
    timed under "$LIMIT" timeout 60 "$python" <<'END_OF_TEST'
import os, socket
peer = socket.create_connection(("127.0.0.1", int(os.environ["PROVIDER"])))

def ask(count):
    peer.sendall(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n" * count)
    answers = b""
    while answers.count(b'"list"') < count:
        answers += peer.recv(65536)

ask(6)
ask(1)
ask(5)
ask(1)
END_OF_TEST
    passed 13 1.1
}

# Through a proxy that is told of two requests, of which the first is but the way.
@test "to ask a proxy for a way is no request" {
    need curl
    knows_localhost
    in_background "$python" "$LLM/proxy.py" --ports "$BATS_TEST_TMPDIR/proxy"
    wait_for test -e "$BATS_TEST_TMPDIR/proxy"
    timed under "$LIMIT" curl -sS -o /dev/null --cacert "$certificate" \
        --proxytunnel -x "http://127.0.0.1:$(head -n 1 "$BATS_TEST_TMPDIR/proxy")" \
        "https://localhost:$tls_port/[1-5]"
    passed 5 0.35
    stop_provider
    reports 'requests == 5'
}

@test "nothing is kept of coded answers to connections that cannot be followed any more" {
    under 'tokens 900M/m' timeout 60 "$python" <<'END_OF_TEST'
import gzip, socket, threading

def serve():
    answer = gzip.compress(b'{"a": "' + b"x" * 100000 + b'"}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(answer)
    while True:
        peer = server.accept()[0]
        peer.recv(65536)
        peer.sendall(head + answer[:100])
        peer.recv(65536)
        peer.close()

def ask():
    peer = socket.create_connection(server.getsockname())
    peer.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
    peer.recv(4096)
    peer.sendall(b"no request\r\n\r\n")
    peer.close()

def mapped_kib():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if "VmSize" in line)

server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, daemon=True).start()
for turn in range(120):
    if turn == 20:
        before = mapped_kib()
    ask()
assert mapped_kib() < before + 10000, (before, mapped_kib())
END_OF_TEST
}

@test "a /dev/shm that has room for little more than the limit" {
    need_namespaces
    need curl
    for size in 8k 12k; do
        unshare -m sh -c "mount --make-rprivate / && mount -t tmpfs -o size=$size none /dev/shm &&
            RL_LIMITS='$LIMIT' LD_PRELOAD=$SHIM curl -sS http://127.0.0.1:$port/"
    done
}

@test "an answer that is read by who has shut himself in" {
    under "$LIMIT" timeout 20 "$BUILD/tests/tools/asker" "$port"
}

@test "several limits on the same calls all hold" {
    local limits='out 50kB/s burst=5000 name=bytes; tokens 10k/s burst=2000; requests 20/s burst=1'
    under "$limits" client --requests 20 --sizes 200 --bounds 20 "$port"
    holds "$seconds >= 19 / 20" || die "too many requests: $seconds s"
    under "$limits" client --how threads --connections 2 --requests 10 --sizes 8000 --bounds 20 "$port"
    holds "$seconds >= (10 * 8000 - 5000) / 50000" || die "too many bytes: $seconds s"
    under "$limits" client --how asyncio --connections 5 --requests 10 --sizes 100 --bounds 4000 \
        --answer delay=0.1 --tls "$certificate" "$tls_port"
    stop_provider
    reports 'requests == 40 and refused == failed == 0'
    # The last one was not waited for by others.
    reports "sum(row['tokens'] for row in rows[30:-1]) <
             10000 * (rows[-1]['arrived'] - rows[30]['arrived'] + lateness) + 2000"
}
