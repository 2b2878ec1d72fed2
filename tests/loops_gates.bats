# What a program with an event loop finds while its descriptors must wait for a limit: every byte, the
# end behind it, its fair share, connections that take a while; and nothing to do meanwhile.
#
# LONG=1 makes them 200 connections to be made, and 10,000 to be shared among: `make loops`.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load loops

GATED=$BUILD/tests/loops

# at_once COMMAND... [ / COMMAND...]...: all of them, side by side; each must end well.
at_once() {
    local command=() pids=() pid word status=0
    for word in "$@" /; do
        if [ "$word" != / ]; then
            command+=("$word")
            continue
        fi
        "${command[@]}" 3>&- &
        pids+=($!)
        command=()
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || status=$?
    done
    return "$status"
}

# reads_unread ENDED FILE COMMAND...: of a stream that has ended before the first read, on "both"
# sides or at the "far" one, and of which a megabyte is unread, it reads all.
reads_unread() {
    local status=0
    RL_LIMITS='in 1MB/s burst=64kB' python3 "$LOOPS/unread.py" "$1" "$2" timeout 20 \
        env LD_PRELOAD="$SHIM" "${@:3}" || status=$?
    [ "$status" -eq 0 ] || die "exit status $status: ${*:3:3}"
}

# is_read_to_its_end ENDED: by all ways to wait.
is_read_to_its_end() {
    need python3
    local way all=()
    for way in poll select epoll edges edges-by-counts; do
        all+=(reads_unread "$1" "$BATS_TEST_TMPDIR/$way" "$GATED/reader" "$way"
            "$BATS_TEST_TMPDIR/$way" /)
    done
    at_once "${all[@]:0:${#all[@]}-1}"
}

@test "a stream that both sides ended is read to its end by poll, select and epoll" {
    is_read_to_its_end both
}

@test "a stream that the far side ended is read to its end by poll, select and epoll" {
    is_read_to_its_end far
}

@test "a stream that both sides ended is read to its end by asyncio and node" {
    need python3 node
    local unread=$BATS_TEST_TMPDIR/unread
    cat >"$BATS_TEST_TMPDIR/reader.py" <<'END'
import asyncio, socket, sys
async def main():
    reader, _ = await asyncio.open_connection(sock=socket.socket(fileno=0))
    assert await reader.read() == open(sys.argv[1], "rb").read()
asyncio.run(main())
END
    cat >"$BATS_TEST_TMPDIR/reader.js" <<'END'
const got = [], socket = new (require('net').Socket)({ fd: 0, allowHalfOpen: true })
socket.on('data', bytes => got.push(bytes)).on('end', () => {
    require('assert')(Buffer.concat(got).equals(require('fs').readFileSync(process.argv[2])))
    process.exit(0)
})
setTimeout(() => process.exit(1), 15000)
END
    at_once reads_unread both "$unread.1" python3 "$BATS_TEST_TMPDIR/reader.py" "$unread.1" / \
        reads_unread both "$unread.2" node "$BATS_TEST_TMPDIR/reader.js" "$unread.2"
}

@test "who polls a descriptor that blocks, and receives with MSG_DONTWAIT, gets all" {
    need python3
    RL_LIMITS='in 200kB/s burst=8kB' limited python3 - <<'END'
import select, socket, threading
server = socket.create_server(("127.0.0.1", 0))
near = socket.create_connection(server.getsockname())
far, _ = server.accept()
def send():
    far.sendall(bytes(200_000))
    far.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
poll, got = select.poll(), 0
poll.register(near, select.POLLIN)
while poll.poll() and (part := near.recv(8192, socket.MSG_DONTWAIT)):
    got += len(part)
assert got == 200_000, got
END
}

