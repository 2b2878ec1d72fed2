# Programs with event loops, where a limit holds each call, or each piece of one: every byte comes
# through, at the rate. A receive that stopped early would be taken for the end of what is there.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash sets variables

load lib

setup() {
    export HOME=$BATS_TEST_TMPDIR RL_NONBLOCK=block
    answer=$BATS_TEST_TMPDIR/answer
    tls='' scheme=http certificate=''
}

# start_proxy TO [DIRECTIVE]...: a limited nginx that passes all on to 127.0.0.1:TO; sets port.
start_proxy() {
    port=$(free_port)
    cat >"$BATS_TEST_TMPDIR/nginx.conf" <<END
daemon off;
master_process off;
pid $BATS_TEST_TMPDIR/nginx.pid;
error_log stderr;
events {
}
http {
    $(nginx_files)
    client_max_body_size 0;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_read_timeout 10s;
    upstream there {
        server 127.0.0.1:$1;
        keepalive 4;
    }
    server {
        listen 127.0.0.1:$port$tls;
        $certificate
        ${*:2}
        location / {
            proxy_pass http://there;
        }
    }
}
END
    limited_nginx
    wait_for listening "$port"
}

# with_tls [PROTOCOL]...
with_tls() {
    need openssl
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/certificate" 2>/dev/null
    tls=" ssl${*:+ $*}" scheme=https
    certificate="ssl_certificate $BATS_TEST_TMPDIR/certificate;
        ssl_certificate_key $BATS_TEST_TMPDIR/key;"
}

# proxied_download LIMITS SIZE SECONDS [DIRECTIVE]...: twice, by one connection.
proxied_download() {
    need nginx curl
    export RL_LIMITS=$1
    size=$2
    start_source
    start_proxy "$port" "${@:4}"
    timed curl -sS -k --max-time 50 "$scheme://127.0.0.1:$port/[1-2]" -o "$answer#1"
    kill "$nginx_pid"
    cmp "$file" "$answer"1
    cmp "$file" "$answer"2
    took "$3"
}

# proxied_upload LIMITS SIZE SECONDS [DIRECTIVE]...
proxied_upload() {
    need nginx curl
    export RL_LIMITS=$1
    size=$2
    file=$(noise "$size")
    start_sink -k "$answer"
    start_proxy "$port" "${@:4}"
    timed curl -sS -k --max-time 50 -H Expect: -X POST --data-binary "@$file" \
        "$scheme://127.0.0.1:$port/" -o "$BATS_TEST_TMPDIR/said"
    kill "$nginx_pid"
    stop_sink
    cmp "$file" "$answer"
    took "$3"
}

@test "nginx as a proxy, in 100kB/s: downloads" {
    proxied_download 'in 100kB/s' 150000 2 # 2 * 150,000 bytes, less the burst
}

@test "nginx as a proxy, in 100kB/s: downloads without buffering" {
    proxied_download 'in 100kB/s' 150000 2 'proxy_buffering off;'
}

@test "nginx as a proxy, in 100kB/s: uploads" {
    proxied_upload 'in 100kB/s' 300000 2
}

@test "nginx as a proxy, in 100kB/s: uploads without buffering" {
    proxied_upload 'in 100kB/s' 300000 2 'proxy_request_buffering off;'
}

@test "nginx as a proxy, in 5MB/s burst=8KiB: downloads" {
    proxied_download 'in 5MB/s burst=8KiB' 2500000 0.9
}

@test "nginx as a proxy, in 5MB/s burst=8KiB: downloads without buffering" {
    proxied_download 'in 5MB/s burst=8KiB' 2500000 0.9 'proxy_buffering off;'
}

@test "nginx as a proxy, in 5MB/s burst=8KiB: uploads" {
    proxied_upload 'in 5MB/s burst=8KiB' 5000000 0.9
}

@test "nginx as a proxy, in 5MB/s burst=8KiB: uploads without buffering" {
    proxied_upload 'in 5MB/s burst=8KiB' 5000000 0.9 'proxy_request_buffering off;'
}

@test "nginx as a proxy, out 200kB/s burst=20kB: downloads" {
    proxied_download 'out 200kB/s burst=20kB' 150000 1.3
}

@test "nginx as a proxy, out 200kB/s burst=20kB: downloads without buffering" {
    proxied_download 'out 200kB/s burst=20kB' 150000 1.3 'proxy_buffering off;'
}

@test "nginx as a proxy, out 200kB/s burst=20kB: uploads" {
    proxied_upload 'out 200kB/s burst=20kB' 300000 1.3
}

