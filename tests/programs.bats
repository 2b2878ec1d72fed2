# Programs as people run them, none of them built for it, are held to 1 MB/s.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; stop_sink sets variables

load lib
load daemons

setup() {
    export RL_ALGO=gcra RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB
    export HOME=$BATS_TEST_TMPDIR
    size=1500000
    duration=1.43 # (size - burst) / rate
}

# Run a client under the shim against a sink; the word PORT in its arguments becomes the port.
upload() {
    limited "${@//PORT/$port}" >"$BATS_TEST_TMPDIR/answer"
    stop_sink
    holds "$units >= $size"
    at_rate 1000000
}

@test "curl -T file" {
    need curl
    start_sink -r 1000000 -b 64000
    upload curl -sS -T "$(zeros "$size")" http://127.0.0.1:PORT/
    [ "$(<"$BATS_TEST_TMPDIR/answer")" = OK ]
}

@test "curl -T -, in chunks" {
    need curl
    start_sink -r 1000000 -b 64000
    upload curl -sS -T - http://127.0.0.1:PORT/ <"$(zeros "$size")"
    [ "$(<"$BATS_TEST_TMPDIR/answer")" = OK ]
}

@test "two curls of one shell do not exceed twice the limit" {
    need_curl
    start_sink -r 2000000 -b 128000
    file=$(zeros "$size")
    url=http://127.0.0.1:$port/
    # shellcheck disable=SC2016 # for sh to expand
    limited sh -c 'curl -sS -T "$0" "$1" & curl -sS -T "$0" "$1"; wait' "$file" "$url"
    stop_sink
    holds "$units >= 2 * $size"
    within_bound 2000000
}

@test "wget --post-file" {
    need wget
    start_sink -r 1000000 -b 64000
    upload wget -q -O- --post-file="$(zeros "$size")" http://127.0.0.1:PORT/
    [ "$(<"$BATS_TEST_TMPDIR/answer")" = OK ]
}

@test "python socket.sendall" {
    need python3
    start_sink --raw -r 1000000 -b 64000
    upload python3 -c "import socket
with socket.create_connection(('127.0.0.1', PORT)) as s:
    s.sendall(bytes($size))"
}

@test "python urllib" {
    need python3
    start_sink -r 1000000 -b 64000
    upload python3 -c "import urllib.request
print(urllib.request.urlopen('http://127.0.0.1:PORT/', data=bytes($size)).read().decode(), end='')"
    [ "$(<"$BATS_TEST_TMPDIR/answer")" = OK ]
}

@test "python asyncio" {
    need python3
    start_sink --raw -r 1000000 -b 64000
    upload python3 -c "import asyncio
async def upload():
    _, writer = await asyncio.open_connection('127.0.0.1', PORT)
    writer.write(bytes($size))
    await writer.drain()
    writer.close()
    await writer.wait_closed()
asyncio.run(upload())"
}

@test "perl print to a socket" {
    need perl
    start_sink --raw -r 1000000 -b 64000
    upload perl -MIO::Socket::INET -e "
        my \$s = IO::Socket::INET->new('127.0.0.1:PORT') or die;
        print \$s 'x' x $size or die;
        close \$s or die"
}

@test "nc" {
    need nc
    start_sink --raw -r 1000000 -b 64000
    upload nc -N 127.0.0.1 PORT <"$(zeros "$size")"
}

@test "cat to a socket that it inherits from bash" {
    start_sink --raw -r 1000000 -b 64000
    exec 4<>"/dev/tcp/127.0.0.1/$port"
    limited cat "$(zeros "$size")" >&4 4>&-
    exec 4>&-
    wait_for grep -q ^upload "$BATS_TEST_TMPDIR/measured"
    stop_sink
    holds "$units == $size"
    at_rate 1000000
}

@test "tar, through rlshim -u and nc, in a pipeline" {
    need tar nc
    unset "${!RL_@}"
    file=$(noise $((size / 2)))
    start_sink --raw -r 500000 -b 500000 -k "$BATS_TEST_TMPDIR/archive"
    tar -C "$BATS_TEST_TMPDIR" -cf - noise | "$BUILD/rlshim" -u 500kB nc -N 127.0.0.1 "$port"
    stop_sink
    at_rate 500000
    tar -xOf "$BATS_TEST_TMPDIR/archive" noise | cmp "$file" -
}

# The servers below do not measure. But a program cannot have sent so much in less time.

@test "rsync pushes to a daemon" {
    need rsync
    start_rsync_daemon
    file=$(noise "$size")
    timed limited rsync "$file" "rsync://127.0.0.1:$port/files/"
    cmp "$file" "$BATS_TEST_TMPDIR/files/noise"
    took "$duration"
}

@test "git pushes to a git daemon" {
    need git
    cd "$BATS_TEST_TMPDIR"
    make_repository work "$(noise "$size")"
    git init -q --bare served
    start_git_daemon
    timed limited git -C work push -q "git://127.0.0.1:$port/served" HEAD:refs/heads/main
    [ "$(git -C work rev-parse HEAD)" = "$(git -C served rev-parse main)" ]
    took "$duration"
}

@test "redis-benchmark is held to 250 calls a second" {
    need redis-server redis-benchmark
    export RL_CAPACITY=250 RL_UNIT=calls RL_BURST=10
    # To one of version 6 EAGAIN is the end of a connection.
    [[ $(redis-cli --version) != *" 6."* ]] || export RL_NONBLOCK=block RL_LOG=/dev/null
    start_redis
    timed limited redis-benchmark -p "$port" -n 400 -c 10 -t ping_mbulk -q
    took 1.56
}

@test "dig is held to 10 queries a second" {
    need dig python3
    export RL_CAPACITY=10 RL_UNIT=calls RL_BURST=1
    # One of version 9.16 waits for 5 s after EAGAIN, as for an answer.
    [[ $(dig -v 2>&1) != *" 9.16."* ]] || export RL_NONBLOCK=block RL_LOG=/dev/null
    # A name server that knows only one address.
    in_background python3 -u -c '
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
print(server.getsockname()[1])
while True:
    query, client = server.recvfrom(512)
    end = query.index(b"\0", 12) + 5
    head = query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0"
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\xc0\0\2\1"
    server.sendto(head + query[12:end] + answer, client)' >"$BATS_TEST_TMPDIR/port"
    wait_for test -s "$BATS_TEST_TMPDIR/port"
    printf '%s.example\n' {1..11} >"$BATS_TEST_TMPDIR/names"
    timed limited dig @127.0.0.1 -p "$(<"$BATS_TEST_TMPDIR/port")" +noedns +short \
        -f "$BATS_TEST_TMPDIR/names" >"$BATS_TEST_TMPDIR/answers"
    [ "$(sort "$BATS_TEST_TMPDIR/answers" | uniq -c | xargs)" = "11 192.0.2.1" ]
    took 1 # (11 - burst) / rate
}