@test "who receives with MSG_DONTWAIT stands for 100 ms at most, however many wait" {
    need python3
    RL_LIMITS='in 40kB/s burst=2kB' limited python3 - <<'END'
import select, socket, threading, time
server = socket.create_server(("127.0.0.1", 0), backlog=64)
def stream():
    near = socket.create_connection(server.getsockname())
    far, _ = server.accept()
    threading.Thread(target=lambda: far.sendall(bytes(1_000_000)), daemon=True).start()
    return near
def receive(near):
    while near.recv(4096):
        pass
for _ in range(20):
    threading.Thread(target=receive, args=(stream(),), daemon=True).start()
near, got, longest, end = stream(), 0, 0, time.monotonic() + 4
select.poll().poll(0)
while time.monotonic() < end:
    begin = time.monotonic()
    try:
        got += len(near.recv(4096, socket.MSG_DONTWAIT))
    except BlockingIOError:
        pass
    longest = max(longest, time.monotonic() - begin)
    time.sleep(0.02)
assert longest < 0.25, longest
assert got > 2000, got
END
}

@test "a receive that does not wait is held as far as SO_RCVLOWAT, and no further" {
    need python3
    RL_LIMITS='in 20kB/s burst=4kB' limited python3 - <<'END'
import socket, time
server = socket.create_server(("127.0.0.1", 0))
near = socket.create_connection(server.getsockname())
far, _ = server.accept()
near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 5000)
near.setblocking(False)
far.sendall(bytes(20_000))
time.sleep(0.1)
begin = time.monotonic()
got = len(near.recv(65536))
assert 5000 <= got < 20_000, got
assert time.monotonic() - begin < 0.4
END
}

# idles LIMITS MOST COMMAND...: one that prints what it did, in how many seconds, and with how much
# CPU time: 1 % of that at most. MOST: how much the limit lets pass in a second; the burst is a fifth.
idles() {
    local said
    said=$(RL_LIMITS=$1 limited "${@:3}")
    echo "$said: ${*:3}"
    awk -F '[= ]' -v most="$2" '{ exit !($6 <= 0.01 * $4 && $2 > 0 && $2 <= most * ($4 + 0.201)) }' \
        <<<"$said" || die "too much: ${*:3}"
}

# idle_ways DEED LIMITS MOST [WAY]: by all ways, or all but this one.
idle_ways() {
    local way all=()
    for way in poll select epoll edges edges-by-counts nothing; do
        [ "$way" != "${4:-}" ] || continue
        all+=(idles "$2" "$3" "$GATED/gated" "$way" "$1" 2 /)
    done
    at_once "${all[@]:0:${#all[@]}-1}"
}

@test "who waits to send idles, however it waits" {
    idle_ways send 'out 20kB/s burst=4kB' 20000
}

@test "who waits to receive idles, however it waits" {
    idle_ways receive 'in 20kB/s burst=4kB' 20000
}

# Who does not wait at all, though nothing is ever held, is told so as often as he asks.
@test "who is policed idles as well, if it waits" {
    idle_ways send 'out 20kB/s burst=4kB mode=police' 20000 nothing
    idle_ways receive 'in 20kB/s burst=4kB mode=police' 20000 nothing
}

@test "who waits to be connected idles, however it waits" {
    idle_ways connect 'connect 5/s burst=1' 5
}

# is_quick DEED LIMITS: a thousand calls of a socket that does not block, 4,000 a second.
is_quick() {
    local took
    took=$(RL_LIMITS=$2 LD_PRELOAD=$SHIM python3 "$LOOPS/quick.py" "$1")
    holds "$took > 200 && $took < 600" || die "$1: $took ms"
}

# spins_slowly LIMITS: who is told at once to come again, by a number that nobody knows to be his
# socket's (it came through another one), comes a thousand times a second and no more: be it by one
# limit, or by two in turn.
spins_slowly() {
    RL_LIMITS=$1 LD_PRELOAD=$SHIM python3 -c '
import select, socket, time
near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
near.setblocking(False)
here, there = socket.socketpair()
socket.send_fds(here, [b"x"], [near.fileno()])
poll = select.poll()
poll.register(socket.recv_fds(there, 1, 1)[1][0], select.POLLOUT)
sent = refused = 0
end = time.monotonic() + 1
while time.monotonic() < end:
    try:
        near.sendto(b"x", (f"127.0.0.{1 + (sent + refused) % 2}", 9))
        sent += 1
    except ConnectionRefusedError:
        sent += 1
    except (BlockingIOError, TimeoutError):
        refused += 1
        poll.poll(1000)
print(sent, refused)
assert sent > 10 and 10 < refused < 5000'
}

