# Programs as people run them, none of them built for it, download at 1 MB/s.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load daemons

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

# download_many COUNT [OPTION]...: the file so many times, by one curl; with options of it.
download_many() {
    local i count=$1
    limited curl -sS "${@:2}" -o "$answer#1" "http://127.0.0.1:$port/[1-$count]"
    for ((i = 1; i <= count; i++)); do
        cmp "$file" "$answer$i"
    done
    size=$((size * count))
    stop_source
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
    download_many 150
}

@test "curl, 150 files over connections of their own" {
    need curl
    size=10000
    start_source
    download_many 150 -H 'Connection: close'
}

@test "curl, four at a time in one process" {
    need curl
    size=400000
    start_source
    download_many 4 --parallel --parallel-max 4
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
    start_rsync_daemon
    file=$(noise "$size")
    cp "$file" "$BATS_TEST_TMPDIR/files/"
    timed limited rsync "rsync://127.0.0.1:$port/files/noise" "$answer"
    cmp "$file" "$answer"
    took "$duration"
}

@test "git clones from a git daemon" {
    need git
    cd "$BATS_TEST_TMPDIR"
    file=$(noise "$size")
    make_repository served "$file"
    start_git_daemon
    timed limited git clone -q "git://127.0.0.1:$port/served" cloned
    cmp "$file" cloned/noise
    took "$duration"
}

@test "redis-cli gets a large value" {
    need redis-server redis-cli
    start_redis
    file=$(noise "$size")
    redis-cli -p "$port" -x set large <"$file"
    timed limited redis-cli -p "$port" --raw get large >"$answer"
    head -c "$size" "$answer" | cmp "$file" - # then a newline
    took "$duration"
}

# policed COMMAND...: what is refused is asked for again when there is something, and not before: for
# a tenth of its time it may be busy.
policed() {
    need "$1"
    export RL_LIMITS='in 1MB/s burst=64kB mode=police'
    start_source
    local TIMEFORMAT='%R %U %S' used
    used=$({ time download "$@" 1>&3 2>&4; } 3>&1 4>&2 2>&1) || die "$used"
    awk '{ exit !($1 < 4 && $2 + $3 < 0.1 * $1 + 0.1) }' <<<"${used##*$'\n'}" || die "$used"
}

@test "curl, policed" {
    policed curl -sS -o "$answer" http://127.0.0.1:PORT/
}

@test "wget, policed" {
    policed wget -q -O "$answer" http://127.0.0.1:PORT/
}
