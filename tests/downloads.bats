# Programs as people run them, none of them built for it, download at 1 MB/s; and servers accept.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib

setup() {
    export RL_LIMITS='in 1MB/s burst=64kB'
    export HOME=$BATS_TEST_TMPDIR
    size=1500000
    duration=1.43 # (size - burst) / rate
    answer=$BATS_TEST_TMPDIR/answer
}

# start_source [OPTION]...: serves $file, of $size bytes; sets port.
start_source() {
    file=$(noise "$size")
    in_background "$TOOLS/source" -b 64000 -p "$BATS_TEST_TMPDIR/port" \
        -o "$BATS_TEST_TMPDIR/measured" "$@" "$file"
    source_pid=$!
    wait_for test -e "$BATS_TEST_TMPDIR/port"
    port=$(<"$BATS_TEST_TMPDIR/port")
}

# Sets what the source measured: units seconds rate.
stop_source() {
    sink_pid=$source_pid
    stop_sink
}

# Run a client under the shim; the word PORT in its arguments becomes the port.
download() {
    limited "${@//PORT/$port}"
    stop_source
    cmp "$file" "$answer"
    exactly_at_rate
}

# The source's clock begins before the first byte can be received, and ends after the last one was.
exactly_at_rate() {
    holds "$units >= $size"
    holds "$rate <= 1000000" || die "too fast: $rate/s"
    holds "$rate >= 850000" || die "too slow: $rate/s"
}

@test "curl" {
    need curl
    start_source
    download curl -sS -o "$answer" http://127.0.0.1:PORT/
}

@test "curl, 150 files over one connection" {
    need curl
    size=10000
    start_source
    limited curl -sS -o "$answer#1" "http://127.0.0.1:$port/[1-150]"
    for i in {1..150}; do
        cmp "$file" "$answer$i"
    done
    size=1500000
    stop_source
    exactly_at_rate
}

@test "curl, 150 files over connections of their own" {
    need curl
    size=10000
    start_source
    limited curl -sS -H 'Connection: close' -o "$answer#1" "http://127.0.0.1:$port/[1-150]"
    for i in {1..150}; do
        cmp "$file" "$answer$i"
    done
    size=1500000
    stop_source
    exactly_at_rate
}

@test "curl, four at a time in one process" {
    need curl
    size=400000
    start_source
    limited curl -sS --parallel --parallel-max 4 -o "$answer#1" "http://127.0.0.1:$port/[1-4]"
    for i in {1..4}; do
        cmp "$file" "$answer$i"
    done
    size=1600000
    stop_source
    exactly_at_rate
}

@test "wget" {
    need wget
    start_source
    download wget -q -O "$answer" http://127.0.0.1:PORT/
}

@test "python urllib" {
    need python3
    start_source
    download python3 -c "import urllib.request
with urllib.request.urlopen('http://127.0.0.1:PORT/') as response:
    open('$answer', 'wb').write(response.read())"
}

@test "python socket.recv_into" {
    need python3
    start_source --raw
    download python3 -c "import socket
buffer = memoryview(bytearray(65536))
with socket.create_connection(('127.0.0.1', PORT)) as s, open('$answer', 'wb') as answer:
    while got := s.recv_into(buffer):
        answer.write(buffer[:got])"
}

@test "python asyncio" {
    need python3
    start_source --raw
    download python3 -c "import asyncio
async def download():
    reader, writer = await asyncio.open_connection('127.0.0.1', PORT)
    open('$answer', 'wb').write(await reader.read())
    writer.close()
    await writer.wait_closed()
asyncio.run(download())"
}

@test "node http" {
    need node
    start_source
    download node -e "require('http').get('http://127.0.0.1:PORT/', response =>
        response.pipe(require('fs').createWriteStream('$answer')))"
}

@test "perl read of a socket" {
    need perl
    start_source --raw
    download perl -MIO::Socket::INET -e "
        my \$s = IO::Socket::INET->new('127.0.0.1:PORT') or die;
        open my \$answer, '>', '$answer' or die;
        local \$/ = \\10000;
        print \$answer \$_ while <\$s>;
        close \$answer or die"
}

@test "nc" {
    need nc
    start_source --raw
    limited nc -d 127.0.0.1 "$port" >"$answer"
    stop_source
    cmp "$file" "$answer"
    exactly_at_rate
}

@test "cat from a socket that it inherits from bash" {
    start_source --raw
    exec 4<>"/dev/tcp/127.0.0.1/$port"
    limited cat <&4 >"$answer" 4>&-
    exec 4>&-
    wait_for test -s "$answer"
    sleep 0.1 # until the source has seen the end
    stop_source
    cmp "$file" "$answer"
    exactly_at_rate
}

@test "two curls of one shell do not exceed twice the limit" {
    need curl
    start_source
    # shellcheck disable=SC2016 # for sh to expand
    limited sh -c 'curl -sS -o "$0" "$1" & curl -sS -o "$0.2" "$1"; wait' "$answer" \
        "http://127.0.0.1:$port/"
    stop_source
    cmp "$file" "$answer"
    cmp "$file" "$answer.2"
    holds "$units >= 2 * $size && ($units - 2 * 64000) / $seconds <= 2000000"
}

# The servers below do not measure. But a program cannot have received so much in less time.

