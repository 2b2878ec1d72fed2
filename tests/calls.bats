# Each call that sends is counted, on streams and on datagram sockets.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; stop_sink sets variables

load lib

setup() {
    export RL_ALGO=gcra RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB
}

# stream CALL [OPTION]...
stream() {
    start_sink --raw -r 1000000 -b 64000
    limited "$TOOLS/sender" -n 1000000 "${@:2}" "$1" "$port"
    stop_sink
    [ "$units" -eq 1000000 ]
    at_rate 1000000
}

datagrams() {
    start_sink --udp -r 1000000 -b 64000
    limited "$TOOLS/sender" -u -n 1000000 -k 8000 "$1" "$port"
    stop_sink
    [ "$units" -eq 1000000 ]
    at_rate 1000000
}

@test "send" {
    stream send
}

@test "sendto" {
    stream sendto
}

@test "sendmsg" {
    stream sendmsg
}

@test "sendmmsg" {
    stream sendmmsg
}

@test "write" {
    stream write
}

@test "writev" {
    stream writev
}

@test "pwritev2" {
    stream pwritev2
}

@test "sendfile" {
    stream sendfile
}

@test "splice" {
    stream splice
}

@test "send of chunks smaller than a segment" {
    stream send -k 700
}

@test "send of chunks larger than the burst" {
    export RL_BURST=24000
    start_sink --raw -r 1000000 -b 24000
    limited "$TOOLS/sender" -n 1000000 -k 65536 send "$port"
    stop_sink
    [ "$units" -eq 1000000 ]
    at_rate 1000000
}

@test "send of datagrams" {
    datagrams send
}

@test "sendto of datagrams" {
    datagrams sendto
}

@test "sendmsg of datagrams" {
    datagrams sendmsg
}

@test "sendmmsg of datagrams" {
    datagrams sendmmsg
}

@test "write of datagrams" {
    datagrams write
}

@test "writev of datagrams" {
    datagrams writev
}

@test "a datagram larger than the burst goes when the bucket is at rest" {
    export RL_CAPACITY=100kB RL_BURST=1000
    start_sink --udp -r 100000 -b 5000
    limited "$TOOLS/sender" -u -n 105000 -k 5000 send "$port"
    stop_sink
    [ "$units" -eq 105000 ]
    at_rate 100000
}

@test "calls are counted if calls are the unit" {
    export RL_CAPACITY=200 RL_UNIT=calls RL_BURST=20 RL_CALLS=send
    # 1000 bytes a call: the bound in calls is one in bytes.
    start_sink --raw -r 200000 -b 20000
    limited "$TOOLS/sender" -n 220000 -k 1000 send "$port"
    stop_sink
    [ "$units" -eq 220000 ]
    at_rate 200000
}

@test "calls that are not counted pass" {
    export RL_CALLS=send
    start_sink --raw
    limited "$TOOLS/sender" -n 50000000 write "$port"
    stop_sink
    [ "$units" -eq 50000000 ]
    holds "$seconds < 2"
}

@test "a unix socket, a pipe and a file pass" {
    need python3
    timed limited python3 -c '
import os, socket, tempfile, threading
a, b = socket.socketpair()
threading.Thread(target=a.sendall, args=(bytes(5000000),)).start()
b.recv(5000000, socket.MSG_WAITALL)
r, w = os.pipe()
threading.Thread(target=lambda: [os.write(w, bytes(4096)) for _ in range(1000)]).start()
for _ in range(1000):
    os.read(r, 4096)
tempfile.TemporaryFile().write(bytes(5000000))'
    holds "$elapsed < 4.5" # 14 MB
}
