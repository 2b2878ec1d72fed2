# Programs as people run them, none of them built for it, download at 1 MB/s.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib

setup() {
    export RL_LIMITS='in 1MB/s burst=64kB'
    export HOME=$BATS_TEST_TMPDIR
    size=1500000
    duration=1.43 # (size - burst) / rate
    answer=$BATS_TEST_TMPDIR/answer
}

# Run a client under the shim; the word PORT in its arguments becomes the port.
download() {
    limited "${@//PORT/$port}"
    stop_source
    cmp "$file" "$answer"
    received_at_rate 1000000
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
    received_at_rate 1000000
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
    received_at_rate 1000000
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
    received_at_rate 1000000
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
    received_at_rate 1000000
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
    received_at_rate 1000000
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