@test "rsync pulls from a daemon" {
    need rsync
    port=$(free_port)
    mkdir "$BATS_TEST_TMPDIR/out"
    cat >"$BATS_TEST_TMPDIR/rsyncd.conf" <<END
uid = $(id -u)
gid = $(id -g)
use chroot = no
[out]
path = $BATS_TEST_TMPDIR/out
END
    file=$(noise "$size")
    cp "$file" "$BATS_TEST_TMPDIR/out/"
    in_background rsync --daemon --no-detach --address=127.0.0.1 --port="$port" \
        --config="$BATS_TEST_TMPDIR/rsyncd.conf" --log-file="$BATS_TEST_TMPDIR/rsyncd.log"
    wait_for listening "$port"
    timed limited rsync "rsync://127.0.0.1:$port/out/noise" "$answer"
    cmp "$file" "$answer"
    took "$duration"
}

@test "git clones from a git daemon" {
    need git
    export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com
    export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
    port=$(free_port)
    cd "$BATS_TEST_TMPDIR"
    git init -q served
    file=$(noise "$size")
    cp "$file" served/
    git -C served add noise
    git -C served commit -q -m "Noise"
    # The daemon itself: `git daemon` would be a second process to kill.
    in_background "$(git --exec-path)/git-daemon" --listen=127.0.0.1 --port="$port" \
        --base-path=. --export-all
    wait_for listening "$port"
    timed limited git clone -q "git://127.0.0.1:$port/served" cloned
    cmp "$file" cloned/noise
    took "$duration"
}

@test "redis-cli gets a large value" {
    need redis-server redis-cli
    port=$(free_port)
    in_background redis-server --bind 127.0.0.1 --port "$port" --save '' --dir "$BATS_TEST_TMPDIR" \
        --logfile redis.log
    wait_for listening "$port"
    file=$(noise "$size")
    redis-cli -p "$port" -x set large <"$file"
    timed limited redis-cli -p "$port" --raw get large >"$answer"
    head -c "$size" "$answer" | cmp "$file" - # then a newline
    took "$duration"
}

# Servers under the shim, and clients that are not.

# start_limited_server COMMAND...: one that listens on $port.
start_limited_server() {
    in_background env LD_PRELOAD="$SHIM" "$@" >"$BATS_TEST_TMPDIR/log" 2>&1
    wait_for listening "$port"
}

start_python_server() {
    need python3 curl
    port=$(free_port)
    file=$(noise "$1")
    start_limited_server python3 -m http.server --bind 127.0.0.1 --directory "$BATS_TEST_TMPDIR" \
        "$port"
}

start_nginx() {
    need nginx curl
    port=$(free_port)
    file=$(noise "$1")
    cat >"$BATS_TEST_TMPDIR/nginx.conf" <<END
daemon off;
master_process off;
pid $BATS_TEST_TMPDIR/nginx.pid;
error_log stderr;
events {
}
http {
    access_log off;
    client_body_temp_path $BATS_TEST_TMPDIR/body;
    proxy_temp_path $BATS_TEST_TMPDIR/proxy;
    fastcgi_temp_path $BATS_TEST_TMPDIR/fastcgi;
    uwsgi_temp_path $BATS_TEST_TMPDIR/uwsgi;
    scgi_temp_path $BATS_TEST_TMPDIR/scgi;
    server {
        listen 127.0.0.1:$port;
        root $BATS_TEST_TMPDIR;
    }
}
END
    start_limited_server nginx -c "$BATS_TEST_TMPDIR/nginx.conf" -e stderr
}

# [OPTION]... of curl: the same file 21 times, each by a connection of its own.
fetch_21_times() {
    local i
    timed curl -sS "$@" -H 'Connection: close' -o "$answer#1" \
        "http://127.0.0.1:$port/noise?[1-21]"
    for i in {1..21}; do
        cmp "$file" "$answer$i"
    done
    took 1 # (21 - burst) / rate
}

@test "python http.server accepts 20 connections a second" {
    export RL_LIMITS='accept 20/s burst=1'
    start_python_server 1000
    fetch_21_times
}

@test "python http.server accepts 20 connections a second, of 21 at once" {
    export RL_LIMITS='accept 20/s burst=1'
    start_python_server 1000
    fetch_21_times --parallel --parallel-max 21
}

@test "python http.server sends at 1 MB/s" {
    export RL_LIMITS='out 1MB/s burst=64kB'
    start_python_server "$size"
    timed curl -sS -o "$answer" "http://127.0.0.1:$port/noise"
    cmp "$file" "$answer"
    took "$duration"
}

@test "nginx accepts 20 connections a second" {
    export RL_LIMITS='accept 20/s burst=1'
    start_nginx 1000
    fetch_21_times
}

@test "nginx accepts 20 connections a second, of 21 at once" {
    export RL_LIMITS='accept 20/s burst=1'
    start_nginx 1000
    fetch_21_times --parallel --parallel-max 21
}

@test "nginx sends at 1 MB/s" {
    export RL_LIMITS='out 1MB/s burst=64kB'
    start_nginx "$size"
    timed curl -sS -o "$answer" "http://127.0.0.1:$port/noise"
    cmp "$file" "$answer"
    took "$duration"
}