@test "nginx as a proxy, out 200kB/s burst=20kB: uploads without buffering" {
    proxied_upload 'out 200kB/s burst=20kB' 300000 1.3 'proxy_request_buffering off;'
}

@test "nginx as a proxy, TLS to the client: downloads and uploads" {
    with_tls
    proxied_download 'in 1MB/s burst=8KiB' 500000 0.9
    proxied_upload 'in 1MB/s burst=8KiB' 1000000 0.9 'proxy_request_buffering off;'
}

@test "nginx as a proxy, HTTP/2 to the client: downloads and uploads" {
    with_tls http2
    proxied_download 'in 1MB/s burst=8KiB' 500000 0.9
    proxied_upload 'in 1MB/s burst=8KiB' 1000000 0.9 'proxy_request_buffering off;'
}

# proxied_each_way RATE BURST LIMITS: down and up, with calls that are gated and such as are held.
# With LONG=1 longer, and without the proxy's buffers, too.
proxied_each_way() {
    local seconds=${LONG:+4} half
    seconds=${seconds:-0.5}
    half=$(awk "BEGIN { print int(($1 * $seconds + $2) / 2) }")
    for RL_NONBLOCK in auto block; do
        proxied_download "$3" "$half" "$seconds"
        proxied_upload "$3" "$((2 * half))" "$seconds"
        if [ "${LONG:-}" ]; then
            proxied_download "$3" "$half" "$seconds" 'proxy_buffering off;'
            proxied_upload "$3" "$((2 * half))" "$seconds" 'proxy_request_buffering off;'
        fi
    done
}

@test "nginx as a proxy, HTTP/2 to the client, in 100kB/s" {
    with_tls http2
    proxied_each_way 100000 100000 'in 100kB/s'
}

@test "nginx as a proxy, HTTP/2 to the client, in 5MB/s burst=8KiB" {
    with_tls http2
    proxied_each_way 5000000 8192 'in 5MB/s burst=8KiB'
}

@test "nginx as a proxy, HTTP/2 to the client, out 200kB/s burst=20kB" {
    with_tls http2
    proxied_each_way 200000 20000 'out 200kB/s burst=20kB'
}

@test "nginx as a proxy, TLS to the client, in 5MB/s burst=8KiB; with LONG=1 the other two" {
    with_tls
    proxied_each_way 5000000 8192 'in 5MB/s burst=8KiB'
    [ "${LONG:-}" ] || return 0
    proxied_each_way 100000 100000 'in 100kB/s'
    proxied_each_way 200000 20000 'out 200kB/s burst=20kB'
}

# One who sends 300,000 bytes to each that has ended its side of the stream.
start_half_open_server() {
    need python3
    file=$(noise 300000)
    cat >"$BATS_TEST_TMPDIR/server" <<'END'
import os, socket, sys
noise = open(sys.argv[1], "rb").read()
server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[2] + "~", "w") as port:
    port.write(str(server.getsockname()[1]))
os.rename(sys.argv[2] + "~", sys.argv[2])
while True:
    peer, _ = server.accept()
    while peer.recv(1000):
        pass
    peer.sendall(noise)
    peer.close()
END
    in_background python3 "$BATS_TEST_TMPDIR/server" "$file" "$BATS_TEST_TMPDIR/port"
    wait_for test -e "$BATS_TEST_TMPDIR/port"
    port=$(<"$BATS_TEST_TMPDIR/port")
}

# node_half_closed LIMITS SECONDS
node_half_closed() {
    need node
    start_half_open_server
    export RL_LIMITS=$1
    timed limited node -e "const socket = require('net').connect(
            { port: $port, host: '127.0.0.1', allowHalfOpen: true });
        socket.pipe(require('fs').createWriteStream('$answer'));
        socket.end('all')"
    cmp "$file" "$answer"
    took "$2"
}

@test "node reads all of a stream that it half-closed, in 200kB/s" {
    node_half_closed 'in 200kB/s' 0.4
}

@test "node reads all of a stream that it half-closed, in 1MB/s burst=8KiB" {
    node_half_closed 'in 1MB/s burst=8KiB' 0.2
}