@test "who is told of his socket by a number that is not known comes a thousand times a second" {
    need python3
    at_once spins_slowly 'send 50/s burst=1' / \
        spins_slowly 'send 50/s burst=1 timeout=1us' / \
        spins_slowly 'send 50/s burst=1 to=127.0.0.1; send 50/s burst=1 to=127.0.0.2'
}

@test "who waits for each call is not slowed down, however soon the next one goes" {
    need python3
    at_once is_quick send 'send 4000/s burst=1' / is_quick receive 'recv 4000/s burst=1'
}

@test "a thread that waits already learns that another one may send again" {
    need python3
    local how all=()
    for how in set copy outer poll; do
        all+=(at_the_rate python3 "$LOOPS/waiting.py" "$how" /)
    done
    at_once "${all[@]:0:${#all[@]}-1}"
}

# at_the_rate COMMAND...: what it prints that it did is nearly all that a limit lets pass.
at_the_rate() {
    local said
    said=$(RL_LIMITS='out 20kB/s burst=4kB' limited "$@")
    echo "$said: ${*:2}"
    awk -F '[= ]' '{ most = 4000 + 20e3 * ($4 + 0.001); exit !($2 <= most && $2 >= 0.9 * most) }' \
        <<<"$said" || die "too slow, or too fast: ${*:2}"
}

@test "asyncio and node idle while they wait to send" {
    need python3 node
    start_sink --raw
    cat >"$BATS_TEST_TMPDIR/idle.py" <<'END'
import asyncio, sys, time
async def main():
    _, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    begin, cpu = time.monotonic(), time.process_time()
    writer.transport.set_write_buffer_limits(0)
    writer.write(bytes(44000))
    await writer.drain()
    print(f"done=44000 seconds={time.monotonic() - begin} cpu={time.process_time() - cpu}")
asyncio.run(main())
END
    cat >"$BATS_TEST_TMPDIR/idle.js" <<'END'
const socket = require('net').connect(Number(process.argv[2]), '127.0.0.1', () => {
    const begin = performance.now(), before = process.cpuUsage()
    socket.write(Buffer.alloc(44000), () => {
        const used = process.cpuUsage(before)
        console.log(`done=44000 seconds=${(performance.now() - begin) / 1000}`
            + ` cpu=${(used.user + used.system) / 1e6}`)
        socket.destroy()
    })
})
END
    at_once idles 'out 20kB/s burst=4kB' 20000 python3 "$BATS_TEST_TMPDIR/idle.py" "$port" / \
        idles 'out 20kB/s burst=4kB' 20000 node "$BATS_TEST_TMPDIR/idle.js" "$port"
}

# shares in|out sink|source [OPTION]...: many connections to that, in one loop.
shares() {
    local said connections=1000 duration=3
    [ -z "${LONG:-}" ] || connections=10000 duration=12
    [ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt $((connections + 50)) ] ||
        skip "no more than $(ulimit -Hn) descriptors"
    ulimit -Sn $((connections + 50)) # of those that it starts, too
    "start_$2" --raw "${@:3}"
    said=$(RL_LIMITS="$1 10MB/s burst=64kB" limited "$GATED/fair" \
        "$([ "$1" = out ] && echo send || echo receive)" "$connections" "$duration" 1000000000 "$port")
    echo "$said"
    local field
    for field in $said; do
        # shellcheck disable=SC2163 # NAME=VALUE
        declare -g "$field"
    done
    holds "$carried <= 64000 + 10e6 * ($seconds + 0.001)" || die "too fast: $carried bytes"
    echo "achieved / asked: $(awk "BEGIN { print ($carried - 64000) / $seconds / 10e6 }")"
    holds "$carried >= 0.97 * 10e6 * $seconds" || die "too slow: $carried bytes"
    holds "$jain >= 0.95" || die "not fair: $jain"
}

@test "1,000 connections of one loop have equal shares of 10 MB/s to send" {
    shares out sink -r 10000000 -b 64000
    stop_sink
    within_bound 10000000
}