# node_echoes RATE BURST LIMITS: a limited server sends all back when its client has ended its side
# of the stream.
node_echoes() {
    need node python3
    local seconds=${LONG:+4}
    seconds=${seconds:-0.5}
    file=$(noise "$(awk "BEGIN { print int($1 * $seconds + $2) }")")
    export RL_LIMITS=$3
    for RL_NONBLOCK in auto block; do
        port=$(free_port)
        in_background env LD_PRELOAD="$SHIM" RL_LOG=/dev/null node -e "
            require('net').createServer({ allowHalfOpen: true }, socket => {
                const all = [];
                socket.on('data', some => all.push(some));
                socket.on('end', () => socket.end(Buffer.concat(all)));
            }).listen($port, '127.0.0.1')"
        wait_for listening "$port"
        timed timeout 60 python3 -c "import socket
peer = socket.create_connection(('127.0.0.1', $port))
peer.sendall(open('$file', 'rb').read())
peer.shutdown(socket.SHUT_WR)
with open('$answer', 'wb') as answer:
    while some := peer.recv(65536):
        answer.write(some)"
        cmp "$file" "$answer"
        took "$seconds"
    done
}

@test "node receives all of a stream that its client half-closed, in 100kB/s" {
    node_echoes 100000 100000 'in 100kB/s'
}

@test "node receives all of a stream that its client half-closed, in 5MB/s burst=8KiB" {
    node_echoes 5000000 8192 'in 5MB/s burst=8KiB'
}

@test "node sends all on a stream that its client half-closed, out 200kB/s burst=20kB" {
    node_echoes 200000 20000 'out 200kB/s burst=20kB'
}

# python_half_closed LIMITS SECONDS: of a program on stdin; its arguments are the port and a file.
python_half_closed() {
    cat >"$BATS_TEST_TMPDIR/program"
    start_half_open_server
    export RL_LIMITS=$1
    timed limited python3 "$BATS_TEST_TMPDIR/program" "$port" "$answer"
    cmp "$file" "$answer"
    took "$2"
}

@test "python asyncio reads all of a stream that it half-closed, in 200kB/s" {
    python_half_closed 'in 200kB/s' 0.4 <<'END'
import asyncio, sys
async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    writer.write(b"all")
    writer.write_eof()
    open(sys.argv[2], "wb").write(await reader.read())
asyncio.run(main())
END
}

@test "python reads all by edge-triggered epoll, up to short counts, in 200kB/s" {
    python_half_closed 'in 200kB/s' 0.4 <<'END'
import select, socket, sys
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
peer.sendall(b"all")
peer.shutdown(socket.SHUT_WR)
peer.setblocking(False)
poll = select.epoll()
poll.register(peer, select.EPOLLIN | select.EPOLLET | select.EPOLLRDHUP)
ended = False
with open(sys.argv[2], "wb") as answer:
    while not ended:
        events = poll.poll(5)
        if not events:
            sys.exit("nothing happens any more")
        while True:
            try:
                got = peer.recv(16384)
            except BlockingIOError:
                break
            answer.write(got)
            ended = not got
            if ended or (len(got) < 16384 and not events[0][1] & select.EPOLLRDHUP):
                break
END
}

@test "python selectors, an echo: every byte, in and out 500kB/s" {
    need python3
    export RL_LIMITS='in 500kB/s burst=8KiB; out 500kB/s burst=8KiB'
    file=$(noise 300000)
    cat >"$BATS_TEST_TMPDIR/program" <<'END'
import selectors, socket, sys
noise = open(sys.argv[1], "rb").read()
server = socket.create_server(("127.0.0.1", 0))
near = socket.create_connection(server.getsockname())
far, _ = server.accept()
near.setblocking(False)
far.setblocking(False)
loop = selectors.DefaultSelector()
sent, echo, back = 0, b"", b""
while len(back) < len(noise):
    loop.register(near, selectors.EVENT_READ | (selectors.EVENT_WRITE if sent < len(noise) else 0))
    loop.register(far, selectors.EVENT_WRITE if echo else selectors.EVENT_READ)
    events = loop.select(5)
    if not events:
        sys.exit("nothing happens any more")
    for key, ready in events:
        if key.fileobj is near and ready & selectors.EVENT_WRITE:
            sent += near.send(noise[sent : sent + 20000])
        if key.fileobj is near and ready & selectors.EVENT_READ:
            back += near.recv(65536)
        if key.fileobj is far and ready & selectors.EVENT_READ:
            echo = far.recv(65536)
        if key.fileobj is far and ready & selectors.EVENT_WRITE:
            echo = echo[far.send(echo) :]
    loop.unregister(near)
    loop.unregister(far)
assert back == noise
END
    timed limited python3 "$BATS_TEST_TMPDIR/program" "$file"
    took 1.1 # 2 * 300,000 bytes either way, less the burst
}