@test "1,000 connections of one loop have equal shares of 10 MB/s to receive" {
    size=1000000
    shares in source
}

# Each waits for a piece, and gets less: those behind it must not wait for the rest of that.
@test "short answers to 20 connections of one loop come at the rate" {
    need python3
    in_background python3 "$LOOPS/answers.py" serve "$BATS_TEST_TMPDIR/port"
    wait_for test -e "$BATS_TEST_TMPDIR/port"
    local said
    said=$(RL_LIMITS='in 20kB/s burst=2kB' limited python3 "$LOOPS/answers.py" \
        "$(<"$BATS_TEST_TMPDIR/port")" 20 2)
    awk -F '[= ]' '{ rate = ($2 - 2000) / $4 / 20e3; print $0 ": " rate " of 20 kB/s"
        exit !(rate >= 0.97 && $2 <= 2000 + 20e3 * ($4 + 0.001)) }' <<<"$said" ||
        die "too slow, or too fast"
}

# crawl COMMAND...: with a number of connections as an argument: 20 a second.
crawl() {
    count=60
    [ -z "${LONG:-}" ] || count=200
    start_sink -c -r 20 -b 2
    RL_LIMITS='connect 20/s burst=2' ticks limited "$@" "$count" "$port"
    stop_sink
    [ "$units" -eq "$count" ] || die "$units connections of $count"
    within_bound 20
    echo "achieved: $rate/s"
    holds "$rate >= 19.4" || die "too slow: $rate/s"
}

@test "an asyncio crawler connects 20 times a second, and ticks" {
    need python3
    plainly python3 "$LOOPS/ticker.py"
    local try
    for try in 1 2 3; do
        crawl python3 "$LOOPS/crawler.py"
        ! holds "$share >= 0.99 * $plain_share" || return 0
    done
    die "the loop stands still: $share of the ticks are in time, and $plain_share without a limit"
}

@test "curl --parallel connects 20 times a second" {
    need_curl
    start_sink -c -r 20 -b 2
    # What it is told is nothing; it is the connections that count.
    RL_LIMITS='connect 20/s burst=2' limited curl -s -m 10 --parallel --parallel-max 50 \
        "http://127.0.0.1:$port/[1-42]" || true
    stop_sink
    [ "$units" -eq 42 ]
    at_rate 20
}

# polices COMMAND...: calls that do not conform are refused; it waits until they do, and does not ask
# in vain: its CPU time is 10 % of the time at most.
polices() {
    local begin cpu
    begin=$EPOCHREALTIME
    cpu=$( { TIMEFORMAT='%U %S' && time limited "$@" >&4; } 4>"$BATS_TEST_TMPDIR/out" 2>&1)
    elapsed=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
    echo "$cpu s of CPU time in $elapsed s: $1"
    awk -v elapsed="$elapsed" 'END { exit !($1 + $2 <= 0.1 * elapsed) }' <<<"$cpu" ||
        die "too busy: ${cpu} s"
}

@test "curl, policed, downloads 1 MB/s" {
    need curl
    export RL_LIMITS='in 1MB/s burst=64kB mode=police'
    size=1500000
    start_source
    polices curl -sS -o "$BATS_TEST_TMPDIR/answer" "http://127.0.0.1:$port/"
    stop_source
    cmp "$file" "$BATS_TEST_TMPDIR/answer"
    received_at_rate 1000000
}

@test "curl, policed, uploads 1 MB/s" {
    need curl
    export RL_LIMITS='out 1MB/s burst=64kB mode=police'
    file=$(noise 1500000)
    start_sink -r 1000000 -b 64000 -e "$file"
    polices curl -sS -T "$file" "http://127.0.0.1:$port/"
    stop_sink
    holds "$units >= 1500000"
    at_rate 1000000
}

@test "nc, policed, uploads 1 MB/s" {
    need nc
    export RL_LIMITS='out 1MB/s burst=64kB mode=police'
    file=$(noise 1500000)
    start_sink --raw -r 1000000 -b 64000 -e "$file"
    polices nc -N 127.0.0.1 "$port" <"$file"
    stop_sink
    [ "$units" -eq 1500000 ]
    at_rate 1000000
}
